// When the server or the network is gone the page says so, until an answer comes again.
const tellTrouble = (sentence) => {
  const toasts = document.getElementById("toasts");
  if (!toasts || !sentence || [...toasts.children].some((toast) => toast.textContent.includes(sentence))) return;
  const toast = document.createElement("hearth-toast");
  toast.className = "toast";
  const words = Object.assign(document.createElement("p"), { textContent: sentence });
  const close = Object.assign(document.createElement("button"), { type: "button", className: "toast-close", textContent: "×" });
  close.setAttribute("aria-label", toasts.dataset.close);
  toast.append(words, close);
  toasts.append(toast);
};
const troubles = () => document.getElementById("toasts")?.dataset ?? {};
document.addEventListener("htmx:sendError", () => tellTrouble(troubles().gone));
document.addEventListener("htmx:timeout", () => tellTrouble(troubles().gone));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) tellTrouble(troubles().gone);
  else if (event.detail.xhr.status !== 401) tellTrouble(troubles().broken);
});
window.addEventListener("offline", () => tellTrouble(troubles().gone));
const untellTrouble = () => document.querySelectorAll("#toasts hearth-toast").forEach((toast) => {
  if (toast.textContent.includes(troubles().gone)) toast.remove();
});
window.addEventListener("online", untellTrouble);
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) untellTrouble(); });

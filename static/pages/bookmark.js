// Whoever follows a bookmark has visited it; the server counts, while the browser goes on.
for (const link of document.querySelectorAll("a[data-visit-href]")) {
  link.addEventListener("click", () => {
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    fetch(link.dataset.visitHref, { method: "POST", headers, keepalive: true }).catch(() => {});
  });
}

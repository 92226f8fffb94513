// Single keys, where nobody is typing: elements say theirs by aria-keyshortcuts.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]")) return;
  const element = document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
  if (element) {
    event.preventDefault();
    element.click();
  }
});

// j and k walk the rows of a list.
document.addEventListener("keydown", (event) => {
  if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog")) return;
  const rows = [...document.querySelectorAll("main .row a, main .row input, main .deed a")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[event.key === "j" ? at + 1 : Math.max(at - 1, 0)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
});

// A time zone nobody has to type.
for (const input of document.querySelectorAll("input[data-time-zone]")) {
  input.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

// A link that is shown once is copied with one touch.
for (const button of document.querySelectorAll("button[data-copies]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copies);
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.done;
  });
}

// What htmx fetches by itself (from time to time, after a change elsewhere) says so: a page left open is nobody's sign.
document.addEventListener("htmx:configRequest", (event) => {
  const cause = event.detail.triggeringEvent?.type;
  if (!cause || cause === "load" || cause.includes(":")) event.detail.headers["hearth-unattended"] = "1";
});

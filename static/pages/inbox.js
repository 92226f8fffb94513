// The inbox by keys and by swipe. Each key presses a button that stands on the page; what is pressed while one deed is
// still on its way waits for it.
{
  const one = () => document.getElementById("triage");
  const list = () => document.querySelector("form[data-triage=list]");
  const typing = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]";
  const waiting = [];
  let busy = false;

  const press = (key) => {
    const root = one() ?? list();
    if (!root) return false;
    if (one() && key === "Enter") key = "1";
    if (!one() && key === "e" && !list().querySelector("input[name=id]:checked")) return lookFor(list().querySelector(".inbox-row:focus-within > a, .inbox-row > a"));
    const found = root.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!found) return false;
    if (found.tagName === "SUMMARY") unfold(found.parentElement);
    else if (list() && !("always" in found.dataset)) pressFor(found);
    else found.click();
    return true;
  };
  // What one alone is added to is chosen on its own page.
  const lookFor = (link) => {
    window.location.href = `${link.href}#join`;
    return true;
  };
  const unfold = (details) => {
    details.open = !details.open;
    if (details.open) details.querySelector("input:not([type=hidden]), button")?.focus();
  };

  // In the list a key means what is ticked, else the row that one is at, else the first.
  const rowOf = (element) => element?.closest(".inbox-row");
  const pressFor = (button) => {
    const rows = [...list().querySelectorAll(".inbox-row")];
    const row = rowOf(document.activeElement) ?? rows[0];
    if (!list().querySelector("[name=id]:checked") && row) row.querySelector("[name=id]").checked = true;
    sessionStorage.setItem("hearth:inbox:at", String(rows.indexOf(row)));
    button.click();
  };
  const walk = (step) => {
    const links = [...list().querySelectorAll(".inbox-row > a")];
    const at = links.findIndex((link) => rowOf(link) === rowOf(document.activeElement));
    const next = links[at < 0 ? 0 : Math.max(0, Math.min(links.length - 1, at + step))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("dialog")) return;
    if (event.target.id === "f-join") return choosePlace(event);
    if (event.target.closest(typing)) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary, label")) return;
    if (busy) {
      if (/^[a-z1-9]$/.test(event.key) || event.key === "Enter") { event.preventDefault(); waiting.push(event.key); }
      return;
    }
    const steps = { j: 1, k: -1 }[event.key];
    if (list() && steps) walk(steps);
    else if (list() && event.key === "x" && rowOf(document.activeElement)) rowOf(document.activeElement).querySelector("[name=id]").click();
    else if (!press(event.key)) return;
    event.preventDefault();
    // Elsewhere the same keys mean something else (shell.js).
    event.stopPropagation();
  }, true);

  // The first of what was found is meant by Enter, once it was found for what stands there.
  let wanted = false;
  const choosePlace = (event) => {
    const places = [...document.querySelectorAll("#found button")];
    if (event.key === "Escape") { event.preventDefault(); event.target.closest("details").open = false; event.target.blur(); }
    else if (event.key === "ArrowDown") { event.preventDefault(); places[0]?.focus(); }
    else if (event.key === "Enter") {
      event.preventDefault();
      if (document.getElementById("found").dataset.for === event.target.value) places[0]?.click();
      else wanted = true;
    }
  };
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.target.id === "triage") busy = true; });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "found") {
      const field = document.getElementById("f-join");
      event.target.dataset.for = field?.value ?? "";
      if (wanted && event.target.querySelector("button")) { wanted = false; event.target.querySelector("button").click(); }
    }
  });
  const settled = (event) => {
    if (event.detail.target?.id !== "triage") return;
    busy = false;
    wanted = false;
    for (const count of document.querySelectorAll(".count")) {
      count.firstChild.data = one()?.dataset.left ?? "";
      count.hidden = one()?.dataset.left === "0";
    }
    one()?.querySelector(".item, .zero")?.focus({ preventScroll: true });
    one()?.scrollIntoView?.({ block: "nearest" });
    if (waiting.length) press(waiting.shift());
  };
  document.addEventListener("htmx:afterRequest", (event) => setTimeout(() => settled(event), 30));
  document.addEventListener("hearth:caught", () => window.location.reload());

  if (one() && window.location.hash === "#join") press("e");
  const at = sessionStorage.getItem("hearth:inbox:at");
  if (at !== null && list()) {
    sessionStorage.removeItem("hearth:inbox:at");
    const links = list().querySelectorAll(".inbox-row > a");
    links[Math.min(Number(at), links.length - 1)]?.focus();
  }

  // A thumb moves it aside: to the right it is filed as it suits best, to the left it is discarded.
  let held = null;
  const reach = 88;
  document.addEventListener("pointerdown", (event) => {
    const item = event.pointerType !== "mouse" && event.target.closest("[data-swipe]");
    held = item ? { item, x: event.clientX, y: event.clientY, moved: 0 } : null;
  });
  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.abs(dy) > Math.abs(dx)) { held = Math.abs(dy) > 12 ? null : held; return; }
    if (Math.abs(dx) < 12) return;
    held.moved = dx;
    held.item.style.translate = `${dx}px 0`;
    held.item.dataset.going = Math.abs(dx) < reach ? "" : dx > 0 ? "right" : "left";
  });
  const release = (event) => {
    if (!held) return;
    const { item, moved } = held;
    held = null;
    item.style.translate = "";
    delete item.dataset.going;
    if (event.type === "pointercancel" || Math.abs(moved) < reach) return;
    if (one()) press(moved > 0 ? "1" : "d");
    else {
      for (const box of list().querySelectorAll("[name=id]:checked")) box.checked = false;
      item.querySelector("[name=id]").checked = true;
      press(moved > 0 ? item.dataset.right : "d");
    }
  };
  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", release);
  document.addEventListener("click", (event) => { if (event.target.closest("[data-going]")) event.preventDefault(); }, true);
}

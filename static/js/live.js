// What is inside is fetched anew (by htmx, on hearth:changed), but never under somebody's hands.
class HearthLive extends HTMLElement {
  connectedCallback() {
    this.version = Number(this.dataset.version);
    this.watchOwn();
    this.changes = new RecordChanges(this.dataset.live, () => this.version, (version) => this.hear(version));
    const kept = sessionStorage.getItem("hearth.chosen");
    // The text of a choice that was saved is no draft any more.
    if (kept === this.dataset.note) localStorage.removeItem(`hearth.draft.${kept}`);
    if (kept) sessionStorage.removeItem("hearth.chosen");
  }

  disconnectedCallback() { this.changes.close(); }

  // What was done on this very page shows there already, and the next field may be open by now.
  watchOwn() {
    this.ownUntil = 0;
    const own = () => { this.ownUntil = Date.now() + 2000; };
    for (const name of ["htmx:beforeRequest", "htmx:afterRequest"]) {
      this.addEventListener(name, (event) => { if (event.detail.requestConfig.verb !== "get") own(); });
    }
    this.addEventListener("hearth:own", own);
  }

  hear(version) {
    if (version <= this.version) return;
    this.version = version;
    if (Date.now() < this.ownUntil) return;
    const busy = this.querySelector(".htmx-request, input:not([type=checkbox]):focus, textarea:focus, select:focus, details[open] form");
    const offer = this.querySelector("[data-stale]");
    if (busy && offer) offer.hidden = false;
    else this.refresh();
  }

  // Whoever ticks one task after the other by keys stays at theirs.
  refresh() {
    const at = this.boxes().indexOf(document.activeElement);
    if (at >= 0) this.addEventListener("htmx:afterSettle", () => this.boxes()[at]?.focus(), { once: true });
    this.dispatchEvent(new CustomEvent("hearth:changed"));
  }

  boxes() { return [...this.querySelectorAll(".prose input[type=checkbox]")]; }
}
customElements.define("hearth-live", HearthLive);

class HearthChoices extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", () => sessionStorage.setItem("hearth.chosen", this.dataset.note));
  }
}
customElements.define("hearth-choices", HearthChoices);

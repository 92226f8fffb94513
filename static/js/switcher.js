// The quick switcher: Ctrl-K, or Search in the bar of a phone. The list comes from the server, a keystroke at a time.
class HearthSwitcher extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.place = this.querySelector(".switcher-place");
    this.onKey = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); this.toggle(); }
    };
    this.onClick = (event) => {
      if (!event.target.closest("[data-switcher]") || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.toggle();
    };
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("click", this.onClick);
    this.input.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.load(), 40); });
    this.input.addEventListener("keydown", (event) => this.steer(event));
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("click", this.onClick);
  }

  toggle() {
    if (this.dialog.open) { this.dialog.close(); return; }
    this.input.value = "";
    this.dialog.showModal();
    this.load();
  }

  async load() {
    const q = this.input.value;
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const answer = await fetch(`${this.dataset.href}?q=${encodeURIComponent(q)}`,
        { headers: { "HX-Request": "true", "HX-Target": "switcher-results" }, signal: this.asked.signal });
      if (answer.status === 401) window.location.reload();
      if (answer.ok) this.show(await answer.text(), q);
      else this.place.textContent = this.dataset.gone;
    } catch (error) {
      if (error.name !== "AbortError") this.place.textContent = this.dataset.gone;
    }
  }

  show(html, q) {
    this.shownFor = q;
    this.place.innerHTML = html;
    this.options = [...this.place.querySelectorAll("[role=option]")];
    this.options.forEach((option) => { option.tabIndex = -1; });
    this.choose(0);
  }

  choose(at) {
    const options = this.options || [];
    if (!options.length) { this.input.removeAttribute("aria-activedescendant"); return; }
    this.at = (at + options.length) % options.length;
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === this.at)));
    this.input.setAttribute("aria-activedescendant", options[this.at].id);
    options[this.at].scrollIntoView({ block: "nearest" });
  }

  steer(event) {
    if (event.key === "ArrowDown") this.choose(this.at + 1);
    else if (event.key === "ArrowUp") this.choose(this.at - 1);
    else if (event.key === "Enter") this.open(event.shiftKey);
    else return;
    event.preventDefault();
  }

  // Who types faster than the list comes means what they typed, and not what still stands there.
  async open(create) {
    clearTimeout(this.timer);
    if (this.shownFor !== this.input.value) await this.load();
    const link = create ? this.place.querySelector("[data-create]") : this.options?.[this.at];
    if (link) link.click();
  }
}
customElements.define("hearth-switcher", HearthSwitcher);

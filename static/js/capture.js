// A thought is caught on any page. What is typed is kept in this browser until the house says that it has it.
class HearthCapture extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.form = this.querySelector("form");
    this.text = this.form.elements.content;
    this.told = this.querySelector(".catch-told");
    this.key = `hearth:capture:${this.dataset.user}`;
    this.onClick = (event) => {
      if (!event.target.closest("[data-capture]") || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.open();
    };
    document.addEventListener("click", this.onClick);
    this.form.elements.files.addEventListener("change", () => this.listFiles());
    this.text.addEventListener("input", () => { this.keep(); this.guess(); });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.dialog.addEventListener("keydown", (event) => this.steer(event));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog || event.target.closest("[data-close]")) this.dialog.close();
      const chip = event.target.closest("[data-type]");
      if (chip) this.choose(chip.dataset.type);
    });
  }

  disconnectedCallback() { document.removeEventListener("click", this.onClick); }

  open() {
    const kept = this.read();
    this.text.value = kept.content ?? "";
    this.form.elements.type.value = kept.type ?? "";
    this.form.elements.client_id.value = kept.client_id ?? newId();
    this.told.textContent = "";
    this.dialog.showModal();
    this.text.focus();
    this.guess();
  }

  // They stay chosen while the page is open; a file cannot be kept with the words.
  listFiles() {
    const names = [...this.form.elements.files.files].map((file) => file.name);
    this.querySelector(".catch-files").textContent = names.join(" · ");
    this.text.required = !names.length;
  }

  read() {
    try { return JSON.parse(localStorage.getItem(this.key)) ?? {}; } catch { return {}; }
  }

  keep() {
    const { content, type, client_id } = this.form.elements;
    const kept = JSON.stringify({ content: content.value, type: type.value, client_id: client_id.value });
    try { if (content.value) localStorage.setItem(this.key, kept); else localStorage.removeItem(this.key); } catch { this.told.textContent = ""; }
  }

  // The server's own rules (app/captures/guessing.py), so that what is shown is what will be.
  async guess() {
    this.rules ??= fetch(this.dataset.rulesHref).then((answer) => answer.json()).then((given) => ({
      ...given, rules: given.rules.map(([type, pattern]) => [type, new RegExp(pattern, "iu")]),
    }));
    const { rules, reads, usual } = await this.rules.catch(() => { this.rules = null; return { rules: [], reads: 0, usual: "" }; });
    const said = [...this.text.value.trim()].slice(0, reads).join("");
    this.show(this.form.elements.type.value || rules.find(([, pattern]) => pattern.test(said))?.[0] || usual);
  }

  show(type) {
    for (const chip of this.querySelectorAll("[data-type]")) chip.setAttribute("aria-pressed", String(chip.dataset.type === type));
  }

  choose(type) {
    this.form.elements.type.value = type;
    this.keep();
    this.show(type);
    this.text.focus();
  }

  steer(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.form.requestSubmit();
    } else if (event.altKey && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      // From what is guessed, which may be on its way still.
      this.guess().then(() => this.step(event.key === "ArrowDown" ? 1 : -1));
    }
  }

  step(by) {
    const chips = [...this.querySelectorAll("[data-type]")];
    const at = chips.findIndex((chip) => chip.getAttribute("aria-pressed") === "true");
    this.choose(chips.at((at + by) % chips.length).dataset.type);
  }

  // Whoever can keep it for later (no network) listens for `hearth:capture`, prevents it, and promises in `kept` to say
  // whether all of it was kept: if not, the dialog stays as it is, with its words and its files.
  async send() {
    if (this.sending) return;
    const whole = new FormData(this.form), files = [...this.form.elements.files.files];
    whole.delete("files");
    const fields = new URLSearchParams(whole), detail = { ...Object.fromEntries(whole), files };
    for (const file of files) whole.append("files", file);
    if (!this.dispatchEvent(new CustomEvent("hearth:capture", { bubbles: true, cancelable: true, detail }))) return this.settle(detail);
    this.sending = true;
    try {
      const answer = await fetch(this.form.action, { method: "POST", body: files.length ? whole : fields, headers: { "HX-Request": "true" } });
      if (answer.ok) this.done(await answer.text());
      else this.told.textContent = this.dataset.gone;
    } catch {
      const gone = { ...detail, is_gone: true };
      if (this.dispatchEvent(new CustomEvent("hearth:capture", { bubbles: true, cancelable: true, detail: gone }))) this.told.textContent = this.dataset.gone;
      else await this.settle(gone);
    } finally {
      this.sending = false;
    }
  }

  async settle({ kept }) {
    if (await kept) this.done("");
    else this.told.textContent = this.dataset.gone;
  }

  done(toast) {
    try { localStorage.removeItem(this.key); } catch { this.told.textContent = ""; }
    this.form.reset();
    this.listFiles();
    this.dialog.close();
    if (toast) document.getElementById("toasts").innerHTML = toast;
    document.dispatchEvent(new CustomEvent("hearth:caught"));
  }
}
customElements.define("hearth-capture", HearthCapture);

// randomUUID is kept back from plain http.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte, at) => (at === 6 ? (byte & 15) | 64 : at === 8 ? (byte & 63) | 128 : byte).toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

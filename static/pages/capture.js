// The page to capture on: what is written goes into the outbox first and from there to the house, so that it is safe
// before anything answers. The outbox stands below, as long as there is something in it.
class HearthCatch extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.list = this.querySelector(".outbox > ul");
    this.told = this.querySelector("[data-told]");
    this.owner = this.dataset.owner;
    this.base = document.body.dataset.baseHref;
    this.draft = `hearth.capture.${this.owner}`;
    this.files = [];
    this.dress();
    this.fillIn();
    this.form.addEventListener("submit", (event) => this.save(event));
    this.form.addEventListener("input", () => this.written());
    this.form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit(); });
    this.querySelector("[data-send]").addEventListener("click", () => this.send());
    HearthOutbox.watch((end) => this.draw(end));
    this.draw();
    setInterval(() => { if (this.waiting) this.send(); }, 30000);
  }

  field(name) { return this.form.elements[name]; }

  // The address may say more than the page, which may be an old copy of an empty one.
  async fillIn() {
    const given = new URLSearchParams(location.search), id = given.get("shared");
    const shared = id ? await HearthOutbox.shared(id).catch(() => null) : null;
    this.shared = shared && id;
    for (const [name, from] of [["content", "text"], ["title", "title"], ["url", "url"]]) {
      if (!this.field(name).value) this.field(name).value = shared?.[from] || given.get(from) || "";
    }
    if (!location.search && !this.field("content").value) this.field("content").value = localStorage.getItem(this.draft) ?? "";
    if (shared) this.field("source").value = "share";
    else if (given.get("source")) this.field("source").value = given.get("source");
    for (const file of shared?.files ?? []) this.add(file);
    this.written();
  }

  dress() {
    const input = this.field("files");
    input.addEventListener("change", () => {
      for (const file of input.files) this.add(file);
      input.value = "";
    });
  }

  add(file) {
    const row = this.made("file");
    row.querySelector("span").textContent = file.name;
    row.querySelector("button").addEventListener("click", () => {
      this.files.splice(this.files.indexOf(file), 1);
      row.remove();
    });
    this.files.push(file);
    this.querySelector(".capture-files").append(row);
  }

  written() {
    const text = this.field("content").value;
    if (text) localStorage.setItem(this.draft, text); else localStorage.removeItem(this.draft);
    this.querySelector(".capture-from").hidden = !this.field("title").value && !this.field("url").value;
    this.guess(text.trim() || this.field("url").value);
  }

  // By the house's own rules (app/captures/guessing.py), so that what is shown is what will be.
  async guess(text) {
    if (text) this.rules ??= fetch(this.dataset.rulesHref).then((answer) => answer.json()).catch(() => null);
    const rules = await this.rules, said = rules && text && [...text].slice(0, rules.reads).join("");
    const guess = said && (rules.rules.find(([, pattern]) => new RegExp(pattern, "iu").test(said))?.[0] ?? rules.usual);
    const [own, ...types] = this.field("type").options, known = types.find((option) => option.value === guess);
    this.usual ??= own.textContent;
    own.textContent = known ? this.dataset.guessed.replace("{type}", known.textContent) : this.usual;
  }

  async save(event) {
    const fields = Object.fromEntries(["content", "title", "url", "type", "source"].map((name) => [name, this.field(name).value]));
    // The house says what is missing.
    if (!(fields.content + fields.title + fields.url).trim() && !this.files.length) return;
    event.preventDefault();
    try {
      await HearthOutbox.put({ to: "captures", owner: this.owner, fields, files: this.files });
    } catch {
      this.form.submit();
      return;
    }
    this.empty();
    this.told.textContent = this.told.dataset.kept;
    await this.send();
  }

  empty() {
    if (this.shared) HearthOutbox.release(this.shared);
    for (const name of ["content", "title", "url", "type"]) this.field(name).value = "";
    this.field("source").value = "page";
    this.querySelector("#capture-error")?.remove();
    this.field("content").removeAttribute("aria-invalid");
    this.querySelector(".capture-files").replaceChildren();
    Object.assign(this, { files: [], shared: null });
    history.replaceState(null, "", `${this.base}capture`);
    this.written();
    this.field("content").focus();
  }

  send() { return HearthOutbox.send(this.base); }

  made(name) { return this.querySelector(`template[data-of="${name}"]`).content.firstElementChild.cloneNode(true); }

  async draw(end = "") {
    const items = (await HearthOutbox.all(this.owner).catch(() => [])).reverse();
    this.waiting = items.some((item) => item.state === "waiting");
    if (end) this.end = end;
    for (const notice of this.querySelectorAll("[data-end]")) notice.hidden = !this.waiting || notice.dataset.end !== this.end;
    if (end === "done" && items.some((item) => item.state === "sent")) this.told.textContent = this.told.dataset.arrived;
    const kept = [...this.list.children].filter((row) => row.dataset.stays);
    this.list.replaceChildren(...kept, ...items.filter((item) => !kept.some((row) => row.dataset.id === item.id)).map((item) => this.row(item)));
    this.querySelector("[data-send]").parentElement.hidden = !this.waiting;
    this.querySelector(".outbox").hidden = !this.list.children.length;
  }

  row(item) {
    const row = this.made("item"), state = row.querySelector("[data-state]"), time = row.querySelector("time");
    const part = (name) => row.querySelector(`[data-${name}]`);
    Object.assign(row.dataset, { id: item.id, is: item.state });
    row.querySelector(".outbox-text").textContent = [textOf(item) || item.fields.title || item.fields.url, ...item.files.map((file) => file.name)].filter(Boolean).join("\n");
    state.textContent = item.problem === "earlier" ? state.dataset.earlier : [state.dataset[item.state], item.problem].filter(Boolean).join(": ");
    const when = new Date(item.sent_at ?? item.made_at);
    time.dateTime = when.toISOString();
    time.textContent = when.toLocaleString(document.documentElement.lang, { timeStyle: "short", ...(when.toDateString() === new Date().toDateString() ? {} : { dateStyle: "medium" }) });
    if (item.href) part("open").href = item.href; else part("open").remove();
    for (const name of ["again", "edit"]) part(name).hidden = item.state === "sent" || (name === "again" && (item.state !== "failed" || item.problem === "earlier"));
    part("again").addEventListener("click", () => this.again(item, textOf(item)));
    part("edit").addEventListener("click", () => this.edit(item, row));
    part("remove").addEventListener("click", () => this.remove(item, row));
    return row;
  }

  // What was refused has never arrived, so its id is still good; what came earlier in other words keeps the old one.
  async again(item, text) {
    const anew = item.problem === "earlier" ? { id: HearthOutbox.newId() } : {};
    const { problem, href, sent_at, ...rest } = item;
    if (anew.id) await HearthOutbox.remove(item.id);
    await HearthOutbox.put({ ...rest, ...anew, state: "waiting", changed_at: Date.now(), fields: { ...item.fields, [item.to === "day" ? "text" : "content"]: text } });
    await this.send();
  }

  edit(item, row) {
    const editing = this.made("editing"), area = editing.querySelector("textarea");
    const close = () => { delete editing.dataset.stays; return this.draw(); };
    Object.assign(editing.dataset, { id: item.id, stays: "1" });
    area.value = textOf(item);
    editing.querySelector("[data-done]").addEventListener("click", async () => { await close(); await this.again(item, area.value); });
    editing.querySelector("[data-cancel]").addEventListener("click", close);
    row.replaceWith(editing);
    area.focus();
  }

  async remove(item, row) {
    const removed = this.made("removed");
    Object.assign(removed.dataset, { id: item.id, stays: "1" });
    row.replaceWith(removed);
    await HearthOutbox.remove(item.id);
    removed.querySelector("[data-undo]").addEventListener("click", async () => {
      delete removed.dataset.stays;
      await HearthOutbox.put(item);
      await this.send();
    });
    removed.querySelector("[data-undo]").focus();
  }
}
const textOf = (item) => item.fields.content ?? item.fields.text ?? "";
customElements.define("hearth-catch", HearthCatch);
navigator.serviceWorker?.register(`${document.body.dataset.baseHref}worker.js`).catch(() => {});

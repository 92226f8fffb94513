// The note editor: keeps a draft in this browser until the server has acknowledged the text, and saves by itself.
// What it says comes from the page (data-…), where it went through gettext.
class HearthEditor extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.key = `hearth.draft.${this.dataset.note}`;
    this.saved = this.text();
    this.timer = 0;
    this.saving = false;
    this.unheard = [];
    this.heard = 0;
    this.offerDraft();
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("submit", () => { this.leaving = true; clearTimeout(this.timer); this.keepNow(); });
    this.onKey = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); this.save(); }
    };
    this.onHide = () => { if (document.visibilityState === "hidden") { this.keepNow(); this.save(); } };
    this.onLeave = () => this.keepNow();
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("visibilitychange", this.onHide);
    window.addEventListener("pagehide", this.onLeave);
    this.follow();
    const first = window.location.hash === "";
    if (first && this.saved.title === "" && this.saved.content === "") this.field("title").focus();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("visibilitychange", this.onHide);
    window.removeEventListener("pagehide", this.onLeave);
    this.keepNow();
    this.changes?.close();
  }

  // What is saved elsewhere comes here by itself: a save without a change of its own answers with what stands there.
  follow() {
    if (!this.dataset.live) return;
    this.changes = new RecordChanges(this.dataset.live, () => this.field("version").value, (version) => {
      this.heard = version;
      this.catchUp();
    });
  }

  catchUp() { if (this.heard > Number(this.field("version").value)) this.save(true); }

  field(name) { return this.form.elements[name]; }

  text() { return { title: this.field("title").value, content: this.field("content").value }; }

  same(a, b) { return a.title === b.title && a.content === b.content; }

  changed() {
    this.keepSoon();
    this.say(this.dataset.unsaved);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 1500);
  }

  // In a pause, or every two seconds: to write a long text down at each key takes as long as to draw what the key did.
  keepSoon() {
    this.unkept ??= Date.now();
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keepNow(), Math.min(300, Math.max(0, this.unkept + 2000 - Date.now())));
  }

  keepNow() {
    if (!this.keeping) return;
    this.keepNoLonger();
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...this.text(), version: this.field("version").value }));
    } catch (error) {
      this.say(this.dataset.nodrafts);
    }
  }

  keepNoLonger() {
    clearTimeout(this.keeping);
    this.keeping = this.unkept = null;
  }

  forget() {
    this.keepNoLonger();
    localStorage.removeItem(this.key);
  }

  async save(isAsking = false) {
    const text = this.text();
    if (this.saving || this.leaving || this.differs || (!isAsking && this.same(text, this.saved))) return;
    this.saving = true;
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        body: this.body(),
        headers: { "HX-Request": "true", "HX-Target": "saved" },
        redirect: "error",
      });
      await this.answered(answer, text);
    } catch (error) {
      // It may have arrived all the same: the next save says so, or it would stand against itself.
      this.unheard = [...this.unheard.slice(-4), [text.title, text.content]];
      this.say(this.dataset.unreachable);
      this.timer = setTimeout(() => this.save(), 5000);
    } finally {
      this.saving = false;
    }
  }

  // A file needs a note that it can belong to.
  async exist() {
    while (this.saving) await new Promise((done) => setTimeout(done, 100));
    if (this.field("version").value === "0") await this.save(true);
  }

  body() {
    const body = new URLSearchParams(new FormData(this.form));
    if (this.unheard.length) body.set("unheard", JSON.stringify(this.unheard));
    return body;
  }

  async answered(answer, text) {
    const html = await answer.text();
    if (answer.ok) this.acknowledge(html, text);
    else if (answer.status === 409) this.offerChoice();
    else this.say(answer.status === 401 ? this.dataset.signedout : this.dataset.refused);
  }

  acknowledge(html, text) {
    document.getElementById("saved").outerHTML = html;
    this.saved = text;
    this.unheard = [];
    const saved = document.getElementById("saved");
    const joined = saved.querySelector("template");
    const isQuiet = this.same(this.text(), text);
    if (joined && isQuiet) this.show({ title: joined.dataset.title, content: joined.content.textContent });
    // What was typed meanwhile goes on from the text as it was sent: the next save puts that together too.
    if (joined && !isQuiet) this.field("version").value = saved.dataset.own;
    if (this.same(this.text(), this.saved)) this.forget();
    else this.changed();
    setTimeout(() => this.catchUp(), 0);
  }

  // Puts a text into the fields, the cursor staying with its words.
  show(text) {
    this.field("title").value = text.title;
    const area = this.field("content");
    const replace = new CustomEvent("hearth:replace", { detail: { text: text.content }, cancelable: true });
    if (area.dispatchEvent(replace) && area.value !== text.content) this.replaceIn(area, text.content);
    this.saved = this.text();
  }

  replaceIn(area, after) {
    const before = area.value;
    const { selectionStart, selectionEnd, scrollTop } = area;
    let start = 0;
    while (start < before.length && before[start] === after[start]) start += 1;
    let end = 0;
    const most = Math.min(before.length, after.length) - start;
    while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
    const move = (at) => (at <= start ? at : Math.max(start, at + after.length - before.length));
    area.value = after;
    area.setSelectionRange(move(selectionStart), move(selectionEnd));
    area.scrollTop = scrollTop;
  }

  // Both changed the same place. Nothing is taken out of the writer's hands: the form's own way shows both texts.
  offerChoice() {
    this.differs = true;
    this.say(this.dataset.differs);
    const look = Object.assign(document.createElement("button"), { className: "quiet small", textContent: this.dataset.choose });
    document.getElementById("saved").append(" ", look);
  }

  offerDraft() {
    const draft = JSON.parse(localStorage.getItem(this.key) || "null");
    if (!draft || this.same(draft, this.saved)) return;
    const offer = document.createElement("p");
    offer.className = "draft";
    offer.append(this.dataset.draft);
    const take = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: this.dataset.restore });
    take.addEventListener("click", () => {
      this.field("title").value = draft.title;
      this.field("content").value = draft.content;
      offer.remove();
      this.changed();
    });
    offer.append(take);
    this.form.prepend(offer);
  }

  say(sentence) {
    const place = document.getElementById("saved");
    if (place) place.lastChild.nodeType === Node.TEXT_NODE ? (place.lastChild.data = sentence) : place.append(sentence);
  }
}
customElements.define("hearth-editor", HearthEditor);

// The note editor: keeps a draft in this browser until the server has acknowledged the text, and saves by itself.
// What it says comes from the page (data-…), where it went through gettext.
class HearthEditor extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.key = `hearth.draft.${this.dataset.note}`;
    this.saved = this.text();
    this.timer = 0;
    this.saving = false;
    this.offerDraft();
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("submit", () => { this.leaving = true; clearTimeout(this.timer); });
    this.onKey = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); this.save(); }
    };
    this.onHide = () => { if (document.visibilityState === "hidden") this.save(); };
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("visibilitychange", this.onHide);
    const first = window.location.hash === "";
    if (first && this.saved.title === "" && this.saved.content === "") this.field("title").focus();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("visibilitychange", this.onHide);
  }

  field(name) { return this.form.elements[name]; }

  text() { return { title: this.field("title").value, content: this.field("content").value }; }

  same(a, b) { return a.title === b.title && a.content === b.content; }

  changed() {
    this.keep(this.text());
    this.say(this.dataset.unsaved);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 1500);
  }

  keep(text) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...text, version: this.field("version").value }));
    } catch (error) {
      this.say(this.dataset.nodrafts);
    }
  }

  async save() {
    const text = this.text();
    if (this.saving || this.leaving || this.same(text, this.saved)) return;
    this.saving = true;
    try {
      const answer = await fetch(this.form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(this.form)),
        headers: { "HX-Request": "true", "HX-Target": "saved" },
        redirect: "error",
      });
      await this.answered(answer, text);
    } catch (error) {
      this.say(this.dataset.unreachable);
      this.timer = setTimeout(() => this.save(), 5000);
    } finally {
      this.saving = false;
    }
  }

  async answered(answer, text) {
    const html = await answer.text();
    if (answer.ok) {
      document.getElementById("saved").outerHTML = html;
      this.saved = text;
      if (this.same(this.text(), text)) localStorage.removeItem(this.key);
      else this.changed();
    } else if (answer.status === 409) {
      const both = new DOMParser().parseFromString(html, "text/html").getElementById("conflict");
      if (both) this.replaceWith(both);
    } else {
      this.say(answer.status === 401 ? this.dataset.signedout : this.dataset.refused);
    }
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

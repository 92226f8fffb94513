// <hearth-surface>: draws an editor in the place of its textarea. The textarea stays what is saved and sent: it follows
// each change and tells of it by an `input` event; whoever sets its value sets the text.
import "./styles.js";
import { Annotation, Compartment, EditorSelection, EditorView, Transaction, diff } from "../vendor/codemirror/codemirror.min.js";
import { extensions } from "./extensions.js";
import { livePreview } from "./live.js";
import { Tools } from "./tools.js";
import { Outline } from "./outline.js";

const outside = Annotation.define();
const native = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");

class HearthSurface extends HTMLElement {
  connectedCallback() {
    this.textarea = this.querySelector("textarea");
    this.live = new Compartment();
    this.view = this.draw();
    this.bindTextarea();
    this.tools = new Tools(this);
    this.outline = new Outline(this);
  }

  disconnectedCallback() {
    this.stop.abort();
    this.tools.leave();
    this.outline.leave();
    this.view.destroy();
  }

  draw() {
    const { value, selectionStart, selectionEnd } = this.textarea;
    const { activeElement } = document;
    const writing = activeElement === this.textarea || (this.textarea.autofocus && activeElement === document.body);
    const view = new EditorView({
      doc: value,
      selection: { anchor: Math.min(selectionStart, value.length), head: Math.min(selectionEnd, value.length) },
      parent: this,
      extensions: [
        extensions(this),
        this.live.of(livePreview(this.dataset)),
        EditorView.updateListener.of((update) => { if (update.docChanged) this.changed(update); }),
      ],
    });
    this.textarea.hidden = true;
    this.querySelector("label").removeAttribute("for");
    if (writing) view.focus();
    return view;
  }

  bindTextarea() {
    Object.defineProperty(this.textarea, "value", {
      configurable: true,
      get: () => native.get.call(this.textarea),
      set: (text) => this.replace(text),
    });
    this.textarea.addEventListener("hearth:replace", (event) => {
      event.preventDefault();
      this.replace(event.detail.text);
    });
    // The browser itself puts back what was typed before the page was left and come back to.
    this.stop = new AbortController();
    window.addEventListener("pageshow", () => this.replace(this.textarea.value), { signal: this.stop.signal });
  }

  changed(update) {
    native.set.call(this.textarea, update.state.doc.toString());
    if (!update.transactions.some((one) => one.annotation(outside))) {
      this.textarea.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // Only what differs, so that the cursor stays where it is, and what others wrote is not taken back by one's own Undo.
  replace(text) {
    const before = this.view.state.doc.toString();
    const after = String(text).replace(/\r\n?/g, "\n");
    if (before === after) return;
    const changes = diff(before, after, { scanLimit: 2000, timeout: 200 });
    this.view.dispatch({
      changes: changes.map(({ fromA, toA, fromB, toB }) => ({ from: fromA, to: toA, insert: after.slice(fromB, toB) })),
      annotations: [outside.of(true), Transaction.addToHistory.of(false)],
    });
  }

  get isRaw() { return this.raw === true; }

  showRaw(raw) {
    this.raw = raw;
    this.classList.toggle("is-raw", raw);
    this.view.dispatch({ effects: this.live.reconfigure(raw ? [] : livePreview(this.dataset)) });
    this.tools.show();
  }

  select(from, to = from) {
    this.view.dispatch({ selection: EditorSelection.range(from, to), effects: EditorView.scrollIntoView(from, { y: "start", yMargin: 80 }) });
    this.view.focus();
  }
}
customElements.define("hearth-surface", HearthSurface);

// The toolbar: docked at the page's end, on a phone above its keyboard; and what fails is said there.
import { COMMANDS } from "./commands.js";
import { addressOf } from "./files.js";

const PHONE = window.matchMedia("(max-width: 719px)");

export class Tools {
  constructor(surface) {
    this.surface = surface;
    this.form = surface.closest("form");
    this.bar = this.form.querySelector(".editor-tools");
    this.failure = this.form.querySelector("[data-failure]");
    this.bar.hidden = false;
    this.bar.querySelector("[data-command=file]").hidden = !addressOf(surface);
    this.stop = new AbortController();
    this.listen();
    this.show();
  }

  leave() {
    this.stop.abort();
    document.documentElement.classList.remove("is-focused");
  }

  // What lies over the page's end, and a little air: Save lies there too where a phone's keyboard takes no room.
  get height() {
    const actions = PHONE.matches ? 0 : this.form.querySelector(".actions").offsetHeight;
    return this.bar.offsetHeight + actions + 24;
  }

  listen() {
    const { signal } = this.stop;
    // So that the text keeps the focus, and a phone its keyboard.
    this.bar.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
    this.bar.addEventListener("click", (event) => this.run(event.target.closest("[data-command]")), { signal });
    this.bar.addEventListener("keydown", (event) => this.walk(event), { signal });
    this.form.addEventListener("focusin", (event) => this.writing(this.surface.contains(event.target) || this.form.classList.contains("is-writing")), { signal });
    this.form.addEventListener("focusout", (event) => { if (!this.form.contains(event.relatedTarget)) this.writing(false); }, { signal });
    for (const kind of ["resize", "scroll"]) window.visualViewport?.addEventListener(kind, () => this.dock(), { signal });
  }

  run(button) {
    if (!button) return;
    const { view } = this.surface;
    COMMANDS[button.dataset.command](view, this.surface);
    if (button.dataset.command !== "file") view.focus();
    this.show();
  }

  // One stop of Tab, within it the arrows: the buttons are many, and Save lies before them.
  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...this.bar.querySelectorAll("button:not([hidden])")];
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }

  writing(now) {
    this.form.classList.toggle("is-writing", now);
    this.dock();
  }

  // Where a keyboard covers the page without making it smaller, the bar stands on the keyboard.
  dock() {
    const { height, offsetTop } = window.visualViewport ?? { height: window.innerHeight, offsetTop: 0 };
    this.bar.style.setProperty("--keyboard", `${Math.max(0, Math.round(window.innerHeight - height - offsetTop))}px`);
  }

  focusOnText() {
    document.documentElement.classList.toggle("is-focused");
    this.show();
  }

  show() {
    const pressed = { raw: this.surface.isRaw, focus: document.documentElement.classList.contains("is-focused") };
    for (const [name, is] of Object.entries(pressed)) this.bar.querySelector(`[data-command=${name}]`).setAttribute("aria-pressed", String(is));
  }

  complain(sentence) {
    this.failure.textContent = sentence;
    this.failure.hidden = false;
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => { this.failure.hidden = true; }, 12000);
  }
}

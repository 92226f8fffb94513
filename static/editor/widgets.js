// What the live preview draws in the place of marks.
import { WidgetType } from "../vendor/codemirror/codemirror.min.js";

export class Bullet extends WidgetType {
  eq() { return true; }

  toDOM() {
    const bullet = document.createElement("span");
    bullet.className = "cm-bullet";
    bullet.textContent = "•";
    return bullet;
  }
}

export class Checkbox extends WidgetType {
  constructor(checked, label) {
    super();
    this.checked = checked;
    this.label = label;
  }

  eq(other) { return other.checked === this.checked; }

  toDOM(view) {
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: this.checked, className: "cm-check" });
    // No stop on the way out of the text: the keyboard ticks where the cursor is (tickLines).
    box.tabIndex = -1;
    box.setAttribute("aria-label", this.label);
    box.addEventListener("mousedown", (event) => event.preventDefault());
    box.addEventListener("click", (event) => {
      event.preventDefault();
      tick(view, view.posAtDOM(box));
    });
    return box;
  }

  ignoreEvent() { return true; }
}

function tick(view, position) {
  const mark = view.state.sliceDoc(position, position + 3);
  if (!/^\[[ xX]\]$/.test(mark)) return;
  const insert = mark === "[ ]" ? "x" : " ";
  view.dispatch({ changes: { from: position + 1, to: position + 2, insert }, userEvent: "input" });
}

export function tickLines(view) {
  for (const { head } of view.state.selection.ranges) {
    const line = view.state.doc.lineAt(head);
    const before = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)+(?=\[[ xX]\])/.exec(line.text);
    if (before) tick(view, line.from + before[0].length);
  }
  return true;
}

export class Picture extends WidgetType {
  constructor(name, href) {
    super();
    this.name = name;
    this.href = href;
  }

  eq(other) { return other.name === this.name; }

  get estimatedHeight() { return 200; }

  toDOM(view) {
    // Within a place of its own: what is exchanged at the top would be read as something typed.
    const place = document.createElement("span");
    const picture = Object.assign(document.createElement("img"), { className: "cm-picture", alt: this.name });
    picture.addEventListener("load", () => view.requestMeasure());
    picture.addEventListener("error", () => place.replaceChildren(missing(this.name)));
    // Looked up by its name, whatever path was written: so nothing but a file of one's own is ever asked for.
    picture.src = `${this.href}?${new URLSearchParams({ name: this.name })}`;
    place.append(picture);
    return place;
  }
}

function missing(name) {
  const place = document.createElement("span");
  place.className = "cm-missing";
  place.textContent = name;
  return place;
}

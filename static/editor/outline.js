// Beside the text: its headings, each a way there, and how many words it has. Looked up when the typing pauses.
import { ViewPlugin, StateEffect } from "../vendor/codemirror/codemirror.min.js";

const HEADING = /^(#{1,6})[ \t]+(.+?)[ \t#]*$/;
const FENCE = /^[ \t]*(`{3,}|~{3,})/;
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*/gu;
const PAUSE = 400;

export class Outline {
  constructor(surface) {
    this.surface = surface;
    this.place = document.getElementById("note-outline");
    this.list = this.place.querySelector("ul");
    this.places = Object.fromEntries(["words", "characters"].map((name) => [name, document.querySelector(`[data-count=${name}]`)]));
    const changed = () => this.changed();
    surface.view.dispatch({ effects: StateEffect.appendConfig.of(ViewPlugin.define(() => ({ update: (update) => { if (update.docChanged) changed(); } }))) });
    this.list.addEventListener("click", (event) => this.jump(event));
    document.getElementById("note-count").hidden = false;
    this.show();
  }

  leave() { clearTimeout(this.timer); }

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(), PAUSE);
  }

  show() {
    const { doc } = this.surface.view.state;
    const text = doc.toString();
    this.places.words.textContent = (text.match(WORD)?.length ?? 0).toLocaleString(document.documentElement.lang);
    this.places.characters.textContent = text.length.toLocaleString(document.documentElement.lang);
    const headings = findHeadings(doc);
    this.place.hidden = headings.length === 0;
    this.list.replaceChildren(...headings.map(item));
  }

  jump(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const heading = findHeadings(this.surface.view.state.doc)[[...this.list.querySelectorAll("button")].indexOf(button)];
    if (heading) this.surface.select(heading.from + heading.level + 1);
  }
}

function findHeadings(doc) {
  const found = [];
  let fence = "";
  let from = 0;
  for (const line of doc.iterLines()) {
    const mark = FENCE.exec(line)?.[1];
    if (mark && !fence) fence = mark;
    else if (mark && mark.startsWith(fence)) fence = "";
    const heading = fence ? null : HEADING.exec(line);
    if (heading) found.push({ level: heading[1].length, words: heading[2], from });
    from += line.length + 1;
  }
  return found;
}

function item({ level, words }) {
  const place = document.createElement("li");
  place.className = `outline-${level}`;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "outline-heading" });
  button.textContent = words.replace(/[*_`\[\]]/g, "");
  place.append(button);
  return place;
}

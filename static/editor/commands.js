// What the toolbar's buttons and the commands behind a slash do, by the name that the page gives them (data-command).
import { redo, undo } from "../vendor/codemirror/codemirror.min.js";
import { pickFiles } from "./files.js";
import { toggleItems } from "./lists.js";
import { insertLink, toggleMark } from "./marks.js";

export const COMMANDS = {
  heading: (view) => toggleItems(view, "## "),
  list: (view) => toggleItems(view, "- "),
  numbers: (view) => toggleItems(view, "1. "),
  task: (view) => toggleItems(view, "- [ ] "),
  quote: (view) => toggleItems(view, "> "),
  bold: (view) => toggleMark(view, "**"),
  italic: (view) => toggleMark(view, "*"),
  code: (view) => toggleMark(view, "`"),
  link: insertLink,
  callout: (view) => insertAround(view, "> [!note] ", "\n> "),
  table: (view) => insertAround(view, "| ", " |  |\n|---|---|\n|  |  |"),
  fence: (view) => insertAround(view, "```", "\n\n```"),
  date: (view) => insertText(view, today()),
  file: (view, surface) => pickFiles(view, surface),
  undo,
  redo,
  raw: (_view, surface) => surface.showRaw(!surface.isRaw),
  focus: (_view, surface) => surface.tools.focusOnText(),
};

// With the cursor between the two.
function insertAround(view, before, after) { insertText(view, before + after, before.length); }

export function insertText(view, text, cursor = text.length) {
  const { from, to } = view.state.selection.main;
  view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + cursor }, userEvent: "input", scrollIntoView: true });
}

// As the person's own calendar has it, in the form that files and links are named by.
function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

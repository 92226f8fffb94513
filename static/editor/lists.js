// Lists go on by themselves: Enter makes the next item, on an empty one it ends the list; Tab moves an item in and out.
import { EditorSelection, syntaxTree } from "../vendor/codemirror/codemirror.min.js";

const ITEM = /^([ \t>]*)(?:([-*+])|(\d{1,9})([.)]))([ \t]+)(\[[ xX]\][ \t]+)?(.*)$/;
const QUOTE = /^([ \t]*(?:>[ \t]?)+)(.*)$/;

export const listKeymap = [
  { key: "Enter", run: continueList },
  { key: "Tab", run: (view) => indent(view, 1) },
  { key: "Shift-Tab", run: (view) => indent(view, -1) },
];

function inCode(state, position) {
  for (let node = syntaxTree(state).resolveInner(position, -1); node; node = node.parent) {
    if (node.name === "FencedCode" || node.name === "CodeBlock") return true;
  }
  return false;
}

function continueList(view) {
  const { state } = view;
  const { main } = state.selection;
  const line = state.doc.lineAt(main.head);
  if (state.selection.ranges.length > 1 || state.readOnly || inCode(state, main.head)) return false;
  const item = ITEM.exec(line.text);
  const begun = item ? line.text.length - item[7].length : 0;
  if (item && main.head - line.from >= begun) return item[7].trim() ? nextItem(view, line, item) : endList(view, line, item);
  const quote = item ? null : QUOTE.exec(line.text);
  if (!quote || main.head - line.from < quote[1].length) return false;
  return quote[2].trim() ? insert(view, `\n${quote[1]}`) : clear(view, line, "");
}

function nextItem(view, line, [, indentation, bullet, number, sign, gap, task]) {
  const mark = bullet ?? `${Number(number) + 1}${sign}`;
  const later = bullet ? [] : renumber(view.state, line, indentation, Number(number) + 2);
  return insert(view, `\n${indentation}${mark}${gap}${task ? "[ ] " : ""}`, later);
}

// The items below keep counting.
function renumber(state, line, indentation, next) {
  const changes = [];
  for (let at = line.number + 1; at <= state.doc.lines; at += 1) {
    const { text, from } = state.doc.line(at);
    if (text.startsWith(`${indentation} `) || text.startsWith(`${indentation}\t`)) continue;
    const item = ITEM.exec(text);
    if (!item?.[3] || item[1] !== indentation || Number(item[3]) !== next - 1) break;
    const start = from + indentation.length;
    changes.push({ from: start, to: start + item[3].length, insert: String(next) });
    next += 1;
  }
  return changes;
}

function insert(view, text, later = []) {
  const { from, to } = view.state.selection.main;
  view.dispatch({
    changes: [{ from, to, insert: text }, ...later],
    selection: { anchor: from + text.length },
    scrollIntoView: true,
    userEvent: "input",
  });
  return true;
}

function endList(view, line, [, indentation, ...rest]) {
  if (!/[ \t]/.test(indentation) || indentation.includes(">")) return clear(view, line, indentation);
  return clear(view, line, outdented(indentation) + line.text.slice(indentation.length));
}

function clear(view, line, text) {
  view.dispatch({
    changes: { from: line.from, to: line.to, insert: text },
    selection: { anchor: line.from + text.length },
    scrollIntoView: true,
    userEvent: "delete",
  });
  return true;
}

function outdented(indentation) { return indentation.replace(/(?:\t| {1,4})$/, ""); }

// Only where every line is an item: elsewhere Tab leads to the next field, as on any page.
function indent(view, direction) {
  const { state } = view;
  const lines = selectedLines(state);
  if (!lines.every((line) => ITEM.test(line.text)) || inCode(state, state.selection.main.head)) return false;
  const changes = lines.flatMap((line) => (direction > 0 ? [indented(state, line)] : outdentOf(line)));
  if (changes.length) view.dispatch({ changes, userEvent: direction > 0 ? "input.indent" : "delete.dedent" });
  return true;
}

function indented(state, line) {
  const [, indentation, bullet, number] = ITEM.exec(line.text);
  // As deep as the words of the item above begin, which is where Markdown sees a list within it.
  const blanks = bullet ? 2 : number.length + 2;
  return { from: line.from + indentation.length, insert: " ".repeat(blanks) };
}

function outdentOf(line) {
  const [indentation] = /^[ \t]*/.exec(line.text);
  const [, , bullet, number] = ITEM.exec(line.text);
  const blanks = indentation.endsWith("\t") ? 1 : Math.min(indentation.length, bullet ? 2 : number.length + 2);
  return blanks ? [{ from: line.from + indentation.length - blanks, to: line.from + indentation.length }] : [];
}

export function selectedLines(state) {
  const lines = [];
  for (const { from, to } of state.selection.ranges) {
    for (let line = state.doc.lineAt(from); ; line = state.doc.line(line.number + 1)) {
      if (!lines.some((one) => one.from === line.from)) lines.push(line);
      if (line.to >= to) break;
    }
  }
  return lines;
}

// Each selected line becomes such an item, or stops being one when all are.
export function toggleItems(view, mark) {
  const lines = selectedLines(view.state).filter((line, _at, all) => line.text.trim() || all.length === 1);
  const has = lines.every((line) => markOf(line.text) === mark);
  const changes = lines.map((line, at) => {
    const [indentation] = /^[ \t]*/.exec(line.text);
    const old = /^(?:#{1,6} |> ?|(?:[-*+]|\d+[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?/.exec(line.text.slice(indentation.length))[0];
    const fresh = has ? "" : mark === "1. " ? `${at + 1}. ` : mark;
    return { from: line.from + indentation.length, to: line.from + indentation.length + old.length, insert: fresh };
  });
  const set = view.state.changes(changes);
  view.dispatch({ changes: set, selection: mapBehind(view.state.selection, set), userEvent: "input", scrollIntoView: true });
  return true;
}

function mapBehind(selection, changes) {
  return EditorSelection.create(selection.ranges.map(({ anchor, head }) => EditorSelection.range(changes.mapPos(anchor, 1), changes.mapPos(head, 1))));
}

function markOf(text) {
  const [, mark = ""] = /^[ \t]*(#{1,6} |> |[-*+] \[[ xX]\] |[-*+] |\d+[.)] )?/.exec(text);
  return mark.replace(/\[[xX]\]/, "[ ]").replace(/^[*+]/, "-").replace(/^\d+[.)]/, "1.");
}

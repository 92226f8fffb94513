// Bold, italic, code and links around what is selected.
import { EditorSelection, startCompletion } from "../vendor/codemirror/codemirror.min.js";

// The switcher listens for Ctrl-K too, everywhere but here.
export const markKeymap = [
  { key: "Mod-b", run: (view) => toggleMark(view, "**"), preventDefault: true, stopPropagation: true },
  { key: "Mod-i", run: (view) => toggleMark(view, "*"), preventDefault: true, stopPropagation: true },
  { key: "Mod-k", run: insertLink, preventDefault: true, stopPropagation: true },
];

export function toggleMark(view, mark) {
  const { state } = view;
  const size = mark.length;
  view.dispatch(state.changeByRange((range) => {
    const { from, to } = range.empty ? (state.wordAt(range.from) ?? range) : range;
    if (isAround(state, mark, from, to)) {
      return {
        changes: [{ from: from - size, to: from }, { from: to, to: to + size }],
        range: EditorSelection.range(range.anchor - size, range.head - size),
      };
    }
    return {
      changes: [{ from, insert: mark }, { from: to, insert: mark }],
      range: EditorSelection.range(range.anchor + size, range.head + size),
    };
  }), { userEvent: "input", scrollIntoView: true });
  return true;
}

// One star within two is bold, not italic.
function isAround(state, mark, from, to) {
  const size = mark.length;
  if (from < size || state.sliceDoc(from - size, from) !== mark || state.sliceDoc(to, to + size) !== mark) return false;
  if (mark !== "*") return true;
  const before = /\*+$/.exec(state.sliceDoc(Math.max(0, from - 3), from))[0].length;
  return before !== 2;
}

// An address that is selected becomes the target, words become the text; of nothing a link to a note is begun.
export function insertLink(view) {
  const { from, to, empty } = view.state.selection.main;
  const text = view.state.sliceDoc(from, to);
  if (empty) {
    view.dispatch({ changes: { from, insert: "[[]]" }, selection: { anchor: from + 2 }, userEvent: "input.type", scrollIntoView: true });
    startCompletion(view);
    return true;
  }
  const address = /^https?:\/\/\S+$/.test(text);
  const insert = address ? `[](${text})` : `[${text}]()`;
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: address ? from + 1 : from + text.length + 3 }, userEvent: "input", scrollIntoView: true });
  return true;
}

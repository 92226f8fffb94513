// Following a link where it is written: Ctrl and a click, or Alt-Enter with the cursor in it. It opens beside the text,
// which stays where it is.
import { EditorView, syntaxTree } from "../vendor/codemirror/codemirror.min.js";

const REFERENCES = new Set(["WikiLink", "Embed", "Topic", "Person"]);
const ADDRESS = /^https?:\/\//i;

export function followKey(surface) {
  return { key: "Alt-Enter", run: (view) => follow(view, surface, view.state.selection.main.head) };
}

export function followClick(surface) {
  return EditorView.domEventHandlers({
    mousedown(event, view) {
      if (!(event.ctrlKey || event.metaKey) || event.button !== 0) return false;
      const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
      return at !== null && follow(view, surface, at);
    },
  });
}

function follow(view, surface, at) {
  const href = hrefAt(view.state, at, surface.dataset.followHref) ?? "";
  if (href) window.open(href, "_blank", "noopener");
  return href !== "";
}

function hrefAt(state, at, followHref) {
  for (const side of [-1, 1]) {
    for (let node = syntaxTree(state).resolveInner(at, side); node; node = node.parent) {
      const text = state.sliceDoc(node.from, node.to);
      if (REFERENCES.has(node.name)) return `${followHref}?${new URLSearchParams({ text })}`;
      if (node.name === "URL" || node.name === "Link" || node.name === "Autolink") return addressIn(state, node, followHref);
    }
  }
  return null;
}

// A note's file is followed by its name, as [[…]] is; what else leads out of the house must say so by itself.
function addressIn(state, node, followHref) {
  const url = node.name === "URL" ? node : node.node.getChild("URL");
  const address = url ? state.sliceDoc(url.from, url.to).replace(/^<|>$/g, "") : "";
  if (ADDRESS.test(address)) return address;
  return /\.md(?:#|$)/i.test(address) ? `${followHref}?${new URLSearchParams({ text: `[](${address})` })}` : null;
}

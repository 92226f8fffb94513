// The live preview: what the marks mean is drawn in place, and the marks themselves show only where somebody is writing.
import { Decoration, ViewPlugin, syntaxTree } from "../vendor/codemirror/codemirror.min.js";
import { Bullet, Checkbox, Picture } from "./widgets.js";

const LINES = {
  ATXHeading1: "cm-h1", ATXHeading2: "cm-h2", ATXHeading3: "cm-h3", ATXHeading4: "cm-h4", ATXHeading5: "cm-h5",
  ATXHeading6: "cm-h6", SetextHeading1: "cm-h1", SetextHeading2: "cm-h2", Blockquote: "cm-quote", FencedCode: "cm-code",
  CodeBlock: "cm-code", Table: "cm-table", HorizontalRule: "cm-rule",
};
const SPANS = {
  StrongEmphasis: "cm-strong", Emphasis: "cm-em", Strikethrough: "cm-struck", InlineCode: "cm-ticked", Link: "cm-link",
  Autolink: "cm-link", URL: "cm-link", WikiLink: "cm-link", Topic: "cm-link", Person: "cm-link", HTMLTag: "cm-soft",
  Comment: "cm-soft", CommentBlock: "cm-soft", HTMLBlock: "cm-soft",
};
const MARKS = new Set(["HeaderMark", "EmphasisMark", "StrikethroughMark", "QuoteMark", "CodeMark", "LinkMark"]);
const IMAGE = /\.(?:png|jpe?g|gif|webp|avif)$/i;
const REMOTE = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i;
const hidden = Decoration.replace({});

export function livePreview(words) {
  return ViewPlugin.define((view) => new Preview(view, words), { decorations: (preview) => preview.decorations });
}

class Preview {
  constructor(view, words) {
    this.words = words;
    this.tree = syntaxTree(view.state);
    this.decorations = this.draw(view);
  }

  update(update) {
    const tree = syntaxTree(update.state);
    const moved = update.docChanged || update.viewportChanged || update.selectionSet || update.focusChanged;
    if (!moved && tree === this.tree) return;
    this.tree = tree;
    this.decorations = this.draw(update.view);
  }

  draw(view) {
    this.state = view.state;
    this.open = view.hasFocus ? openLines(view.state) : [];
    this.found = [];
    for (const { from, to } of view.visibleRanges) {
      this.tree.iterate({ from, to, enter: (node) => this.enter(node, from, to) });
    }
    return Decoration.set(this.found, true);
  }

  // Whether somebody is writing in the lines of this range, so that it is shown as it is written.
  isOpen(from, to = from) { return this.open.some(([first, last]) => from <= last && to >= first); }

  enter(node, from, to) {
    const { name } = node;
    if (LINES[name]) this.markLines(node, LINES[name], from, to);
    if (SPANS[name] && node.from < node.to) this.found.push(Decoration.mark({ class: SPANS[name] }).range(node.from, node.to));
    if (MARKS.has(name)) this.hideMark(node);
    else if (name === "Link") this.hideTarget(node);
    else if (name === "WikiLink") this.hideBrackets(node);
    else if (name === "Embed" || name === "Image") return this.drawPicture(node);
    else if (name === "TaskMarker") this.drawCheckbox(node);
    else if (name === "ListMark") this.drawBullet(node);
    return true;
  }

  markLines(node, name, from, to) {
    const { doc } = this.state;
    let line = doc.lineAt(Math.max(node.from, from));
    const end = Math.min(node.to, to);
    for (;;) {
      this.found.push(Decoration.line({ class: name }).range(line.from));
      if (line.to >= end || line.number === doc.lines) return;
      line = doc.line(line.number + 1);
    }
  }

  hide(from, to) { if (from < to && !this.isOpen(from, to)) this.found.push(hidden.range(from, to)); }

  hideMark(node) {
    const parent = node.node.parent?.name ?? "";
    if (parent === "FencedCode" || parent === "Link" || parent === "Image" || parent.startsWith("Setext")) return;
    // The blank behind # and > belongs to the mark.
    const behind = (node.name === "HeaderMark" || node.name === "QuoteMark") && this.state.sliceDoc(node.to, node.to + 1) === " ";
    this.hide(node.from, behind ? node.to + 1 : node.to);
  }

  hideTarget(node) {
    const close = node.node.getChildren("LinkMark")[1];
    if (!close || !node.node.getChild("URL") || this.state.doc.lineAt(node.from).to < node.to) return;
    this.hide(node.from, node.from + 1);
    this.hide(close.from, node.to);
  }

  hideBrackets(node) {
    const inner = this.state.sliceDoc(node.from + 2, node.to - 2);
    const bar = inner.indexOf("|");
    const shown = bar > 0 && bar < inner.length - 1 ? bar + 1 : 0;
    this.hide(node.from, node.from + 2 + shown);
    this.hide(node.to - 2, node.to);
  }

  // Files of one's own alone: asking another's server for a picture would tell it who writes what and when.
  drawPicture(node) {
    const text = this.state.sliceDoc(node.from, node.to);
    const name = node.name === "Embed" ? text.slice(3, -2).split("|")[0].trim() : pathOf(this.state, node);
    if (!name || REMOTE.test(name) || !IMAGE.test(name)) return true;
    if (this.isOpen(node.from, node.to)) return true;
    this.found.push(Decoration.replace({ widget: new Picture(name, this.words.fileHref) }).range(node.from, node.to));
    return false;
  }

  drawCheckbox(node) {
    const checked = this.state.sliceDoc(node.from + 1, node.from + 2) !== " ";
    const item = this.state.doc.lineAt(node.from);
    if (checked) this.found.push(Decoration.line({ class: "cm-done" }).range(item.from));
    if (this.open.some(([, , from, to]) => from <= node.to && to >= node.from)) return;
    this.found.push(Decoration.replace({ widget: new Checkbox(checked, this.words.tick) }).range(node.from, node.to));
  }

  drawBullet(node) {
    const mark = this.state.sliceDoc(node.from, node.to);
    if (!"-*+".includes(mark)) return;
    const task = /^ \[[ xX]\]/.test(this.state.sliceDoc(node.to, node.to + 4));
    if (this.isOpen(node.from)) return;
    this.found.push((task ? hidden : Decoration.replace({ widget: new Bullet() })).range(node.from, task ? node.to + 1 : node.to));
  }
}

function pathOf(state, node) {
  const url = node.node.getChild("URL");
  const path = url ? state.sliceDoc(url.from, url.to).replace(/^<|>$/g, "") : "";
  try {
    return REMOTE.test(path) ? "" : decodeURIComponent(path);
  } catch (error) {
    return path;
  }
}

// [first line's start, last line's end, selection's start, selection's end]
function openLines(state) {
  return state.selection.ranges.map(({ from, to }) => [state.doc.lineAt(from).from, state.doc.lineAt(to).to, from, to]);
}

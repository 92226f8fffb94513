// Markdown as Hearth reads it: CommonMark with tables, tasks and struck out words, and [[links]], #topics, @people.
import { GFM, Language, defineLanguageFacet, languageDataProp, parser } from "../vendor/codemirror/codemirror.min.js";

const WIKI = /^!?\[\[[^\[\]\n]+\]\]/;
const TOPIC = /^#(?=[^\s#]*[^\d\s#/_-])[\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}\p{Extended_Pictographic}_/-]*/u;
const PERSON = /^@(?:\[\[[^\[\]\n]+\]\]|[\p{L}\p{M}\p{N}]+(?:[._-]+[\p{L}\p{M}\p{N}]+)*(?![@/]))/u;
const OPENING = /[\s(\[<>"'“”‘’„«*_~,;:|!¡¿–—]/;
const LONGEST = 600;
const [BANG, HASH, AT, BRACKET] = ["!", "#", "@", "["].map((sign) => sign.charCodeAt(0));

const wiki = {
  name: "WikiLink",
  before: "Link",
  parse(cx, next, pos) {
    if (next !== BRACKET && next !== BANG) return -1;
    const found = WIKI.exec(cx.slice(pos, Math.min(cx.end, pos + LONGEST)));
    return found ? cx.addElement(cx.elt(next === BANG ? "Embed" : "WikiLink", pos, pos + found[0].length)) : -1;
  },
};

function reference(name, sign, pattern) {
  return {
    name,
    before: "Link",
    parse(cx, next, pos) {
      if (next !== sign || (pos > cx.offset && !OPENING.test(cx.slice(pos - 1, pos)))) return -1;
      const found = pattern.exec(cx.slice(pos, Math.min(cx.end, pos + LONGEST)));
      return found ? cx.addElement(cx.elt(name, pos, pos + found[0].length)) : -1;
    },
  };
}

const data = defineLanguageFacet({ commentTokens: { block: { open: "<!--", close: "-->" } } });
const hearth = {
  defineNodes: ["WikiLink", "Embed", "Topic", "Person"],
  parseInline: [wiki, reference("Topic", HASH, TOPIC), reference("Person", AT, PERSON)],
  props: [languageDataProp.add({ Document: data })],
};

export const markdown = new Language(data, parser.configure([GFM, hearth]), [], "markdown").extension;

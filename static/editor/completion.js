// Names behind [[, @ and #, from the server: a question that was overtaken by the next keystroke is given up.
const MARKS = [
  { mark: "[[", pattern: /\[\[([^\[\]\n|]*)$/ },
  { mark: "@", pattern: /(?<=^|[\s(\[*_>"“„«])@([\p{L}\p{M}\p{N}._'’-]+(?: [\p{L}\p{M}\p{N}._'’-]+){0,2}|)$/u },
  { mark: "#", pattern: /(?<=^|[\s(\[*_>"“„«])#([\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}\p{Extended_Pictographic}_/-]*)$/u },
];

export function completeNames(surface) {
  return async (context) => {
    const typed = whatIsTyped(context);
    if (!typed) return null;
    const items = await ask(surface.dataset.completeHref, typed, context);
    // What stands there already needs no taking, and Enter shall be a new line then.
    if (!items.length || items.some((item) => item.text === typed.whole)) return null;
    return { from: typed.from, to: context.pos, options: items.map((item) => option(item, typed)), filter: false };
  };
}

function whatIsTyped(context) {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  for (const { mark, pattern } of MARKS) {
    const found = pattern.exec(before);
    if (found) return { mark, q: found[1], whole: found[0], from: line.from + found.index };
  }
  return null;
}

async function ask(href, typed, context) {
  const stop = new AbortController();
  context.addEventListener("abort", () => stop.abort(), { onDocChange: true });
  try {
    const address = `${href}?${new URLSearchParams({ mark: typed.mark, q: typed.q })}`;
    const answer = await fetch(address, { signal: stop.signal, headers: { Accept: "application/json" }, redirect: "error" });
    return answer.ok ? (await answer.json()).items : [];
  } catch (error) {
    // Overtaken, or the server is gone: what is typed is written all the same.
    return [];
  }
}

function option(item, typed) {
  return { label: item.title, kind: item.label, type: item.kind, apply: (view, _option, from, to) => write(view, item, typed, from, to) };
}

function write(view, item, typed, from, to) {
  // The brackets that were closed by themselves when [[ was typed.
  const behind = view.state.sliceDoc(to, to + 2);
  const end = typed.mark === "[[" ? to + (behind === "]]" ? 2 : behind.startsWith("]") ? 1 : 0) : to;
  view.dispatch({ changes: { from, to: end, insert: item.text }, selection: { anchor: from + item.text.length }, userEvent: "input.complete", scrollIntoView: true });
}

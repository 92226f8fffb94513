// A slash at a line's beginning opens the commands; the page has their words, and the house its templates.
import { COMMANDS, insertText } from "./commands.js";

export function completeCommands(surface) {
  const named = [...document.querySelector("[data-slash]").content.querySelectorAll("[data-command]")];
  let templates;
  return async (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const found = /^[ \t]*\/([\p{L}\p{N} ]{0,30})$/u.exec(line.text.slice(0, context.pos - line.from));
    if (!found) return null;
    templates ??= readTemplates(surface);
    const options = [...named.map((place) => command(surface, place)), ...(await templates).map((one) => template(surface, one))];
    return { from: context.pos - found[1].length - 1, options: begun(options, found[1]), filter: false };
  };
}

function begun(options, typed) {
  const wanted = plain(typed);
  return options.filter(({ label }) => plain(label).split(/\s+/).some((word) => word.startsWith(wanted)) || plain(label).startsWith(wanted));
}

function plain(text) { return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase(); }

function command(surface, place) {
  const run = COMMANDS[place.dataset.command];
  return { label: place.textContent, kind: place.dataset.sign ?? "", apply: (view, _option, from, to) => { take(view, from, to); run(view, surface); } };
}

function take(view, from, to) { view.dispatch({ changes: { from, to }, selection: { anchor: from } }); }

async function readTemplates(surface) {
  const href = surface.closest("[data-templates]")?.dataset.templates;
  if (!href) return [];
  try {
    const answer = await fetch(href, { headers: { Accept: "application/json" }, redirect: "error" });
    return answer.ok ? await answer.json() : [];
  } catch (error) {
    // Without the server the commands of the page remain.
    return [];
  }
}

function template(surface, { id, title }) {
  return {
    label: title,
    kind: document.querySelector("[data-slash]").dataset.template,
    apply: async (view, _option, from, to) => {
      take(view, from, to);
      const query = new URLSearchParams({ id, title: surface.closest("form").elements.title.value });
      const answer = await fetch(`${surface.closest("[data-template-text]").dataset.templateText}?${query}`, { redirect: "error" });
      if (answer.ok) insertText(view, (await answer.text()).replace(/\r\n?/g, "\n"));
      else surface.tools.complain(surface.dataset.failed);
    },
  };
}

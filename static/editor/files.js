// Files that are pasted, dropped or picked: each is sent at once, and a place in the text waits for what it is to be
// called. The place is no part of the text, so what is typed meanwhile moves it and no save has it.
import { Decoration, EditorView, StateEffect, StateField, WidgetType } from "../vendor/codemirror/codemirror.min.js";

const begin = StateEffect.define({ map: (value, changes) => ({ ...value, at: changes.mapPos(value.at) }) });
const end = StateEffect.define();

class Waiting extends WidgetType {
  constructor(id, name) {
    super();
    this.id = id;
    this.name = name;
  }

  eq(other) { return other.id === this.id; }

  toDOM() {
    const place = document.createElement("span");
    place.className = "cm-waiting";
    place.textContent = `${this.name} …`;
    return place;
  }
}

const waiting = StateField.define({
  create: () => Decoration.none,
  update(places, transaction) {
    let now = places.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(begin)) {
        const { id, name, at } = effect.value;
        now = now.update({ add: [Decoration.widget({ widget: new Waiting(id, name), side: 1, id }).range(at)] });
      } else if (effect.is(end)) {
        now = now.update({ filter: (_from, _to, place) => place.spec.id !== effect.value });
      }
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function fileHandlers(surface) {
  const take = (view, files, at) => {
    if (!files?.length || !addressOf(surface)) return false;
    sendAll(view, surface, files, at);
    return true;
  };
  return [
    waiting,
    EditorView.domEventHandlers({
      // What comes with text beside the picture (a spreadsheet's cells, say) is meant as text.
      paste: (event, view) => !event.clipboardData.types.includes("text/plain") && take(view, event.clipboardData.files, view.state.selection.main.head),
      drop: (event, view) => take(view, event.dataTransfer.files, view.posAtCoords({ x: event.clientX, y: event.clientY }, false)),
    }),
  ];
}

export function pickFiles(view, surface) {
  const picker = Object.assign(document.createElement("input"), { type: "file", multiple: true });
  picker.addEventListener("change", () => sendAll(view, surface, picker.files, view.state.selection.main.head));
  picker.click();
}

export function addressOf(surface) { return surface.closest("[data-files]")?.dataset.files; }

// Several stand below each other.
function sendAll(view, surface, files, at) {
  for (const file of files) send(view, surface, file, at, files.length > 1 ? "\n" : "");
}

async function send(view, surface, file, at, behind) {
  const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  view.dispatch({ effects: begin.of({ id, name: file.name, at }) });
  let text = "";
  try {
    text = (await upload(surface, file)) + behind;
  } catch (error) {
    surface.tools.complain(error instanceof Refused ? error.message : surface.dataset.failed);
  }
  const place = findPlace(view.state, id);
  view.dispatch({
    effects: end.of(id),
    ...(text && place !== null ? { changes: { from: place, insert: text }, userEvent: "input.paste" } : {}),
  });
}

class Refused extends Error {}

async function upload(surface, file) {
  await surface.closest("hearth-editor")?.exist();
  const form = surface.closest("form");
  const body = new FormData();
  body.append("files", file, file.name);
  const answer = await fetch(addressOf(surface), {
    method: "POST", body, redirect: "error",
    headers: { Accept: "application/json", "x-csrftoken": form.elements._csrf_token.value },
  });
  const told = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
  if (!answer.ok) throw new Refused(told.detail || surface.dataset.failed);
  return told.files.map((one) => one.markdown).join("\n");
}

function findPlace(state, id) {
  let found = null;
  state.field(waiting).between(0, state.doc.length, (from, _to, place) => { if (place.spec.id === id) found = from; });
  return found;
}

// Everything that the surface is made of, but for the live preview, which can be switched off.
import {
  EditorState, EditorView, Prec, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, acceptCompletion,
  defaultKeymap, history, historyKeymap, keymap, placeholder,
} from "../vendor/codemirror/codemirror.min.js";
import { completeNames } from "./completion.js";
import { fileHandlers } from "./files.js";
import { followClick, followKey } from "./following.js";
import { listKeymap } from "./lists.js";
import { markdown } from "./markdown.js";
import { markKeymap } from "./marks.js";
import { completeCommands } from "./slash.js";
import { tickLines } from "./widgets.js";

export function extensions(surface) {
  return [
    history(),
    markdown,
    EditorState.languageData.of(() => [{ closeBrackets: { brackets: ["[", "(", "`"] } }]),
    closeBrackets(),
    autocompletion({
      override: [completeNames(surface), completeCommands(surface)],
      icons: false,
      defaultKeymap: false,
      activateOnTypingDelay: 40,
      closeOnBlur: true,
      addToOptions: [{ render: renderKind, position: 80 }],
    }),
    // Above the lists, so that Enter and Tab take what is offered while something is.
    Prec.highest(keymap.of([leaveKey, ...completionKeymap, { key: "Tab", run: acceptCompletion }])),
    Prec.high(keymap.of([...listKeymap, ...markKeymap, ...ownKeys(surface)])),
    keymap.of([...closeBracketsKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of(attributes(surface)),
    EditorView.scrollMargins.of(() => ({ top: 64, bottom: surface.tools?.height ?? 64 })),
    placeholder(surface.textarea.placeholder),
    fileHandlers(surface),
    followClick(surface),
  ];
}

// Escape, whatever else it ends, lets the next Tab lead out of the text: nobody is caught in a list.
const leaveKey = { key: "Escape", run: (view) => { view.setTabFocusMode(2000); return false; } };

// What a phone's keyboard and a screen reader need to know; dictation comes with the keyboard.
function attributes(surface) {
  const label = surface.querySelector("label");
  label.id ||= "note-content-label";
  return {
    "aria-labelledby": label.id,
    spellcheck: "true",
    autocorrect: "on",
    autocapitalize: "sentences",
    writingsuggestions: "true",
    enterkeyhint: "enter",
    inputmode: "text",
  };
}

function ownKeys(surface) {
  return [
    { key: "Mod-Enter", run: tickLines },
    followKey(surface),
    { key: "Ctrl-Alt-r", run: () => (surface.showRaw(!surface.isRaw), true), preventDefault: true },
    { key: "Ctrl-Alt-f", run: () => (surface.tools.focusOnText(), true), preventDefault: true },
  ];
}

function renderKind(completion) {
  const place = document.createElement("span");
  place.className = "cm-completion-kind";
  place.textContent = completion.kind ?? "";
  return place;
}

// All that static/editor takes from outside. What is not named here is not in the bundle.
export {
  acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap,
  completionStatus, startCompletion,
} from "@codemirror/autocomplete";
export { defaultKeymap, history, historyKeymap, redo, undo } from "@codemirror/commands";
export { Language, defineLanguageFacet, languageDataProp, syntaxTree } from "@codemirror/language";
export { diff } from "@codemirror/merge";
export {
  Annotation, Compartment, EditorSelection, EditorState, Prec, StateEffect, StateField, Transaction,
} from "@codemirror/state";
export { Decoration, EditorView, ViewPlugin, WidgetType, drawSelection, keymap, placeholder } from "@codemirror/view";
export { GFM, parser } from "@lezer/markdown";
export { StyleModule } from "style-mod";

// CodeMirror brings its own rules. Put into <style> elements they would need an exception from the page's policy, as
// constructed style sheets they need none; style-mod makes those for shadow roots alone, so it is shown the page as one.
import { StyleModule } from "../vendor/codemirror/codemirror.min.js";

const page = {
  ownerDocument: document,
  get adoptedStyleSheets() { return document.adoptedStyleSheets; },
  set adoptedStyleSheets(sheets) { document.adoptedStyleSheets = sheets; },
};
const mount = StyleModule.mount;
StyleModule.mount = (root, modules, options) => mount.call(StyleModule, root === document ? page : root, modules, options);

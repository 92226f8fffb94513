"""XML as WebDAV speaks it: read without trust, written by hand.

The standard library's parser does, told to refuse any document type: without one there are no entities to expand and
nothing outside to fetch. Answers may be long, so they are made of pieces of text and not of a tree.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.sax.saxutils import escape, quoteattr

from app.core.errors import Invalid
from app.web.locale import gettext as _

PREFIXES = {"DAV:": "d", "urn:ietf:params:xml:ns:carddav": "c", "http://calendarserver.org/ns/": "s"}
DAV, CARD, CS = (f"{{{space}}}" for space in PREFIXES)
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
SPACES = " ".join(f'xmlns:{prefix}="{space}"' for space, prefix in PREFIXES.items())
DEEPEST = 40
# What XML 1.0 has no way to write, not even escaped.
UNWRITABLE = {code: None for code in (*range(32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)) if code not in (9, 10, 13)}


class _Strict(TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise Invalid(_("A request may not define a document type."))

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Invalid(_("The request's XML is nested too deeply."))
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return super().end(tag)


def read_xml(body: bytes) -> Element:
    """Raises Invalid for what is no XML, has a document type or is nested beyond any request's need."""
    parser = XMLParser(target=_Strict())  # noqa: S314  # expands nothing: see above
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError):
        raise Invalid(_("The request's XML cannot be read.")) from None
    return root


def text_of(element: Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def tag(name: str, inner: str = "") -> str:
    """An element by its full name, `{space}name`; `inner` is XML already."""
    space, _, local = name[1:].rpartition("}") if name.startswith("{") else ("", "", name)
    prefix = PREFIXES.get(space)
    if prefix:
        opened = ended = f"{prefix}:{local}"
    elif space:
        opened, ended = f"x:{local} xmlns:x={quoteattr(space)}", f"x:{local}"
    else:
        opened = ended = local
    return f"<{opened}>{inner}</{ended}>" if inner else f"<{opened}/>"


def words(text: str) -> str:
    return escape(text.translate(UNWRITABLE), {"\r": "&#13;"})


def href(path: str) -> str:
    return tag(DAV + "href", words(path))


def document(name: str, inner: str) -> str:
    prefixed = f"{PREFIXES[name[1:].rpartition('}')[0]]}:{name.rpartition('}')[2]}"
    return f"{HEAD}<{prefixed} {SPACES}>{inner}</{prefixed}>"

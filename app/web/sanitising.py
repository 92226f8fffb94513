"""The one gate through which a person's HTML reaches a page: only what is listed here passes."""

import re
from urllib.parse import unquote

import nh3
from pygments.token import STANDARD_TYPES

from app.web.markdown_callouts import CALLOUTS
from app.web.markdown_targets import ID_PREFIX

_TAGS = {
    "a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd",
    "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "input", "ins", "kbd", "label", "li", "mark", "ol", "p", "pre", "q", "rp", "rt",
    "ruby", "s", "samp", "section", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"id", "title", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "details": {"open"},
    "input": {"type", "checked", "disabled"},
}
# The classes of static/css/prose.css; anything else could borrow the looks of the page around.
_CLASSES = {
    "a": {"wiki", "topic", "person", "file", "picture", "missing", "remote-image", "footnote-backref"},
    "span": {"missing-file", "callout-kind"} | {name for name in STANDARD_TYPES.values() if name},
    "code": {"highlight"},
    "div": {"table-scroll", "maths"},
    "blockquote": {"callout"} | {f"callout-{kind}" for kind in CALLOUTS},
    "details": {"callout"} | {f"callout-{kind}" for kind in CALLOUTS},
    "p": {"callout-title"},
    "summary": {"callout-title"},
    "ul": {"contains-task-list"},
    "ol": {"contains-task-list", "footnotes-list"},
    "li": {"task-list-item", "footnote-item"},
    "sup": {"footnote-ref"},
    "section": {"footnotes"},
    "hr": {"footnotes-sep"},
    "th": {"align-left", "align-center", "align-right"},
    "td": {"align-left", "align-center", "align-right"},
}
_OUTSIDE = "noopener noreferrer nofollow"
_INNER_LINK = re.compile(rf'(<a [^<>]*?href="(?:/(?![/\\])|#)[^"<>]*"[^<>]*?) rel="{_OUTSIDE}"')


_SCHEMES = {"http", "https", "mailto", "tel"}
_IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028\u2029\ufeff]")


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href" and value.startswith("#"):
        return "#" + ID_PREFIX + value[1:].removeprefix(ID_PREFIX)
    if name == "href" and not _is_address(value):
        return None
    if name == "src" and not value.startswith("/files/"):
        return None
    return value


def _is_address(value: str) -> bool:
    # Stricter than the standard, by which `java\x01script:` or `java%09script:` is a harmless relative
    # address: what only resembles a scheme is none of ours.
    start = _IGNORED_BY_BROWSERS.sub("", unquote(value))
    scheme, colon, _ = re.split(r"[/?#\\]", start, maxsplit=1)[0].partition(":")
    return not colon or scheme.lower() in _SCHEMES


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "select"},
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    allowed_classes=_CLASSES,
    # A person's page must not be able to ask anything of the reader, so every input is a dead checkbox; what
    # scrolls sideways is reachable by keyboard.
    set_tag_attribute_values={
        "input": {"type": "checkbox", "disabled": ""},
        "img": {"loading": "lazy"},
        "pre": {"tabindex": "0"},
    },
    tag_attribute_values={"div": {"tabindex": {"0"}}},
    url_schemes=_SCHEMES,
    link_rel=_OUTSIDE,
    id_prefix=ID_PREFIX,
)


def sanitise(html: str) -> str:
    cleaned = _CLEANER.clean(html)
    return _INNER_LINK.sub(r"\1", cleaned) if _OUTSIDE in cleaned else cleaned


# Elements that need no closing tag, so that many of them in a row are no nesting.
_FLAT = {
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "source", "tbody", "td", "th", "tr", "wbr",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
DEPTH_LIMIT = 300


def too_deep(html: str) -> bool:
    """Whether elements nest so deep that the HTML parser, quadratic in it, must not see them."""
    depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() in _FLAT:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > DEPTH_LIMIT:
            return True
    return False

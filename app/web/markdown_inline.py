"""What Hearth adds within a line: wiki links, topics, people, bare addresses, paths with blanks."""

import re
from typing import cast

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from app.core.references import PERSON, TOPIC, URL, WIKI, person_name, split_wiki, topic_name
from app.web.markdown_embeds import EMBEDS
from app.web.markdown_targets import Link, Targets

# Exports write the path as it is, blanks included, which CommonMark takes for text.
_BLANK_PATH = re.compile(r"\[(?P<label>[^\[\]\n]+)\]\((?P<path>[^()<>\n\"']*[^()<>\n\"' ] [^()<>\n\"']*\.md)\)")
_TRAILING = ".,;:!?'\"*_~"


def add_inline_marks(md: MarkdownIt) -> None:
    # Before "link", or [[x]] would be tried as a reference within brackets.
    md.inline.ruler.before("link", "wiki", _wiki)
    md.inline.ruler.before("link", "blank_path", _blank_path)
    md.inline.ruler.before("link", "topic", _topic)
    md.inline.ruler.before("link", "person", _person)
    md.inline.ruler.before("link", "bare_url", _bare_url)


def _wiki(state: StateInline, silent: bool) -> bool:
    mark = WIKI.match(state.src, state.pos, state.posMax) if state.src[state.pos] in "[!" else None
    if mark is None:
        return False
    if not silent and mark["bang"] and _is_file(mark["wiki"], _targets(state)):
        token = state.push("embed", "", 0)
        token.content = mark["wiki"]
    elif not silent:
        name, _anchor, shown = split_wiki(mark["wiki"])
        link = _push_link(state, _targets(state).wiki(mark["wiki"]), shown if name else shown.lstrip("#"))
        if link is not None and mark["bang"]:
            link.meta[EMBEDS] = mark["wiki"]
    state.pos = mark.end()
    return True


_ATTACHMENT = re.compile(r"\.(?!md$|markdown$)[a-z0-9]{2,5}$", re.IGNORECASE)


def _is_file(inner: str, targets: Targets) -> bool:
    path = inner.partition("|")[0].strip()
    if targets.file(path) is not None:
        return True
    return _ATTACHMENT.search(path) is not None and targets.wiki(inner).kind == "missing"


def _blank_path(state: StateInline, silent: bool) -> bool:
    mark = _BLANK_PATH.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "[" else None
    link = _targets(state).note_file(mark["path"]) if mark else None
    if mark is None or link is None:
        return False
    if not silent:
        _push_link(state, link, mark["label"])
    state.pos = mark.end()
    return True


def _topic(state: StateInline, silent: bool) -> bool:
    mark = TOPIC.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "#" else None
    name = topic_name(mark) if mark else ""
    if not name:
        return False
    if not silent:
        _push_link(state, _targets(state).topic(name), f"#{name}")
    state.pos += 1 + len(name)
    return True


def _person(state: StateInline, silent: bool) -> bool:
    mark = PERSON.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "@" else None
    name = person_name(mark) if mark else ""
    if mark is None or not name:
        return False
    if not silent:
        _push_link(state, _targets(state).person(name), f"@{name}")
    state.pos = mark.end()
    return True


def _bare_url(state: StateInline, silent: bool) -> bool:
    # The text rule stops at ":" only, so the scheme is already among the pending text.
    scheme = _scheme_before(state)
    mark = URL.match(state.src, state.pos - len(scheme), state.posMax) if scheme else None
    if mark is None or state.linkLevel or not (silent or state.pending.endswith(scheme)):
        return False
    url = _without_trailing_marks(mark["url"])
    if not silent:
        state.pending = state.pending[: -len(scheme)]
        _push_link(state, Link(state.md.normalizeLink(url), ""), url)
    state.pos += len(url) - len(scheme)
    return True


def _scheme_before(state: StateInline) -> str:
    if state.src[state.pos] != ":":
        return ""
    before = state.src[max(0, state.pos - 5) : state.pos]
    return next((before[-n:] for n in (5, 4) if before[-n:].lower() in ("https", "http")), "")


def _without_trailing_marks(url: str) -> str:
    """A full stop after an address, or the bracket around it, is not part of it."""
    closing = url.count(")") - url.count("(")
    while url[-1] in _TRAILING or (url[-1] == ")" and closing > 0):
        closing -= url[-1] == ")"
        url = url[:-1]
    return url


def _push_link(state: StateInline, link: Link, text: str) -> Token | None:
    """The link's opening."""
    if state.linkLevel:  # a link within a link is none
        state.push("text", "", 0).content = text
        return None
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"class": link.kind, "href": link.href} if link.kind else {"href": link.href}
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)
    return opening


def _targets(state: StateInline) -> Targets:
    return cast(Targets, state.env["targets"])

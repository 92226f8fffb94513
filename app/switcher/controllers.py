"""The quick switcher: one box that goes anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.text import fold
from app.switcher.finding import Entry, find_entries
from app.switcher.queries import LONGEST
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.shared import Shared


@dataclass(frozen=True, slots=True)
class SwitcherPage:
    """`create_href` makes a note of that title; empty while nothing was typed or a command is looked for."""

    q: str
    entries: tuple[Entry, ...]
    create_href: str
    search_href: str


@get("/switcher")
async def show_switcher(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    q = request.query_params.get("q", "").replace("\0", "")[:LONGEST].strip()
    if q.startswith(">"):
        page = SwitcherPage(q, find_commands(q[1:], reading.visitor.role), "", "")
    else:
        entries = await find_entries(reading.connection, reading.visitor.user_id, q, shared.kinds)
        page = SwitcherPage(
            q, entries, f"/notes/new?title={quote(q)}" if q else "", f"/search?q={quote(q)}" if q else ""
        )
    return shared.pages.response(
        request, "switcher/index.html", page, shell=reading.shell("search"), blocks=("switcher-results",)
    )


@get("/shortcuts")
async def show_shortcuts(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    return shared.pages.response(request, "switcher/shortcuts.html", None, shell=reading.shell("shortcuts"))


def find_commands(q: str, role: str) -> tuple[Entry, ...]:
    """The commands whose words all begin as typed."""
    commands = (
        ("/notes/new", _("New note")), ("/people/new", _("New person")), ("/", _("Today")),
        ("/inbox", _("Inbox")), ("/inbox/one", _("Go through it")),
        ("/bookmarks", _("Bookmarks")), ("/notes", _("Notes")),
        ("/notes?show=archived", _("Archive")), ("/folders", _("Folders")), ("/people", _("People")),
        ("/search", _("Search")),
        ("/heat", _("Warm and forgotten")), ("/import", _("Bring things in")), ("/history", _("History")),
        ("/trash", _("Trash")), ("/processing", _("Processing")), ("/settings", _("Settings")),
        ("/account", _("Account")), ("/shortcuts", _("Keyboard shortcuts")),
        *((("/backups", _("Backups")), ("/members", _("Members"))) if role in ("owner", "admin") else ()),
    )  # fmt: skip
    wanted = fold(q).split()
    return tuple(
        Entry(href, label, "")
        for href, label in commands
        if all(any(word.startswith(part) for word in fold(label).split()) for part in wanted)
    )


ROUTES = [show_switcher, show_shortcuts]

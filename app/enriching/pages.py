"""What templates see of the page behind a link (`enriching/_page.html`, which any page of a record may include)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.enriching import queries
from app.web.locale import gettext as _

State = Literal["none", "waiting", "later", "done", "failed", "off"]


@dataclass(frozen=True, slots=True)
class LinkPage:
    """`url` is what was saved, `href` is where that leads; empty where it is no address of a page. `state` `later`: it
    failed and is tried again; `off`: this house fetches nothing. `problem` is a sentence."""

    record_id: UUID
    state: State
    url: str
    href: str
    shown: str
    title: str = ""
    description: str = ""
    site: str = ""
    language: str = ""
    icon_href: str = ""
    has_text: bool = False
    problem: str = ""
    read_at: datetime | None = None
    is_brief: bool = False

    @property
    def place(self) -> str:
        return f"/links/{self.record_id}"

    @property
    def piece(self) -> str:
        """Where it is asked for alone; `brief` on a page that says title and address itself."""
        return f"{self.place}?brief=1" if self.is_brief else self.place


@dataclass(frozen=True, slots=True)
class ShowPage:
    link: LinkPage
    record_href: str
    record_title: str
    text: Markup | None


async def read_link_pages(
    connection: asyncpg.Connection, links: Mapping[UUID, str], *, fetches: bool = True
) -> dict[UUID, LinkPage]:
    """For each record that has a link (by its id and url) what its page said. `fetches`: settings.fetch_links."""
    rows = await queries.read_rows(connection, list(links)) if links else {}
    return {record_id: link_page(record_id, url, rows.get(record_id), fetches) for record_id, url in links.items()}


def link_page(record_id: UUID, url: str, row: asyncpg.Record | None, fetches: bool, *, brief: bool = False) -> LinkPage:
    href = url if url.lower().startswith(("http://", "https://")) else ""
    if row is None or row["url"] != url:
        return LinkPage(record_id, "none" if fetches else "off", url, href, _brief(url), is_brief=brief)
    icon = f"/links/{record_id}/icon?of={row['stamp']}" if row["has_icon"] else ""
    state = _state(row, fetches)
    return LinkPage(
        record_id, state, url, href, _brief(url), row["title"], row["description"], row["site"], row["language"], icon,
        row["length"] > 0, tell(row["error"], row["error_detail"]) if row["error"] else "",
        row["read_at"], brief,
    )  # fmt: skip


def _state(row: asyncpg.Record, fetches: bool) -> State:
    state: State = row["state"]
    if state != "waiting":
        return state
    if not fetches:
        return "off"
    return "later" if row["error"] else "waiting"


def _brief(url: str) -> str:
    """An address as one reads it: without what every one begins with, and not to the end of the page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url[:80]
    words = f"{parts.netloc.rpartition('@')[2].removeprefix('www.')}{parts.path.rstrip('/')}" if parts.netloc else url
    return words if len(words) <= 80 else words[:79] + "…"


def tell(error: str, detail: str) -> str:
    """Why a page did not come, in a sentence."""
    if error == "status":
        return _status(detail)
    words = SENTENCES.get(error, SENTENCES["unreadable"])()
    return words % {"detail": detail} if "%(detail)s" in words else words


def _status(status: str) -> str:
    if status in {"404", "410"}:
        return _("The page is not there, or no longer.")
    if status in {"401", "402", "403", "451"}:
        return _("The page is shown only to those whom it knows.")
    if status in {"408", "425", "429"} or status.startswith("5"):
        return _("The site is busy or in trouble just now (%(status)s).") % {"status": status}
    return _("The site answered with %(status)s and no page.") % {"status": status}


SENTENCES: Mapping[str, Callable[[], str]] = {
    "address": lambda: _("This is no address of a page."),
    "scheme": lambda: _("Only pages at http and https are read."),
    "password": lambda: _("The address holds a name or password, so it is not asked for."),
    "port": lambda: _("Pages are not asked for at port %(detail)s."),
    "private": lambda: _("“%(detail)s” leads into a private network. Whoever runs this house can allow it."),
    "name": lambda: _("Nobody knows where “%(detail)s” is just now."),
    "unreachable": lambda: _("The site does not answer."),
    "certificate": lambda: _("The site does not prove that it is the one it says."),
    "slow": lambda: _("The site took too long."),
    "garbled": lambda: _("What the site answered is no page."),
    "redirects": lambda: _("The address leads on and on, and never to a page."),
    "size": lambda: _("The page is too large to be read."),
    "type": lambda: _("It is a file (%(detail)s) and no page with a text."),
    "unreadable": lambda: _("The text of the page could not be read."),
    "died": lambda: _("Reading it broke off several times."),
}

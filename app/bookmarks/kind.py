"""Bookmarks: pages of the web that somebody wants to find again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from app.bookmarks.exporting import FRAME, write_bookmark
from app.core.filtering import RecordFilter
from app.core.portable import Readable
from app.core.record import Kind, Record
from app.core.words import gettext_noop

OF_SITE = RecordFilter(
    "site", gettext_noop("A bookmark of a site"),
    "r.id in (select b.id from bookmarks b where split_part(b.normal_url, '/', 1) = {v} "
    "or split_part(b.normal_url, '/', 1) like '%.' || {v})",
    complete="select s from (select split_part(normal_url, '/', 1) as s, count(*) as many from bookmarks "
    "where deleted_at is null group by 1) b where starts_with(s, $1) order by many desc, s limit 10",
)  # fmt: skip
FAVOURITE = RecordFilter(
    "is", gettext_noop("A favourite among the bookmarks"),
    "r.id in (select b.id from bookmarks b where b.is_favourite)", choice="favourite",
)  # fmt: skip

BOOKMARK = Kind(
    "bookmark", "bookmarks", gettext_noop("Bookmark"), "/bookmarks/{id}",
    "select id, title, words, 'markdown', created_at, custom_fields from bookmarks where id = any($1)",
    filters=(OF_SITE, FAVOURITE),
    words=("title", "description"),
    readable=Readable("bookmarks", ".html", write=write_bookmark, frame=FRAME),
    links="select id, url from bookmarks where id = any($1)",
    entitle="update bookmarks set title = $2 where id = $1 and title = ''",
)  # fmt: skip


class Bookmark(Record):
    __tablename__ = "bookmarks"

    url: Mapped[str]
    normal_url: Mapped[str]
    title: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    category: Mapped[str | None]
    is_favourite: Mapped[bool] = mapped_column(server_default="false")
    visit_count: Mapped[int] = mapped_column(server_default="0")
    last_visited_at: Mapped[datetime | None]
    kept_at: Mapped[datetime] = mapped_column(server_default=func.now())
    words: Mapped[str] = mapped_column(server_default="")

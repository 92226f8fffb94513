"""The files of a note as its page lists them."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from app.web.locale import gettext as _
from app.web.locale import size_in_words


@dataclass(frozen=True, slots=True)
class FileRow:
    name: str
    soft: str
    """What it is and how large, in words."""

    href: str
    thumbnail: str | None
    discard_href: str
    rename_href: str


def file_href(file_id: UUID | str, name: str) -> str:
    return f"/files/{file_id}/{quote(name, safe='')}"


def thumbnail_href(href: str, width: int = 320) -> str:
    return f"{href}?width={width}"


def file_rows(files: Sequence[Mapping[str, Any]]) -> tuple[FileRow, ...]:
    return tuple(_row(file) for file in files)


def _row(file: Mapping[str, Any]) -> FileRow:
    href = file_href(file["id"], file["name"])
    return FileRow(
        file["name"], f"{kind_in_words(file['media_type'], file['name'])} · {size_in_words(file['size'])}", href,
        thumbnail_href(href) if file["width"] else None,
        f"/files/{file['id']}/discard", f"/files/{file['id']}/rename",
    )  # fmt: skip


def kind_in_words(media_type: str, name: str) -> str:
    """For people: the family, and for what has none the ending of its name."""
    known = {
        "application/pdf": "PDF", "application/zip": _("Archive"), "text/html": _("Web page"),
        "image/svg+xml": _("Drawing"),
    }  # fmt: skip
    families = {"image": _("Picture"), "audio": _("Sound"), "video": _("Film"), "text": _("Text")}
    word = known.get(media_type) or families.get(media_type.partition("/")[0])
    if word:
        return word
    ending = (mimetypes.guess_extension(media_type) or "." + name.rpartition(".")[2] if "." in name else "")[1:]
    unknown = media_type == "application/octet-stream" or not ending
    return _("Unknown kind") if unknown else _("%(ending)s file") % {"ending": ending.upper()[:8]}

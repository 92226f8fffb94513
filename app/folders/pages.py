"""What the templates of folders see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.folders.queries import Folder
from app.folders.service import FolderFields
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class Branch:
    folder: Folder
    inside: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class FolderTree:
    """`values` and `error` are of the form for a new one."""

    folders: tuple[Folder, ...]
    values: FolderFields
    parent_id: UUID | None = None
    error: str = ""

    @property
    def branches(self) -> tuple[Branch, ...]:
        return grow(self.folders, None)


@dataclass(frozen=True, slots=True)
class FolderPage:
    """`places` are the folders that it may lie in."""

    folder: Folder
    values: FolderFields
    places: tuple[Folder, ...]
    colours: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True, slots=True)
class FilingPage:
    """Where a note lies and may lie."""

    title: str
    action: str
    back: str
    folder_id: UUID | None
    folders: tuple[Folder, ...]


def grow(folders: Sequence[Folder], parent_id: UUID | None) -> tuple[Branch, ...]:
    return tuple(Branch(one, grow(folders, one.id)) for one in folders if one.parent_id == parent_id)


def colour_names() -> dict[str, str]:
    return {
        "": _("No colour"), "ember": _("Ember"), "moss": _("Moss"), "sky": _("Sky"), "plum": _("Plum"),
    }  # fmt: skip

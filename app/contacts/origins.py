"""Where what a person's page says came from: a hand, an import, an address book, somebody who was merged into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.history.wording import tell_who
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class Origin:
    label: str
    said: str
    at: datetime


def read_origins(found: Iterable[list[Any]], labels: Mapping[str, str]) -> tuple[Origin, ...]:
    """In the order of the labels, which are those of the fields that are shown."""
    known = {name: (actor, at, merged) for name, actor, at, merged in found}
    return tuple(
        Origin(label, _who(actor, merged), datetime.fromisoformat(at))
        for name, label in labels.items() if name in known for actor, at, merged in [known[name]]
    )  # fmt: skip


def _who(actor: str, merged: str | None) -> str:
    if merged and actor == "person":
        return _("merged from %(people)s") % {"people": merged}
    said = {
        "person": _("written by hand"), "undo": _("put back by an undo"), "import": _("an import"),
        "carddav": _("an address book"),
    }  # fmt: skip
    return said.get(actor) or tell_who(actor)

"""In which form a card goes out, and in which it may come in."""

from __future__ import annotations

import re

from app.dav.answers import Refused
from app.dav.props import VERSIONS
from app.dav.xml import CARD
from app.web.locale import gettext as _

TYPES = {"text/vcard", "text/x-vcard", "text/directory", "application/octet-stream", ""}
_Q = re.compile(r"q=(0(?:\.\d*)?|1(?:\.0*)?)")


def choose_version(accept: str) -> str:
    """The one that is liked best; 3.0, which every client reads, where nothing is said. Refused for an unknown one."""
    best: tuple[float, str] = (0.0, "")
    is_about_cards = False
    for part in accept.lower().split(","):
        kind, *params = (piece.strip() for piece in part.split(";"))
        if kind not in TYPES or not kind:
            continue
        is_about_cards = True
        version = next(
            (param.removeprefix("version=").strip('"') for param in params if param.startswith("version=")), "3.0"
        )
        weight = next((float(found[1]) for param in params if (found := _Q.fullmatch(param))), 1.0)
        if version in VERSIONS and weight > best[0]:
            best = (weight, version)
    if is_about_cards and not best[1] and "*/*" not in accept:
        raise Refused(406, CARD + "supported-address-data-conversion", _("Cards come as vCard 3.0 or 4.0."))
    return best[1] or "3.0"


def check_content_type(kind: str) -> None:
    if kind.partition(";")[0].strip().lower() not in TYPES:
        raise Refused(415, CARD + "supported-address-data", _("A card is a vCard: text/vcard."))

"""What a property may be called."""

from __future__ import annotations

from app.core.errors import Invalid
from app.core.text import fold
from app.web.locale import gettext as _

LONGEST = 100
# Front matter means something by these (app/core/properties.py). `date` is none of them: in a file it dates the note,
# but a person who gives a note a date means a concert's or a letter's.
TITLES = {"title"}
TOPICS = {"tags", "tag", "topics", "topic"}
NAMES = {"aliases", "alias"}
DATES = {
    "created", "created_at", "created-at", "createdat", "date created", "creation date", "updated", "updated_at",
    "updated-at", "updatedat", "modified", "date modified", "lastmod", "last_modified", "last modified",
}  # fmt: skip


def property_key(name: str) -> str:
    """Under which a property is known whatever its case and accents (as the migration's property_values_of)."""
    return fold(name)[:LONGEST]


def check_name(typed: str, former: str | None) -> str:
    """The name as it is stored. Raises Invalid. A record's own former name may stay, however it came about."""
    if former is not None and typed.strip() == former.strip():
        return former
    name = " ".join(typed.split())
    if not name:
        raise Invalid(_("A property needs a name."))
    if len(name) > LONGEST:
        raise Invalid(_("A name has at most %(most)s characters.") % {"most": LONGEST})
    if "\0" in name:
        raise Invalid(_("A NUL character cannot be stored; take it out and save again."))
    if name.startswith("_"):
        raise Invalid(_("A name that begins with an underscore is kept for Hearth itself; leave the underscore out."))
    if sentence := _refusal(name):
        raise Invalid(sentence)
    return name


def _refusal(name: str) -> str:
    key = fold(name)
    if key in TITLES:
        return _("The title is no property: it is edited together with the text.")
    if key in TOPICS:
        return _("Topics are written in the text, like #garden, and need no property.")
    if key in NAMES:
        return _("Other names are no property: rename the record in its editor, and its former title still leads here.")
    if key in DATES:
        return _("Hearth keeps this date by itself: History shows it. Call yours by another name.")
    return ""


def imported_hint(name: str) -> str:
    """What to know before one edits what a file said of itself."""
    key = fold(name)
    if key in TOPICS:
        return _("The topics follow in a moment.")
    if key in TITLES | NAMES | DATES:
        return _("This is what the imported file said. Titles, names and dates do not follow it.")
    return ""

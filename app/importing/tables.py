"""A table of people on its way in: written as cards, so that it goes the one way that people come in."""

from __future__ import annotations

from collections.abc import Sequence

from app.contacts.cards.table import decode_table, guess_meanings, read_table, table_cards
from app.contacts.cards.writing import write_cards
from app.core.errors import Invalid
from app.importing.sources import UnreadableError
from app.web.locale import gettext as _


def as_cards(content: bytes) -> bytes:
    """By what the columns are called. Raises UnreadableError."""
    try:
        table = read_table(decode_table(content))
    except ValueError:
        raise UnreadableError(no_table()) from None
    return "".join(write_cards(table_cards(table, guess_meanings(table.heads)))).encode()


def write_as_cards(text: str, meanings: Sequence[str]) -> bytes:
    """By what somebody said that the columns mean. Raises Invalid where nobody is named."""
    try:
        table = read_table(text)
    except ValueError:
        raise Invalid(no_table()) from None
    content = "".join(write_cards(table_cards(table, meanings))).encode()
    if not content:
        raise Invalid(_("With these columns nobody has a name. Say which column holds it."))
    return content


def no_table() -> str:
    return _("This is no table of people: a first line that names the columns, then one line for each person.")

"""How two people are related, in words: as it was said of the one, and as it then holds for the other."""

from __future__ import annotations

from app.core.words import Word, gettext_noop
from app.web.locale import gettext as _

# What the other one is to this person | what this person then is to the other.
WORDS = {
    "partner": (Word(gettext_noop("Partner")), Word(gettext_noop("Partner"))),
    "spouse": (Word(gettext_noop("Husband or wife")), Word(gettext_noop("Husband or wife"))),
    "child": (Word(gettext_noop("Child")), Word(gettext_noop("Parent"))),
    "parent": (Word(gettext_noop("Parent")), Word(gettext_noop("Child"))),
    "sibling": (Word(gettext_noop("Brother or sister")), Word(gettext_noop("Brother or sister"))),
    "relative": (Word(gettext_noop("Relative")), Word(gettext_noop("Relative"))),
    "friend": (Word(gettext_noop("Friend")), Word(gettext_noop("Friend"))),
    "neighbour": (Word(gettext_noop("Neighbour")), Word(gettext_noop("Neighbour"))),
    "colleague": (Word(gettext_noop("Colleague")), Word(gettext_noop("Colleague"))),
    "manager": (Word(gettext_noop("Manager")), Word(gettext_noop("Works for them"))),
    "assistant": (Word(gettext_noop("Assistant")), Word(gettext_noop("Assists"))),
    "mentor": (Word(gettext_noop("Mentor")), Word(gettext_noop("Mentors"))),
    "introduced_by": (Word(gettext_noop("Introduced by")), Word(gettext_noop("Introduced"))),
}


def relation_word(relation: str, *, is_inverse: bool = False) -> str:
    """One that nobody knows is told as it was written."""
    if relation in WORDS:
        return _(WORDS[relation][is_inverse].label)
    return _("%(relation)s of") % {"relation": relation} if is_inverse else relation

"""Links in words: how two records belong together, read from either end, and what an inferred one rests upon."""

from __future__ import annotations

import json

from app.core.words import gettext_noop
from app.graph.related import FROM_THERE, RELATIONS, Relation
from app.web.locale import gettext as _
from app.web.locale import ngettext, number

# What texts and structure say, besides what a person chooses on the Related panel: read from either end.
ALONG = {
    "links_to": Relation(gettext_noop("Links to")), "embeds": Relation(gettext_noop("Shows")),
    "mentions": Relation(gettext_noop("Mentions")), "author": Relation(gettext_noop("Is by")),
    "target": Relation(gettext_noop("Is for")), "member": Relation(gettext_noop("Is a member of")),
    "participant": Relation(gettext_noop("Was with")), "filed_from": Relation(gettext_noop("Was filed from")),
    "appears_with": Relation(gettext_noop("Appears together with")), "is_like": Relation(gettext_noop("Is like")),
    "topic": Relation(gettext_noop("Stands under")),
    **RELATIONS,
}  # fmt: skip
AGAINST = {
    "links_to": Relation(gettext_noop("Linked from")), "embeds": Relation(gettext_noop("Shown in")),
    "mentions": Relation(gettext_noop("Mentioned in")), "author": Relation(gettext_noop("Wrote")),
    "target": Relation(gettext_noop("Is whom this is for")), "member": Relation(gettext_noop("Has as a member")),
    "participant": Relation(gettext_noop("Took part in")), "filed_from": Relation(gettext_noop("Became")),
    "appears_with": Relation(gettext_noop("Appears together with")), "is_like": Relation(gettext_noop("Is like")),
    **FROM_THERE,
}  # fmt: skip


def tell_relation(relation: str, *, outgoing: bool) -> str:
    """A relation that a person or a module named is told by its own word."""
    known = (ALONG if outgoing else AGAINST).get(relation)
    return _(known.label) if known else relation.replace("_", " ")


def why_inferred(basis: str | None) -> str:
    """The numbers that a link which nobody said rests upon; empty for any other."""
    numbers = json.loads(basis or "{}")
    if "lift" in numbers:
        return ngettext(
            "Both are named in %(num)s record, %(lift)s times as often as by chance.",
            "Both are named in %(num)s records, %(lift)s times as often as by chance.",
            numbers["support"],
        ) % {"num": numbers["support"], "lift": number(numbers["lift"])}
    if "closeness" in numbers:
        return _("Their texts are near in meaning: %(closeness)s of 1.") % {"closeness": number(numbers["closeness"])}
    return ""

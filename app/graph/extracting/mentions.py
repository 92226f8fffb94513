"""What an extractor says: a place in a text, what stands there, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

PERSON, ORGANISATION, PROJECT, LOCATION, TOPIC = CLASSES = ("person", "organisation", "project", "location", "topic")
DATE, DOMAIN = "date", "domain"
RULES = "rules"


@dataclass(frozen=True, slots=True)
class Mention:
    """`targets` is empty for a name that nobody bears yet; several where it could be any of them. `by` are the
    rules, or the language model that said it."""

    start: int
    end: int
    type: str
    name: str
    folded: str
    confidence: float
    targets: tuple[UUID, ...] = ()
    by: str = RULES

    @property
    def is_ambiguous(self) -> bool:
        return len(self.targets) > 1


def without_overlaps(mentions: Iterable[Mention]) -> Sequence[Mention]:
    """In the order of the text. The earlier in the list wins a place, so the surest extractor comes first."""
    kept: list[Mention] = []
    taken: set[int] = set()
    for mention in mentions:
        places = range(mention.start, mention.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(mention)
    return sorted(kept, key=lambda mention: mention.start)


def narrowed(mention: Mention, target: UUID, confidence: float) -> Mention:
    return replace(mention, targets=(target,), confidence=confidence)

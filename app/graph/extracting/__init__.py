"""Who and what a text speaks of. Deterministic, free, and the same each time.

Every extractor takes a reading and the known names and gives mentions. None asks a language model: what one said in a
night (app/naming/refining.py) stands beside the text, and is read by an extractor like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from app.graph.extracting.known import KnownNames, find_known
from app.graph.extracting.mentions import Mention, without_overlaps
from app.graph.extracting.reading import Reading
from app.graph.extracting.shapes import find_addresses, find_dates, find_domains
from app.graph.extracting.told import find_told
from app.graph.extracting.unknown import find_unknown

Extractor = Callable[[Reading, KnownNames], Iterable[Mention]]
# The surest first: where two claim a place, the earlier has it.
EXTRACTORS: Sequence[Extractor] = (find_addresses, find_domains, find_dates, find_known, find_told, find_unknown)


def extract(reading: Reading, known: KnownNames) -> Sequence[Mention]:
    """All mentions in the order of the text."""
    return without_overlaps(mention for extractor in EXTRACTORS for mention in extractor(reading, known))

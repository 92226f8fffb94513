"""What goes together more often than by chance, by lift, with support and a correction for how much was compared.

For two things A and B in N records, of which n(A) have the one, n(B) the other and k both:

    lift = k · N / (n(A) · n(B))        p = P(X ≥ k), X binomial of n(A) trials at n(B) / N

It is told from k ≥ 5, lift ≥ 2 and p · m ≤ 0.01, where m is how many pairs there are of things frequent enough to be
told at all (Bonferroni): who compares a thousand pairs finds ten that are one in a hundred.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

SUPPORT, LIFT, SURE = 5, 2.0, 0.01
# Of one record: with more it is a list of names, and says nothing of any two of them.
MOST_THINGS = 12


@dataclass(frozen=True, slots=True)
class Pair:
    """`times` of `of`: so often of the one's records the other was there, too."""

    one: Hashable
    other: Hashable
    times: int
    of: int
    lift: float
    chance: float


def find_pairs(baskets: Sequence[Sequence[Hashable]]) -> list[Pair]:
    """The least likely by chance first. Things are compared in the order of their repr, so two nights agree."""
    sets = [sorted(set(basket), key=repr) for basket in baskets]
    counts = Counter(thing for basket in sets for thing in basket)
    frequent = {thing for thing, times in counts.items() if times >= SUPPORT}
    both: Counter[tuple[Hashable, Hashable]] = Counter()
    for basket in sets:
        kept = [thing for thing in basket if thing in frequent]
        if len(kept) <= MOST_THINGS:
            both.update(combinations(kept, 2))
    compared = max(1, len(frequent) * (len(frequent) - 1) // 2)
    found = (_measure(pair, times, counts, len(baskets)) for pair, times in both.items() if times >= SUPPORT)
    return sorted(_sure(found, compared), key=lambda pair: (pair.chance, repr(pair.one), repr(pair.other)))


def _sure(pairs: Iterable[Pair], compared: int) -> list[Pair]:
    return [pair for pair in pairs if pair.lift >= LIFT and pair.chance * compared <= SURE]


def _measure(pair: tuple[Hashable, Hashable], times: int, counts: Counter[Hashable], all_: int) -> Pair:
    one, other = pair
    lift = times * all_ / (counts[one] * counts[other])
    return Pair(one, other, times, counts[one], lift, tail(times, counts[one], counts[other] / all_))


def tail(least: int, trials: int, chance: float) -> float:
    """P(X ≥ least) of a binomial."""
    if chance >= 1:
        return 1.0
    told = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(chance) + (trials - k) * math.log1p(-chance)
        for k in range(least, trials + 1)
    ]  # fmt: skip
    return min(1.0, sum(math.exp(one) for one in told))

"""Communities of a graph by Louvain's method, deterministic, and called as they were called before.

Own code: the libraries that do it bring scipy or a compiled graph along, which a small machine can spare.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

Neighbours = list[dict[int, float]]
AT_ONCE = 2000
LEAST_GAIN = 1e-9
MOST_PASSES = 12
LOOSE = -1
"""Of whatever stands with nothing else."""

Stopping = Callable[[], None]
"""Raises where somebody wants the work to stop."""


def find_communities(count: int, edges: Iterable[tuple[int, int, float]], check: Stopping = lambda: None) -> list[int]:
    """A number for each of the nodes: those of one number have more in common than chance would give them."""
    graph = _neighbours(count, edges)
    is_linked = [bool(beside) for beside in graph]
    member = list(range(count))
    while True:
        found = _settle(graph, check)
        names = {community: number for number, community in enumerate(dict.fromkeys(found))}
        if len(names) == len(graph):
            break
        found = [names[community] for community in found]
        member = [found[one] for one in member]
        graph = _joined(graph, found, len(names))
    return [community if is_linked[node] else LOOSE for node, community in enumerate(member)]


def keep_names(found: Sequence[int], before: Sequence[int]) -> list[int]:
    """The same communities, each under the number of the former one with which it shares most; others get new ones.

    The largest shares choose first, so a community that fell apart leaves its number to its larger half.
    """
    shared = Counter(pair for pair in zip(found, before, strict=True) if LOOSE not in pair)
    names: dict[int, int] = {LOOSE: LOOSE}
    for (community, former), _times in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if community not in names and former not in names.values():
            names[community] = former
    sizes = Counter(found)
    fresh = iter(number for number in range(len(sizes) + len(names) + 1) if number not in set(names.values()))
    for community in sorted(sizes, key=lambda one: (-sizes[one], one)):
        if community not in names:
            names[community] = next(fresh)
    return [names[community] for community in found]


def _neighbours(count: int, edges: Iterable[tuple[int, int, float]]) -> Neighbours:
    graph: Neighbours = [{} for _ in range(count)]
    for one, other, weight in edges:
        graph[one][other] = graph[one].get(other, 0.0) + weight
        graph[other][one] = graph[other].get(one, 0.0) + weight
    return graph


def _settle(graph: Neighbours, check: Stopping) -> list[int]:
    """Each node moves to that of its neighbours' communities which gains most, until none wants to."""
    weights = [sum(beside.values()) for beside in graph]
    total = sum(weights) or 1.0
    community = list(range(len(graph)))
    held = list(weights)
    for _pass in range(MOST_PASSES):
        moved = 0
        for start in range(0, len(graph), AT_ONCE):
            check()
            for node in range(start, min(start + AT_ONCE, len(graph))):
                moved += _move(node, graph[node], community, held, weights, total)
        if moved <= len(graph) // 200:
            break
    return community


def _move(
    node: int, beside: dict[int, float], community: list[int], held: list[float], weights: list[float], total: float
) -> bool:
    if not beside:
        return False
    here, mine = community[node], weights[node]
    ties: dict[int, float] = defaultdict(float)
    for other, weight in beside.items():
        if other != node:
            ties[community[other]] += weight
    held[here] -= mine
    best, most = here, ties.get(here, 0.0) - held[here] * mine / total
    for candidate, weight in ties.items():
        gain = weight - held[candidate] * mine / total
        if gain > most + LEAST_GAIN:
            best, most = candidate, gain
    held[best] += mine
    community[node] = best
    return best != here


def _joined(graph: Neighbours, community: Sequence[int], count: int) -> Neighbours:
    """The communities as nodes; what they hold within is a tie to themselves."""
    joined: Neighbours = [{} for _ in range(count)]
    for node, beside in enumerate(graph):
        ties = joined[community[node]]
        for other, weight in beside.items():
            ties[community[other]] = ties.get(community[other], 0.0) + weight
    return joined

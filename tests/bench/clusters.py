"""`bench clusters`: finding clusters among planted topics of 1,000, 10,000 and 50,000 records, in 384 dimensions.

For each, in a process of its own: seconds, and the memory at its peak above what the process and the vectors take. Of
the larger ones the reference is the smallest in the same run. `growth` is the exponent of the time from one size to
the largest (n·log n is 1.09 from 10,000 to 50,000, all with all is 2). `agreement` is the adjusted Rand index with what
was planted, its reference k-means that was told how many topics there are; HDBSCAN's stands beside it.
"""

from __future__ import annotations

import gc
import math
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.clusters.finding import find_clusters
from tests.bench.report import Measure, Options, read_options, tell
from tests.clusters.planting import plant_vectors

SIZES, QUICK = (1_000, 10_000, 50_000), (300, 1_200)
# As many topics as a house of that size might have.
RECORDS_A_TOPIC, MOST_TOPICS = 60, 60


def main(options: Options) -> None:
    sizes = QUICK if options.quick else SIZES
    measured = {size: measure_aside(size) for size in sizes}
    tell([*compare(measured), *agree(sizes[:1] if options.quick else sizes[:2])], options)


def measure_aside(size: int) -> tuple[float, float]:
    """(seconds, MB) in a process that has done nothing else."""
    command = [sys.executable, "-m", "tests.bench.clusters", "--of", str(size)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(told[0]), float(told[1])


def measure(size: int) -> tuple[float, float]:
    vectors, _labels = plant_vectors(size, topics_of(size))
    gc.collect()
    find_clusters(vectors[:200], 0.0, _go_on)  # what is set up once is no part of it
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak from here on
    began = time.perf_counter()
    find_clusters(vectors, 0.0, _go_on)
    return time.perf_counter() - began, max(_resident("VmHWM") - before, 0.1)


def compare(measured: dict[int, tuple[float, float]]) -> Iterator[Measure]:
    least, most = min(measured), max(measured)
    for size, (seconds, memory) in measured.items():
        first = measured[least] if size != least else (None, None)
        yield Measure("clusters", f"found, {size:,}", seconds, "s", first[0], 1)
        yield Measure("clusters", f"memory above idle, {size:,}", memory, "MB", first[1], 1)
    middle = sorted(measured)[-2]
    grown = math.log(measured[most][0] / measured[middle][0]) / math.log(most / middle)
    yield Measure("clusters", "growth", max(grown, 0.01), "exponent", None, 1)


def agree(sizes: tuple[int, ...]) -> Iterator[Measure]:
    from sklearn.cluster import HDBSCAN, KMeans
    from sklearn.metrics import adjusted_rand_score

    for size in sizes:
        vectors, labels = plant_vectors(size, topics_of(size))
        wide, topics = vectors.astype(np.float32), topics_of(size)
        found = adjusted_rand_score(labels, find_clusters(vectors, 0.0, _go_on).cluster)
        told = adjusted_rand_score(labels, KMeans(topics, n_init=4, random_state=0).fit_predict(wide))
        yield Measure("clusters", f"agreement, {size:,}", found, "ARI", told, 1)
        if size <= 2_000:  # of 10,000 it takes minutes
            began = time.perf_counter()
            dense = HDBSCAN(min_cluster_size=8, copy=True).fit_predict(wide)
            yield Measure("clusters", f"HDBSCAN's time, {size:,}", time.perf_counter() - began, "s", None, 1)
            index = max(adjusted_rand_score(labels, dense), 0.001)
            yield Measure("clusters", f"HDBSCAN's agreement, {size:,}", index, "ARI", told, 1)
            noise = max(float((dense < 0).mean()), 0.001)
            yield Measure("clusters", f"HDBSCAN's noise, {size:,}", noise, "share", None, 1)


def topics_of(size: int) -> int:
    return max(3, min(MOST_TOPICS, size // RECORDS_A_TOPIC))


def _go_on() -> None:
    return None


def _resident(name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--of"]:
        print(*measure(int(sys.argv[2])))
    else:
        main(read_options())

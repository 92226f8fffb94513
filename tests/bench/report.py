"""What a bench says: one measure a line, as JSON or for reading."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measure:
    """`reference` was measured in the same run; None where there is nothing to compare with."""

    bench: str
    case: str
    value: float
    unit: str
    reference: float | None
    n: int

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None

    def as_json(self) -> str:
        rounded = {name: round(v, 3) if isinstance(v, float) else v for name, v in asdict(self).items()}
        ratio = self.ratio
        rounded["ratio"] = None if ratio is None else round(ratio, 3)
        order = ("bench", "case", "value", "unit", "reference", "ratio", "n")
        return json.dumps({name: rounded[name] for name in order})

    def as_line(self) -> str:
        ratio = f"  {self.ratio:6.2f} of {self.reference:,.1f}" if self.ratio is not None else ""
        value = f"{self.value:12,.3f}" if self.value < 1 else f"{self.value:12,.1f}"
        return f"{self.bench:>8} {self.case:<20} {value} {self.unit:<10}{ratio}  (n = {self.n})"


@dataclass(frozen=True)
class Options:
    json: bool
    quick: bool


def read_options() -> Options:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    return Options(**vars(parser.parse_args()))


def tell(measures: Sequence[Measure], options: Options) -> None:
    if not options.json:
        print(machine())
    for measure in measures:
        print(measure.as_json() if options.json else measure.as_line(), flush=True)


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = [line.split(":", 1)[1].strip() for line in _cpu_lines() if line.startswith("model name")]
    return f"{os.cpu_count()} cores ({names[0] if names else 'unknown'}), {memory:.0f} GB"


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []

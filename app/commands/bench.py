"""`hearth bench`: how fast and how small, each against a reference measured in the same run."""

from __future__ import annotations

import os
import sys

import click

from app.core.errors import HearthError
from app.settings import PROJECT

NAMES = (
    "pages", "typing", "write", "import", "memory", "growth", "people", "graph", "paths", "renaming", "sleep",
    "clusters", "extract", "search", "search-scale",
)  # fmt: skip
MODULES = {"import": "importing", "search-scale": "scale", "extract": "extraction", "sleep": "asleep"}
COLLECTIONS = ("cranfield", "vaswani")


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--quick", is_flag=True, help="Few and short rounds: shows that it runs, measures little.")
@click.option("--collection", type=click.Choice(COLLECTIONS), help="Of `search`: whose questions are asked.")
def bench(name: str, as_json: bool, quick: bool, collection: str | None) -> None:
    """Measure NAME: pages, typing, write, import, memory, growth, people, graph, paths, renaming, sleep, clusters,
    extract, search, search-scale.

    Each bench starts a Hearth of its own in a temporary folder and touches nothing of yours.
    """
    # The benches live with the tests, which a checkout has and an installed package has not.
    if not (PROJECT / "tests" / "bench").is_dir():
        raise HearthError("The benches are part of a checkout; run `./run bench` there.")
    module = f"tests.bench.{MODULES.get(name, name)}"
    flags = [flag for flag, wanted in (("--json", as_json), ("--quick", quick)) if wanted]
    if collection:
        flags += ["--collection", collection]
    os.chdir(PROJECT)
    os.execv(sys.executable, [sys.executable, "-m", module, *flags])  # noqa: S606 (its signals are then ours)

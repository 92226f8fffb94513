"""A whole house and vdirsyncer: both sides change, a run breaks off, and in the end both are the same."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dav.conftest import make_card
from tests.dav.syncing import Sides, fill, make_sides
from tests.house import House

MOVES = re.compile(r"(?i)\b(copying|deleting|updating)\b")


@pytest.fixture
def house() -> Iterator[House]:
    # Not below pytest's own folder, into which the database's user cannot look.
    with tempfile.TemporaryDirectory(prefix="hearth-dav-") as folder:
        Path(folder).chmod(0o755)
        running = House(Path(folder) / "data").start()
        yield running
        running.stop()


def settle(sides: Sides) -> None:
    """One run brings both together, the next what the house wrote in its own way, and the last moves nothing."""
    sides.sync()
    sides.sync()
    before = sides.here(), sides.there()
    assert not MOVES.search(told := sides.sync()), told
    assert (sides.here(), sides.there()) == before
    assert before[0] == before[1]


def live_together(sides: Sides, count: int) -> None:
    fill(sides, count)
    settle(sides)
    assert len(sides.here()) == count
    change_on_each_side(sides)
    settle(sides)
    here = sides.here()
    assert len(here) == count
    assert "FN:Both changed by hand" in here["UID:person-0004"]
    assert "FN:Changed here" in here["UID:person-0002"]
    assert "FN:Changed there" in here["UID:person-0003"]
    assert not {"UID:person-0000", "UID:person-0001"} & set(here)
    assert {"UID:made-here", "UID:made-there"} <= set(here)


def change_on_each_side(sides: Sides) -> None:
    sides.write("made-here", "Made Here")
    sides.ask("PUT", "made-there.vcf", make_card("Made There", "made-there"))
    sides.change("person-0002", "FN:Given2 Family2", "FN:Changed here")
    sides.change_there("person-0003", "FN:Given3 Family3", "FN:Changed there")
    sides.change("person-0004", "FN:Given4 Family4", "FN:Both changed on the phone")
    sides.change_there("person-0004", "FN:Given4 Family4", "FN:Both changed by hand")
    sides.file_of("person-0000").unlink()
    sides.ask("DELETE", sides.path_of("person-0001"))


def break_off(sides: Sides, count: int) -> None:
    """A run is killed amid its work; the next ones finish it, and nobody is there twice."""
    for number in range(count):
        sides.write(f"late-{number:04}", f"Late{number} Comer", f"EMAIL:late{number}@example.org")
    before = len(sides.there())
    running = sides.start("sync")
    House.wait_for(lambda: len(sides.there()) > before + 3, 60)
    running.kill()
    running.communicate()
    assert len(sides.there()) < before + count
    settle(sides)
    assert len(sides.here()) == before + count


@pytest.mark.whole
@pytest.mark.slow
def test_fifty_people_are_kept_the_same_on_both_sides(house, tmp_path):
    sides = make_sides(tmp_path, house)
    live_together(sides, 50)
    break_off(sides, 60)


@pytest.mark.whole
@pytest.mark.slow
def test_a_thousand_people_are_kept_the_same_on_both_sides(house, tmp_path):
    sides = make_sides(tmp_path, house)
    live_together(sides, 1000)
    break_off(sides, 300)

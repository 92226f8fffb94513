"""The real garden, out and in again: every field of every note."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import pytest

from tests.exporting.conftest import read_account
from tests.exporting.test_round_trip import comparable, firsts


@pytest.fixture
def some_of_the_garden(shared_data: Path, tmp_path: Path) -> Path:
    """Every 16th file of it, about 500."""
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(shared_data / "garden.zip") as garden, zipfile.ZipFile(path, "w") as some:
        for entry in garden.infolist()[::16]:
            some.writestr(entry, garden.read(entry))
    return path


async def out_and_in_again(garden, notes, owner, alice, take_out, bring_in, wipe):
    await bring_in(garden)
    before, old = await read_account(owner, alice.id), await firsts(owner, alice)
    tracemalloc.start()
    archive = await take_out()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    anew = await wipe(alice)
    report = await bring_in(archive, anew)
    assert report.headline() == f"{notes} added, 0 changed, 0 unchanged, 0 failed"
    assert len(before["notes"]) == notes
    new = await firsts(owner, anew)
    before, after = comparable(before, old, new), comparable(await read_account(owner, anew.id), new, new)
    for table, rows in before.items():
        assert rows == after[table], table
    assert (await bring_in(archive, anew)).headline() == f"0 added, 0 changed, {notes} unchanged, 0 failed"
    return most


async def test_a_part_of_the_garden(some_of_the_garden, owner, alice, take_out, bring_in, wipe):
    await out_and_in_again(some_of_the_garden, 486, owner, alice, take_out, bring_in, wipe)


@pytest.mark.whole
async def test_the_whole_garden_in_little_memory(shared_data, owner, alice, take_out, bring_in, wipe):
    most = await out_and_in_again(shared_data / "garden.zip", 7772, owner, alice, take_out, bring_in, wipe)
    assert most < 40 * 2**20

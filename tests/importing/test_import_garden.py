"""The real garden: all of it comes in, its links resolve, and nothing in it looks newer than it is."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.text import fold
from app.heat.warmth import least_warmth
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor

WIKILINK = re.compile(r"\[\[([^\[\]\n]+)\]\]")


@pytest.fixture
def some_of_the_garden(shared_data: Path, tmp_path: Path) -> Path:
    """Every 26th file of it, about 300."""
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(shared_data / "garden.zip") as garden, zipfile.ZipFile(path, "w") as some:
        for entry in garden.infolist()[::26]:
            some.writestr(entry, garden.read(entry))
    return path


def resolvable(garden: Path) -> set[str]:
    """The link targets that name a file, by file name, ignoring case and outer blanks: an independent count."""
    with zipfile.ZipFile(garden) as archive:
        stems = {entry.filename.rpartition("/")[2].removesuffix(".md").strip().lower() for entry in archive.infolist()}
        texts = (archive.read(entry).decode() for entry in archive.infolist())
        return {name.strip().lower() for text in texts for name in WIKILINK.findall(text)} & stems


async def test_what_comes_in_is_what_stood_in_the_files(some_of_the_garden, bring_in, rows):
    with zipfile.ZipFile(some_of_the_garden) as archive:
        files = {entry.filename: archive.read(entry).decode() for entry in archive.infolist()}
    report = await bring_in(some_of_the_garden)
    assert report.headline() == f"{len(files)} added, 0 changed, 0 unchanged, 0 failed"
    for row in await rows("select source_id, content, custom_fields from notes"):
        fields = json.loads(row["custom_fields"])
        whole = fields.get("_front_matter", "") + row["content"]
        assert whole == files[row["source_id"]].replace("\r\n", "\n")


async def test_a_part_and_then_the_same_part_again(some_of_the_garden, bring_in, rows):
    first = await bring_in(some_of_the_garden)
    second = await bring_in(some_of_the_garden)
    assert second.headline().startswith("0 added, 0 changed")
    assert (second.links, second.missing) == (first.links, first.missing)


@pytest.mark.parametrize("name", [pytest.param("xss_payloads.txt", marks=pytest.mark.whole), "naughty_strings.json"])
async def test_hostile_strings_are_kept_as_they_are(shared_data, write_files, bring_in, rows, name):
    content = (shared_data / "hostile" / name).read_text(encoding="utf-8", errors="replace")
    strings = json.loads(content) if name.endswith("json") else content.splitlines()
    texts = {f"{number}.md": f"---\ntitle: {json.dumps(text)}\n---\n{text}" for number, text in enumerate(strings)}
    report = await bring_in(write_files(texts))
    assert report.headline() == f"{len(strings)} added, 0 changed, 0 unchanged, 0 failed"
    kept = await rows("select source_id, title, content from notes")
    for row in kept:
        text = strings[int(row["source_id"].removesuffix(".md"))]
        assert row["content"] == text.replace("\r\n", "\n").replace("\0", "\ufffd")
        title = " ".join(text.replace("\0", "\ufffd").split())[:500]  # a title is one line
        assert row["title"] == (title or row["source_id"].removesuffix(".md"))


@pytest.mark.whole
async def test_the_whole_garden_comes_in_and_every_link_to_one_of_its_files_resolves(
    shared_data, bring_in, rows, worker_database, now
):
    garden = shared_data / "garden.zip"
    report = await bring_in(garden)
    assert report.headline() == "7772 added, 0 changed, 0 unchanged, 0 failed"
    assert (await bring_in(garden)).headline() == "0 added, 0 changed, 7772 unchanged, 0 failed"
    reactor = Reactor(worker_database, Models(make_embedder("none")), "test")
    for slot in ("connect", "heat"):
        while await reactor.run_batch(slot):
            pass
    names = resolvable(garden)
    assert len(names) == 6152
    assert await rows("select count(*) as parked from pipeline where error is not null") == [(0,)]
    waiting = await rows("select target_name from entity_links where target_id is null and target_name = any($1)",
                         [fold(name) for name in names])  # fmt: skip
    assert waiting == []
    assert report.links.resolved >= 6152
    glowing = await rows("select n.source_id, n.created_at from notes n join record_heat h on h.record_id = n.id "
                         "where h.warmth > $1", least_warmth(0.2, now))  # fmt: skip
    assert [row["source_id"] for row in glowing if row["created_at"] < now - timedelta(days=18)] == []
    assert glowing == []

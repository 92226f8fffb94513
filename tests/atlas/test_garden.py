"""The real garden on the page of the whole graph: all its notes, and the links that a script of its own counts."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections import defaultdict
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from app.atlas.charting import chart_user
from app.importing.service import import_path
from app.kinds import KINDS
from app.ports.blobs import BlobStore
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor
from tests.atlas.answer import read_answer

WIKI = re.compile(r"\[\[([^\[\]\n]+)\]\]")
PATH = re.compile(r"\]\(\s*<?(?!(?!file:)\w+:)((?:[^()\n<>]|\([^()\n]*\))*?\.md)(?:#[^()\n]*)?>?\s*\)", re.IGNORECASE)
PERSON = re.compile(r'(?<![\w/.@])@(?:"([^"\n]+)"|(\w+(?:[._-]+\w+)*)(?![._-]*\w|[@:/]))')
# Links, whatever they are called, and code name nobody.
NOBODY = re.compile(
    r"\[\[[^\[\]\n]+\]\]|\[[^\[\]\n]*\]\([^()\n]*\)|```.*?```|`[^`\n]*`|<[^<>\n]*>|https?://\S+", re.DOTALL
)
FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
FIELD = re.compile(r"^(title|alias|aliases):(.*(?:\n[ -]+.*)*)", re.MULTILINE | re.IGNORECASE)


def plain(name: str) -> str:
    """As the documentation of the import has it: case, accents and outer blanks tell no two names apart."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return " ".join("".join(sign for sign in letters if not unicodedata.combining(sign)).split())


def front_of(text: str) -> str:
    """What stands between the first lines where it is YAML; else it is part of the text."""
    front = FRONT.match(text)
    try:
        return front[0] if front and isinstance(yaml.safe_load(front[1]), dict) else ""
    except yaml.YAMLError:
        return ""


def names_of(path: str, text: str) -> set[str]:
    """The file's name, with and without its folder, and what its front matter calls it."""
    stem = path.rpartition("/")[2].removesuffix(".md")
    names = {stem, path.removesuffix(".md")}
    for _field, said in FIELD.findall(front_of(text)):
        names |= {name.strip(" \"'-[]") for name in re.split(r"[,\n]", said)}
    return {plain(name) for name in names if name.strip()}


def names_in(text: str) -> set[str]:
    """All that a text links to, each in its readings: with `#heading`, `|shown` and folder, and without."""
    body = text.removeprefix(front_of(text))
    found = set()
    for written in WIKI.findall(body):
        bare = written.partition("|")[0]
        anchor = re.split(r"#(?=[^\s#])", bare)[0]
        found |= {(written, bare, anchor, anchor.rpartition("/")[2])}
    for path in PATH.findall(body):
        stem = unquote(path).removesuffix(".md")
        found |= {(stem, stem.rpartition("/")[2])}
    found |= {(quoted or word,) for quoted, word in PERSON.findall(NOBODY.sub(" ", body))}
    return {tuple(plain(name) for name in names) for names in found}


def count_links(files: dict[str, str]) -> set[tuple[str, frozenset[str]]]:
    """(file, the files of a name that it links to); of several readings the first that any file bears."""
    bearers: dict[str, set[str]] = defaultdict(set)
    for path, text in files.items():
        for name in names_of(path, text):
            bearers[name].add(path)
    found = set()
    for path, text in files.items():
        for readings in names_in(text):
            meant = next((frozenset(bearers[name]) for name in readings if name in bearers), frozenset())
            if meant and path not in meant:
                found.add((path, meant))
    return found


@pytest.mark.whole
async def test_the_garden_s_page_shows_all_its_notes_and_every_link_that_its_files_hold(
    shared_data: Path, alices, database, worker_database, alice, tmp_path
):
    with zipfile.ZipFile(shared_data / "garden.zip") as archive:
        files = {entry.filename: archive.read(entry).decode().replace("\r\n", "\n") for entry in archive.infolist()}
    await import_path(database, BlobStore(tmp_path), alice.id, shared_data / "garden.zip")
    reactor = Reactor(worker_database, Models(make_embedder("none")), "test")
    while await reactor.run_batch("connect"):
        continue
    await chart_user(worker_database, alice.id, KINDS)
    counted = count_links(files)
    answer = await alices.get("/graph/data?kind=note&origin=written")
    data = read_answer(answer.content)
    assert data.head["nodes"] == len(files) == 7772
    assert data.head["ids"] == {}  # each has its place
    async with database.reading(alice.id) as connection:
        rows = await connection.fetch(
            "select p.number, n.source_id from atlas_places p join notes n on n.id = p.record_id"
        )
    path_of = {row["number"]: row["source_id"] for row in rows}
    numbers = running(data.head["numbers"])
    shown = {(path_of[numbers[one]], path_of[numbers[other]]) for one, other in data.links}
    assert len(shown) == len(data.links)
    # A name that several files bear means one of them; which, is not for this script to say.
    meant = {(source, target) for source, bearers in counted for target in bearers}
    assert {pair for pair in shown - meant if not is_twin(*pair)} == set()
    assert {(source, bearers) for source, bearers in counted if not shown & {(source, one) for one in bearers}} == set()
    page = (await alices.get("/graph?kind=note&origin=written")).text
    assert f"7,772 records · {len(data.links):,} links" in page


def is_twin(one: str, other: str) -> bool:
    """Two files of one name: a text that names itself may mean the other."""
    return plain(one.rpartition("/")[2]) == plain(other.rpartition("/")[2])


def running(steps: list[int]) -> list[int]:
    total, found = 0, []
    for step in steps:
        total += step
        found.append(total)
    return found

"""`bench import`: notes per second until all are listed, and until all are fully processed, by the real model.

The garden where the shared data lies beside the checkout, else notes of the same size made here. Reference of
*listed*: the same texts by one prepared insert into a table without triggers, in one transaction. People come in as
ten thousand vCards of one file; their reference is the rate of the notes.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from app.embedded.instance import find_running
from app.settings import Settings
from tests.bench.ground import GARDEN, make_notes
from tests.bench.people import FIRST, LAST, MANY
from tests.bench.report import Measure, Options, read_options, tell
from tests.house import House

GENERATED = 2000
# What a phone writes of somebody: about 300 bytes, a group, a birthday, a note.
CARD = """BEGIN:VCARD
VERSION:3.0
UID:person-{number}@example.org
FN:{first} {last} {number}
N:{last};{first};;;
ORG:{last} Ltd
TITLE:Gardener
EMAIL;TYPE=work:person{number}@example.org
EMAIL;TYPE=home:{number}@home.example
TEL;TYPE=cell:+49171{number:07}
ADR;TYPE=home:;;{number} River Road;Springfield;;12345;Germany
BDAY:19{year}-04-{day:02}
CATEGORIES:{group}
NOTE:Met at the market\\, number {number}.
END:VCARD
"""


def main(options: Options) -> None:
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        Path(folder).chmod(0o755)
        source = notes_to_import(Path(folder), options)
        # The real model, unless the caller says otherwise: *fully processed* is mostly its time.
        provider = "fake" if options.quick else os.environ.get("HEARTH_EMBEDDING", "minilm")
        house = House(Path(folder) / "data", HEARTH_EMBEDDING=provider).start()
        try:
            measures = _measure(house, source)
            measures.append(_measure_people(house, Path(folder), options, notes=measures[0].value))
        finally:
            house.stop()
    tell(measures, options)


def notes_to_import(folder: Path, options: Options) -> Path:
    if GARDEN.exists() and not options.quick:
        return GARDEN
    path = folder / "notes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for title, text, _ in make_notes(100 if options.quick else GENERATED, characters=460):
            archive.writestr(f"{title}.md", text)
    return path


def _measure(house: House, source: Path) -> list[Measure]:
    house.add_person()
    began = time.perf_counter()
    house.run("import", str(source))
    listed = time.perf_counter() - began
    house.run("drain", "--timeout", "3600", seconds=3700)
    processed = time.perf_counter() - began
    notes = int(house.status()["records"]["note"])
    bare = notes / asyncio.run(_bare_seconds(house))
    return [
        Measure("import", "listed", notes / listed, "notes/s", bare, notes),
        Measure("import", "fully processed", notes / processed, "notes/s", None, notes),
    ]


def _measure_people(house: House, folder: Path, options: Options, notes: float) -> Measure:
    count = MANY // 50 if options.quick else MANY
    (folder / "people.vcf").write_text("".join(make_cards(count)))
    began = time.perf_counter()
    done = house.run("import", str(folder / "people.vcf"), "--json")
    taken = time.perf_counter() - began
    steps = [line for line in done.stderr.splitlines() if line.endswith(f"of {count}")]
    if json.loads(done.stdout)["others"]["contacts"]["added"] != count or not steps:
        raise RuntimeError(f"Not all came in, or it told no progress: {done.stdout[:300]} {steps}")
    return Measure("import", "people listed", count / taken, "people/s", notes, count)


def make_cards(count: int) -> Iterator[str]:
    chance = random.Random(20261122)
    for number in range(count):
        yield CARD.format(
            number=number, first=chance.choice(FIRST), last=chance.choice(LAST), year=chance.randrange(40, 99),
            day=chance.randrange(1, 29), group=chance.choice(("Family", "Choir", "Work")),
        )  # fmt: skip


async def _bare_seconds(house: House) -> float:
    running = find_running(Settings(data_dir=house.data_dir))
    assert running
    owner = await asyncpg.connect(running["database_url"])
    texts = await owner.fetch("select id, user_id, title, content from notes")
    await owner.execute("create table bare_notes (like notes including defaults including indexes)")
    began = time.perf_counter()
    statement = "insert into bare_notes (id, user_id, title, content) values ($1, $2, $3, $4)"
    async with owner.transaction():
        await owner.executemany(statement, [tuple(row) for row in texts])
    taken = time.perf_counter() - began
    await owner.execute("drop table bare_notes")
    await owner.close()
    return taken


if __name__ == "__main__":
    main(read_options())

"""What is dropped on the inbox comes in, each thing once, while the house goes on answering."""

from __future__ import annotations

import asyncio
import json
import os
import random
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import pytest

from app.history.undoing import undo_action
from app.importing import queries
from app.importing.letters import read_letter
from app.importing.running import ImportRunner
from app.importing.staging import Staging
from app.importing.uploads import Uploads
from app.kinds import KINDS

PICTURE = b"\x89PNG\r\n\x1a\n a picture"


@pytest.fixture
def malformed() -> list[bytes]:
    """The mails that CPython tests its own library with."""
    found = [path.read_bytes() for path in sorted(Path("/usr/lib").glob("python3*/test/test_email/data/msg_*.txt"))]
    if not found and os.environ.get("HEARTH_REQUIRE_DATA") == "1":
        pytest.fail("HEARTH_REQUIRE_DATA=1, but Debian's libpython3.11-testsuite is not there")
    if not found:
        pytest.skip("needs Debian's libpython3.11-testsuite")
    return found


@pytest.fixture
def staging(settings) -> Staging:
    return Staging(settings.imports_dir)


@pytest.fixture
def runner(worker_database, blobs, staging) -> ImportRunner:
    return ImportRunner(worker_database, blobs, staging, "worker 1")


@pytest.fixture
def drop(database, staging, alice, tmp_path):
    """Leave files at Alice's inbox, as its page does; the id of the import that waits."""

    async def leave(files: Sequence[tuple[str, bytes]], place: str = "inbox"):
        path = tmp_path / "dropped.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files:
                archive.writestr(name, content)
        with path.open("rb") as source:
            return await Uploads(database, staging, alice.id, 2**30).take([(path.name, source)], place)

    return leave


async def captures(database, person):
    async with database.reading(person.id) as connection:
        return await connection.fetch("select * from captures order by title, id")


async def the_import(database, person, import_id):
    async with database.reading(person.id) as connection:
        return await queries.read_import(connection, import_id)


def made_up(texts: list[str], naughty: list[str], number: int) -> tuple[str, bytes]:
    """A mail of a stranger: any text, any subject, by any encoding; its name tells which."""
    luck, message = random.Random(number), EmailMessage()
    message["From"] = f"Sender {number} <sender{number}@example.org>"
    message["Message-ID"] = f"<{luck.choice(['same', number])}@example.org>"
    message["Date"] = f"Mon, {number % 28 + 1:02d} Sep 2025 10:00:00 +0000"
    try:
        message["Subject"] = " ".join(naughty[number % len(naughty)].split())
    except ValueError:
        message["Subject"] = "unspeakable"
    body = f"token{number}x\n{luck.choice(naughty)}\n\n{texts[number]}"
    encoding = luck.choice(["base64", "quoted-printable", "8bit"])
    message.set_content(
        body, cte=encoding if encoding != "8bit" or max(map(len, body.splitlines())) < 900 else "base64"
    )
    if number % 3 == 0:
        message.add_alternative(f"<p>token{number}x</p><script>alert(1)</script>", subtype="html")
    for file in range(number % 4):
        content = f"file {file} of {number}".encode() * (number + 1)
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"part {file}.bin")
    return f"mail {number:03}.eml", bytes(message)


@pytest.mark.whole
@pytest.mark.slow
async def test_500_mails_come_in_each_once_while_pages_answer(
    database, alice, alices, runner, drop, shared_data, malformed
):
    with zipfile.ZipFile(shared_data / "garden.zip") as garden:
        names = [name for name in garden.namelist() if name.endswith(".md")][:600]
        texts = [garden.read(name).decode("utf-8", "replace").replace("\0", "") for name in names]
    naughty = json.loads((shared_data / "hostile" / "naughty_strings.json").read_text())
    generated = [made_up(texts, naughty, number) for number in range(500 - len(malformed))]
    files = generated + [(f"cpython {number}.eml", raw) for number, raw in enumerate(malformed)]
    assert len(files) == 500
    twice = [(f"again {name}", raw) for name, raw in files[::25]]
    import_id = await drop([*files, *twice])

    work = asyncio.create_task(runner.run_next())
    answered = 0
    while not work.done():
        assert (await alices.get(f"/imports/{import_id}/dropped", **{"HX-Request": "true"})).status_code == 200
        assert (await alices.get("/notes")).status_code == 200
        answered += 1
        await asyncio.wait([work], timeout=0.1)
    assert await work and answered > 1

    row = await the_import(database, alice, import_id)
    assert (row["state"], row["error"]) == ("done", "")
    assert json.loads(row["report"])["failed"] == []
    kept = await captures(database, alice)
    expected = {read_letter(raw).identity for _name, raw in files}
    assert sorted(one["source_id"] for one in kept) == sorted(expected)
    for number in range(len(generated)):
        assert sum(f"token{number}x" in one["content"] for one in kept) == 1, number
    assert not any("alert(1)</script>" in one["content"] and "token" not in one["content"] for one in kept)
    await check_attachments(database, alice, generated)
    await check_malformed(kept, malformed)

    # The same again, by another name: nothing is new.
    import_id = await drop(files[::7])
    assert await runner.run_next()
    assert len(await captures(database, alice)) == len(kept)


async def check_attachments(database, alice, generated) -> None:
    wanted = {
        sha256(f"file {file} of {number}".encode() * (number + 1)).hexdigest()
        for number in range(len(generated))
        for file in range(number % 4)
    }
    async with database.reading(alice.id) as connection:
        found = await connection.fetch("select sha256, record_id from attachments")
    assert wanted <= {row["sha256"] for row in found}
    assert all(row["record_id"] for row in found)


async def check_malformed(kept, malformed) -> None:
    raw = [letter for letter in map(read_letter, malformed) if letter.notice]
    assert len(raw) > 10
    by_id = {one["source_id"]: one for one in kept}
    for letter in raw:
        assert by_id[letter.identity]["content"].startswith("This mail is malformed, so it is kept as it came.")


async def test_texts_pages_and_other_files_are_captures_too(database, alice, runner, drop):
    page = b"<html><head><title>Saved</title><link rel='canonical' href='https://a.example/p'></head><p>Words</html>"
    await drop(
        [("thought.txt", b"Buy milk"), ("list.md", b"---\ntitle: Mine\n---\n# Head\n"), ("page.html", page),
         ("picture.png", PICTURE), ("latin.txt", "Größe".encode("latin-1")), ("no.txt", b"\0\0\x80"),
         ("empty.txt", b" \n")],
    )  # fmt: skip
    assert await runner.run_next()
    found = {one["title"]: one for one in await captures(database, alice)}
    assert found.keys() == {"thought", "Mine", "Saved", "picture", "latin", "no"}
    assert (found["thought"]["content"], found["thought"]["capture_type"]) == ("Buy milk", "todo")
    assert found["Mine"]["content"] == "# Head\n" and found["latin"]["content"] == "Größe"
    assert (found["Saved"]["content"], found["Saved"]["url"]) == ("Words", "https://a.example/p")
    async with database.reading(alice.id) as connection:
        files = await connection.fetch("select record_id, name, media_type from attachments order by name desc")
    assert tuple(files[0]) == (found["picture"]["id"], "picture.png", "image/png")
    assert [row["record_id"] for row in files] == [found["picture"]["id"], found["no"]["id"]]


async def test_a_drop_is_undone_as_one_and_comes_again(database, alice, alices, runner, drop):
    import_id = await drop([("a.txt", b"one"), ("b.txt", b"two")])
    assert await runner.run_next()
    row = await the_import(database, alice, import_id)
    shown = (await alices.get(f"/imports/{import_id}")).text
    assert "2 things are in the inbox." in shown and "Undo this import" in shown
    await undo_action(database, alice.id, row["action_id"], KINDS)
    assert all(one["deleted_at"] for one in await captures(database, alice))
    await drop([("a.txt", b"one")])
    assert await runner.run_next()
    assert sorted(one["deleted_at"] is None for one in await captures(database, alice)) == [False, True]


async def test_what_was_discarded_by_hand_stays_so(database, alice, runner, drop):
    await drop([("a.txt", b"one")])
    assert await runner.run_next()
    async with database.reading(alice.id) as connection:
        await connection.execute("update captures set discarded_at = now(), deleted_at = now()")
    await drop([("a.txt", b"one")])
    assert await runner.run_next()
    assert [one["discarded_at"] is not None for one in await captures(database, alice)] == [True]


async def test_the_page_announces_for_the_inbox_and_is_told_how_far_it_is(database, alice, alices, runner):
    begun = await alices.post("/imports", {"name": "m.eml", "size": "3", "place": "inbox"})
    import_id = begun.json()["id"]
    assert (await the_import(database, alice, import_id))["place"] == "inbox"
    answer = await alices.get(f"/imports/{import_id}/dropped")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/imports/{import_id}")


async def test_a_form_without_javascript_leaves_files_at_the_inbox(database, alice, alices, runner, blobs, staging):
    answer = await alices.http.post(
        "/imports/files", data={"_csrf_token": alices.csrf, "place": "inbox"}, files={"files": ("a.txt", b"by form")}
    )
    assert answer.status_code == 303
    assert await runner.run_next()
    assert [one["content"] for one in await captures(database, alice)] == ["by form"]
    piece = await alices.get(answer.headers["location"] + "/dropped", **{"HX-Request": "true"})
    assert "1 thing is in the inbox." in piece.text and "<html" not in piece.text
    assert piece.headers["hx-trigger-after-settle"] == "hearth:arrived"


async def test_bob_hears_nothing_of_a_drop(bobs, drop):
    import_id = await drop([("a.txt", b"one")])
    assert (await bobs.get(f"/imports/{import_id}/dropped", **{"HX-Request": "true"})).status_code == 404

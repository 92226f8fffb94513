"""Files come to a note by its form and by its editor, are listed there, and leave by the trash."""

from __future__ import annotations

import errno
import io
import re
import tempfile
import tracemalloc
from dataclasses import replace
from urllib.parse import unquote
from uuid import uuid4

import pytest
from PIL import Image

from app.history.undoing import undo_action
from app.kinds import KINDS
from app.notes import attachments
from app.notes.attachments import safe_name
from app.ports.blobs import BlobStore
from app.web import toasts
from tests.conftest import Browser, write
from tests.history.test_undoing import last_action


def picture(colour: str = "red", size: tuple[int, int] = (40, 20), kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind)
    return made.getvalue()


async def send(browser: Browser, note, *files: tuple[str, bytes], json: bool = True, **fields: str):
    headers = {"accept": "application/json"} if json else {}
    return await browser.http.post(
        f"/notes/{note}/files", data={**fields, "_csrf_token": browser.csrf},
        files=[("files", file) for file in files], headers=headers,
    )  # fmt: skip


async def names(owner, person) -> list[str]:
    rows = await owner.fetch(
        "select name from attachments where user_id = $1 and deleted_at is null order by created_at, id", person.id
    )
    return [row[0] for row in rows]


def said(answer) -> str:
    toast = toasts.read_toast(answer.cookies.get(toasts.COOKIE).strip('"'))
    return toast.sentence if toast else ""


async def test_files_are_added_by_the_form_and_listed_on_the_note(alices, database, alice):
    note = await write(database, alice, "House", "words")
    answer = await send(alices, note, ("cat.png", picture()), ("paper.pdf", b"%PDF-1.7 paper"), json=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/notes/{note}#files")
    page = (await alices.get(f"/notes/{note}")).text
    assert "2 files added." in page
    assert "Undo" in page
    assert all(name in page for name in ("cat.png", "paper.pdf", "Picture", "PDF"))
    assert "?width=320" in page
    assert "words" in page
    assert "![[" not in (await alices.get(f"/notes/{note}/edit")).text


async def test_the_editor_gets_marks_and_addresses(alices, database, alice):
    note = await write(database, alice, "House")
    answer = await send(alices, note, ("a cat.png", picture()), ("notes.txt", b"plain"))
    assert answer.status_code == 201
    cat, text = answer.json()["files"]
    assert (cat["name"], cat["markdown"], text["thumbnail"]) == ("a cat.png", "![[a cat.png]]", None)
    assert (await alices.get(cat["href"])).content == picture()
    assert (await alices.get(cat["thumbnail"])).headers["content-type"] == "image/webp"


async def test_a_file_is_shown_in_the_text_when_that_is_wished(alices, database, owner, alice):
    note = await write(database, alice, "House", "words\n")
    await send(alices, note, ("cat.png", picture()), show="1", json=False)
    assert await owner.fetchval("select content from notes where id = $1", note) == "words\n\n![[cat.png]]"
    page = (await alices.get(f"/notes/{note}")).text
    shown = re.search(r'<a [^>]*class="picture"[^>]*><img [^>]*\?width=960[^>]*>', page)
    for attribute in ('alt="cat.png"', 'loading="lazy"', 'width="40"', 'height="20"', 'title="cat.png"'):
        assert attribute in shown[0]
    await undo_action(database, alice.id, await last_action(owner, alice), KINDS)
    assert await owner.fetchval("select content from notes where id = $1", note) == "words\n"
    assert await names(owner, alice) == []


async def test_a_card_shows_the_first_picture_of_its_note_and_a_row_none(alices, database, owner, alice):
    note = await write(database, alice, "House", "words\n")
    assert "row-picture" not in (await alices.get("/notes?view=cards")).text
    await send(alices, note, ("plan.pdf", b"%PDF-1.7 plan"), ("cat.png", picture()), ("dog.png", picture("red")))
    shown = re.findall(r'<img class="row-picture" src="([^"]+)"', (await alices.get("/notes?view=cards")).text)
    assert len(shown) == 1
    assert "cat.png?width=320" in shown[0]
    assert (await alices.get(shown[0])).headers["content-type"] == "image/webp"
    assert "row-picture" not in (await alices.get("/notes")).text
    await undo_action(database, alice.id, await last_action(owner, alice), KINDS)
    assert "row-picture" not in (await alices.get("/notes?view=cards")).text


async def test_the_same_file_on_the_same_note_is_there_once(alices, database, owner, alice):
    note, other = await write(database, alice, "House"), await write(database, alice, "Garden")
    for _time in range(2):
        await send(alices, note, ("cat.png", picture()))
    assert await names(owner, alice) == ["cat.png"]
    await send(alices, other, ("cat.png", picture()))
    assert await names(owner, alice) == ["cat.png", "cat.png"]
    assert await owner.fetchval("select count(distinct sha256) from attachments") == 1


async def test_another_content_gets_another_name(alices, database, owner, alice):
    note = await write(database, alice, "House")
    for colour in ("red", "blue", "green", "blue"):
        await send(alices, note, ("Cat.png", picture(colour)))
    await send(alices, note, ("cat.PNG", picture("white")))
    assert await names(owner, alice) == ["Cat.png", "Cat (2).png", "Cat (3).png", "cat (4).PNG"]


async def test_a_name_keeps_its_script_and_loses_what_deceives(alices, database, owner, alice):
    note = await write(database, alice, "House")
    given = [
        "日本語の写真.png",
        "Größe – März.png",
        "صورة.png",
        "a[1]|b#c.png",
        "gpj.\u202etxt.exe",
        "می\u200cخواهم.png",
    ]
    for number, name in enumerate(given):
        assert (await send(alices, note, (name, picture(size=(number + 1, 1))))).status_code == 201
    assert await names(owner, alice) == [
        "日本語の写真.png", "Größe – März.png", "صورة.png", "a(1)-b-c.png", "gpj.txt.exe", "می\u200cخواهم.png",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.png", "a\\b.png", "a\0b.png", "..", " . ", "\u202e"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(attachments.Invalid):
        safe_name(name)


def test_a_long_name_keeps_its_ending():
    assert len(safe_name("x" * 300 + ".png")) == 200
    assert safe_name("x" * 300 + ".png").endswith(".png")


async def test_what_cannot_be_taken_is_said_in_a_sentence(alices, database, owner, alice, settings, monkeypatch):
    note = await write(database, alice, "House")
    gone = await write(database, alice, "Gone")
    await alices.post(f"/notes/{gone}/discard")
    monkeypatch.setattr("app.notes.attaching.MOST_AT_ONCE", 2)
    for status, sentence, answer in (
        (400, "is empty", await send(alices, note, ("a.png", b""))),
        (400, "No file was chosen", await send(alices, note)),
        (400, "is a path", await send(alices, note, ("a\\b.png", b"x"))),
        (400, "At most 2 files", await send(alices, note, *[(f"{n}.txt", b"x") for n in range(3)])),
        (409, "in the trash", await send(alices, gone, ("a.png", b"x"))),
        (404, "nothing at this address", await send(alices, uuid4(), ("a.png", b"x"))),
    ):
        assert answer.status_code == status
        assert sentence in answer.json()["detail"]
    plain = await send(alices, note, ("a.png", b""), json=False)
    assert (plain.status_code, said(plain)) == (303, "“a.png” is empty.")
    assert await names(owner, alice) == []
    assert list(BlobStore(settings.blobs_dir)) == []


async def test_a_file_may_be_only_so_large(settings):
    source, blobs = io.BytesIO(b"x" * 2_000_000), BlobStore(settings.blobs_dir)
    with pytest.raises(attachments.TooLarge, match=r"larger than the 1 MiB"):
        attachments.receive(blobs, "a.bin", source, 2**20)
    assert list(blobs) == []


async def test_a_person_s_files_take_only_so_much_and_the_same_counts_once(database, owner, alice, bob, settings):
    blobs, note = BlobStore(settings.blobs_dir), await write(database, alice, "House")

    async def attach(content: bytes, name: str = "a.bin") -> None:
        arrived = attachments.receive(blobs, name, io.BytesIO(content), 10_000)
        async with database.reading(alice.id) as connection:
            await attachments.attach_files(connection, alice.id, note, [arrived], 1000, show=False)

    await attach(b"x" * 600)
    await attach(b"x" * 600, "the same.bin")
    with pytest.raises(attachments.TooLarge, match="Your files would take more"):
        await attach(b"y" * 600)
    await attach(b"y" * 400)
    assert await names(owner, alice) == ["a.bin", "the same.bin", "a (2).bin"]


async def test_a_file_that_is_removed_can_be_had_back(alices, database, owner, alice):
    note = await write(database, alice, "House")
    href = (await send(alices, note, ("cat.png", picture()))).json()["files"][0]["href"]
    answer = await alices.post(f"{href.rpartition('/')[0]}/discard")
    assert (answer.headers["location"], said(answer)) == (f"/notes/{note}#files", "Moved to the trash.")
    assert "cat.png" not in (await alices.get(f"/notes/{note}", cookie="")).text.replace("hearth_said", "")
    await undo_action(database, alice.id, await last_action(owner, alice), KINDS)
    assert "cat.png" in (await alices.get(f"/notes/{note}")).text
    assert (await alices.post(f"{href.rpartition('/')[0]}/discard")).status_code == 303
    assert (await alices.post(f"{href.rpartition('/')[0]}/discard")).status_code == 404


async def test_a_removed_file_that_is_added_again_is_the_same_one(alices, database, owner, alice):
    note = await write(database, alice, "House")
    first = (await send(alices, note, ("cat.png", picture()))).json()["files"][0]["href"]
    await alices.post(f"{first.rpartition('/')[0]}/discard")
    assert (await send(alices, note, ("cat.png", picture()))).json()["files"][0]["href"] == first


async def test_removing_what_a_text_shows_says_that_it_stays(alices, database, alice):
    note = await write(database, alice, "House")
    href = (await send(alices, note, ("cat.png", picture()), show="1")).json()["files"][0]["href"]
    assert "a text still shows it" in said(await alices.post(f"{href.rpartition('/')[0]}/discard"))


async def test_a_renamed_file_is_still_shown_and_undo_takes_both_back(alices, database, owner, alice):
    text = "![[cat.png|300]] ![](img/cat.png) ![[cat.png.txt]] [[cat.png]]"
    note = await write(database, alice, "House", text)
    other = await write(database, alice, "Garden", "![[Cat.png]] cat.png")
    file = (await send(alices, note, ("cat.png", picture()))).json()["files"][0]["href"].rpartition("/")[0]
    assert (await alices.post(f"{file}/rename", {"name": "my tom"})).headers["location"] == f"/notes/{note}#files"

    async def text_of(note_id) -> str:
        return await owner.fetchval("select content from notes where id = $1", note_id)

    assert await names(owner, alice) == ["my tom.png"]
    assert await text_of(note) == "![[my tom.png|300]] ![](img/my%20tom.png) ![[cat.png.txt]] [[cat.png]]"
    assert await text_of(other) == "![[my tom.png]] cat.png"
    assert (await alices.get(f"/notes/{note}")).text.count("?width=960") == 2
    await undo_action(database, alice.id, await last_action(owner, alice), KINDS)
    assert (await names(owner, alice), await text_of(note)) == (["cat.png"], text)


async def test_a_name_that_another_file_has_is_refused(alices, database, owner, alice):
    note = await write(database, alice, "House")
    first = (await send(alices, note, ("a.png", picture()))).json()["files"][0]["href"].rpartition("/")[0]
    await send(alices, note, ("b.png", picture("blue")))
    assert "Another file of yours" in said(await alices.post(f"{first}/rename", {"name": "B.png"}))
    assert await names(owner, alice) == ["a.png", "b.png"]


async def test_bob_neither_adds_to_alices_note_nor_changes_her_files(alices, bobs, database, owner, alice, settings):
    note = await write(database, alice, "House")
    href = (await send(alices, note, ("cat.png", picture()))).json()["files"][0]["href"]
    assert (await send(bobs, note, ("mine.png", picture()))).status_code == 404
    file = href.rpartition("/")[0]
    for answer in (
        await bobs.get(href), await bobs.get(f"{href}?width=320"), await bobs.post(f"{file}/discard"),
        await bobs.post(f"{file}/rename", {"name": "mine.png"}),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert await names(owner, alice) == ["cat.png"]


async def test_bob_does_not_learn_from_an_upload_what_others_have(alices, bobs, database, alice, bob, settings):
    hers, his = await write(database, alice, "House"), await write(database, bob, "House")
    await send(alices, hers, ("cat.png", picture()))
    known, new = await send(bobs, his, ("cat.png", picture())), await send(bobs, his, ("dog.png", picture("blue")))
    shapes = [{key: type(value) for key, value in answer.json()["files"][0].items()} for answer in (known, new)]
    assert shapes[0] == shapes[1]
    assert known.json()["files"][0]["name"] == "cat.png"
    assert len(list(BlobStore(settings.blobs_dir))) == 2


async def test_an_address_shows_the_name_it_was_given(alices, database, alice):
    note = await write(database, alice, "House")
    href = (await send(alices, note, ("100% grün.txt", b"plain"))).json()["files"][0]["href"]
    disposition = (await alices.get(href)).headers["content-disposition"]
    assert unquote(disposition.partition("''")[2]) == "100% grün.txt"


def test_a_file_is_received_without_being_held_in_memory(settings):
    blobs = BlobStore(settings.blobs_dir)
    with tempfile.TemporaryFile() as source:
        source.truncate(64 * 2**20)
        tracemalloc.start()
        attachments.receive(blobs, "large.bin", source, 2**30)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 8 * 2**20


def test_a_full_disk_is_told_in_a_sentence(settings, monkeypatch):
    def fill(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(BlobStore, "put", fill)
    with pytest.raises(attachments.Unavailable, match="no room"):
        attachments.receive(BlobStore(settings.blobs_dir), "a.bin", io.BytesIO(b"x"), 10)


async def test_the_editor_s_addresses_hold_below_a_path(application, alices, database, alice):
    shared = application.dependencies["shared"].dependency()
    below = replace(shared, settings=replace(shared.settings, base_url="https://home.example.org/hearth/"))
    application.dependencies["shared"].dependency = lambda: below
    note = await write(database, alice, "House")
    file = (await send(alices, note, ("cat.png", picture()))).json()["files"][0]
    assert file["href"].startswith("/hearth/files/")
    assert file["thumbnail"] == f"{file['href']}?width=320"

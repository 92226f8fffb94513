"""Attachments are shown where a text names them, and to nobody else."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import settings as settings_for
from hypothesis import strategies as st

from app.core.text import fold
from app.ports.blobs import SENT, BlobStore
from app.ports.sniffing import HEAD, sniff_type
from tests.conftest import write
from tests.notes.test_attaching import send

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


async def attach(database, settings, person, name: str, media_type: str, content: bytes = PNG) -> str:
    blob = BlobStore(settings.blobs_dir).put(content)
    async with database.reading(person.id) as connection:
        file_id = await connection.fetchval(
            "insert into attachments (user_id, name, folded, path, sha256, size, media_type) "
            "values ($1, $2, $3, $2, $4, $5, $6) returning id",
            person.id, name, fold(name), blob.sha256, blob.size, media_type,
        )  # fmt: skip
    return f"/files/{file_id}/{name}"


@pytest.mark.parametrize("mark", ["![[cat.png]]", "![a cat](img/cat.png)"])
async def test_an_image_is_shown_in_every_note_that_names_it(alices, database, settings, alice, mark):
    href = await attach(database, settings, alice, "cat.png", "image/png")
    for title in ("One", "Two"):
        note = await write(database, alice, title, f"Look: {mark}")
        assert f'src="{href}"' in (await alices.get(f"/notes/{note}")).text
    answer = await alices.get(href)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PNG, "image/png")


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", "application/pdf"])
async def test_what_could_hold_a_script_is_only_downloaded(alices, database, settings, alice, media_type):
    href = await attach(database, settings, alice, "page.bin", media_type, b"<script>alert(1)</script>")
    answer = await alices.get(href)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_bob_gets_no_file_of_alice(bobs, database, settings, alice):
    assert (await bobs.get(await attach(database, settings, alice, "cat.png", "image/png"))).status_code == 404


NOTHING_RUNS = {
    "a page that says it is a picture": ("cat.png", b"<!doctype html><script>alert(1)</script>"),
    "a drawing with a script": ("cat.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "a drawing that says it is a picture": ("cat.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
    "a document with scripts of its own": ("a.pdf", b"%PDF-1.7 /JavaScript"),
    "a script": ("a.js", b"alert(1)"),
    "a page": ("a.html", b"<html><script>alert(1)</script>"),
    "a page in an archive": ("a.png", b"PK\x03\x04<html><script>"),
    "nothing that is known": ("a.png", bytes(range(256))),
}


@pytest.mark.parametrize("name", NOTHING_RUNS)
async def test_nothing_that_was_sent_runs_in_a_page(alices, database, alice, name):
    note = await write(database, alice, "House", f"![[{NOTHING_RUNS[name][0]}]]")
    file = (await send(alices, note, NOTHING_RUNS[name])).json()["files"][0]
    answer = await alices.get(file["href"])
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert file["thumbnail"] is None
    assert (await alices.get(file["href"] + "?width=320")).status_code == 404
    assert "<script>alert" not in (await alices.get(f"/notes/{note}")).text


async def test_a_picture_that_is_a_script_too_stays_a_picture(alices, database, alice):
    note = await write(database, alice, "House")
    both = b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)"
    answer = await alices.get((await send(alices, note, ("both.js", both))).json()["files"][0]["href"])
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == ("image/gif", "nosniff")


@settings_for(max_examples=100, deadline=None)
@given(head=st.binary(max_size=200), name=st.sampled_from(["a.png", "a.html", "a.svg", "a.docx", "a", "a.txt"]))
def test_whatever_the_bytes_are_they_have_a_type(head, name):
    assert "/" in sniff_type(head, name)
    for magic in (b"PK\x03\x04", b"RIFF", b"\x89PNG\r\n\x1a\n", b"<svg", b"II*\0", b"\0\0\0\x18ftyp"):
        assert "/" in sniff_type(magic + head, name)


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.docx", b"PK\x03\x04" + b"\0" * 40, WORD),
        ("a.bin", b"PK\x03\x04" + b"\0" * 40, "application/zip"),
        ("a.csv", b"a,b\n1,2\n", "text/csv"), ("a.png", b"words", "text/plain"),
        ("a.md", "Größe".encode(), "text/markdown"),
        ("cut.txt", b"x" * (HEAD - 1) + "ö".encode()[:1], "text/plain"), ("a.txt", b"a\0b", "application/octet-stream"),
        ("photo", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
    ],
)  # fmt: skip
def test_a_name_says_more_only_where_the_bytes_allow_it(name, content, media_type):
    assert sniff_type(content, name) == media_type


CONTENT = bytes(range(256)) * 10


@pytest.fixture
async def href(alices, database, settings, alice) -> str:
    return await attach(database, settings, alice, "data.bin", "application/octet-stream", CONTENT)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=2500-", 2500, 2560), ("bytes=-5", 2555, 2560),
     ("bytes=-9999", 0, 2560), ("bytes=2550-99999", 2550, 2560), ("Bytes = 1-2", 1, 3)],
)  # fmt: skip
async def test_a_part_of_a_file_can_be_had(alices, href, asked, start, end):
    answer = await alices.get(href, range=asked)
    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=2560-", "bytes=9999-10000", "bytes=-0"])
async def test_a_part_that_is_not_there_is_refused(alices, href, asked):
    answer = await alices.get(href, range=asked)
    assert (answer.status_code, answer.headers["content-range"], answer.content) == (416, "bytes */2560", b"")


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=0-1,5-6", "lines=0-1", "bytes=-", "bytes=a-b", f"bytes={10**40}"]
)
async def test_what_is_no_single_range_gets_the_whole(alices, href, asked):
    answer = await alices.get(href, range=asked)
    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_whoever_has_a_file_is_not_sent_it_again(alices, href):
    answer = await alices.get(href)
    tag = answer.headers["etag"]
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["accept-ranges"] == "bytes"
    for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        again = await alices.get(href, **{"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await alices.get(href, **{"if-none-match": '"x"'})).status_code == 200


async def test_a_part_is_sent_only_of_the_file_that_was_begun(alices, href):
    tag = (await alices.get(href)).headers["etag"]
    assert (await alices.get(href, **{"range": "bytes=0-1", "if-range": tag})).status_code == 206
    for other in ('"x"', f"W/{tag}", "Sun, 22 Nov 2026 00:00:00 GMT"):
        assert (await alices.get(href, **{"range": "bytes=0-1", "if-range": other})).status_code == 200


async def test_a_file_can_be_asked_about_without_its_bytes(alices, href):
    answer = await alices.http.head(href)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "2560")


async def test_a_file_whose_bytes_are_gone_is_not_found(alices, href, settings):
    blobs = BlobStore(settings.blobs_dir)
    blobs.delete(next(iter(blobs)).sha256)
    assert (await alices.get(href)).status_code == 404


async def test_a_large_file_is_sent_in_pieces(settings):
    content = os.urandom(SENT * 3 + 17)
    blobs = BlobStore(settings.blobs_dir)
    sha256 = blobs.put(content).sha256
    pieces = list(blobs.pieces(sha256, 5, len(content)))
    assert max(map(len, pieces)) == SENT
    assert b"".join(pieces) == content[5:]

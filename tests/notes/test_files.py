"""Attachments are shown where a text names them, and to nobody else."""

from __future__ import annotations

import pytest

from app.core.text import fold
from app.ports.blobs import BlobStore
from tests.conftest import write

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

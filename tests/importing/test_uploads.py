"""How things come here: in parts and in any order, by a plain form, within bounds, and by their owner alone."""

from __future__ import annotations

import io
import os
import random
import zipfile
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.core.errors import Invalid, NotFound, TooLarge
from app.importing.staging import Staging, give_up_uploads
from app.importing.uploads import PART, Uploads, WrongPlace

CONTENT = random.Random(7).randbytes(100_000)


@pytest.fixture
def staging(settings) -> Staging:
    return Staging(settings.imports_dir)


@pytest.fixture
def uploads(database, staging, alice) -> Uploads:
    return Uploads(database, staging, alice.id, 2**20)


async def state_of(rows, import_id: UUID) -> tuple[str, int]:
    (row,) = await rows("select state, received from imports where id = $1", import_id)
    return row["state"], row["received"]


@pytest.mark.parametrize("seed", range(8))
async def test_in_whatever_order_parts_come_the_whole_is_what_was_sent(uploads, staging, rows, seed):
    """A sender that loses answers, repeats itself and jumps about, but believes what it is told."""
    dice = random.Random(seed)
    import_id, here = await uploads.begin("a.zip", len(CONTENT), f"seed {seed}")
    sent = 0
    while here < len(CONTENT):
        offset = dice.choice(
            [here, here, here, max(0, here - dice.randrange(1, 9_000)), here + dice.randrange(1, 9_000)]
        )
        part = CONTENT[offset : offset + dice.randrange(1, 20_000)]
        try:
            after = await uploads.receive(import_id, offset, part)
            assert after == max(here, offset + len(part))
        except WrongPlace as error:
            assert offset != here
            after = error.offset
            assert after == here
        here, sent = after, sent + 1
        if here < len(CONTENT) and dice.random() < 0.2:  # the page is reloaded
            assert await uploads.begin("a.zip", len(CONTENT), f"seed {seed}") == (import_id, here)
    assert staging.path(import_id).read_bytes() == CONTENT
    assert await state_of(rows, import_id) == ("waiting", len(CONTENT))


async def test_what_the_disk_lost_is_asked_for_again(uploads, staging):
    import_id, _ = await uploads.begin("a.zip", 30_000, "x")
    await uploads.receive(import_id, 0, CONTENT[:20_000])
    os.truncate(staging.path(import_id), 5_000)
    assert await uploads.received(import_id) == 5_000
    with pytest.raises(WrongPlace) as told:
        await uploads.receive(import_id, 20_000, CONTENT[20_000:30_000])
    assert told.value.offset == 5_000


async def test_more_than_was_announced_is_refused(uploads, rows):
    import_id, _ = await uploads.begin("a.zip", 10)
    with pytest.raises(Invalid):
        await uploads.receive(import_id, 0, b"eleven byte")
    assert await state_of(rows, import_id) == ("uploading", 0)


async def test_all_that_waits_of_one_person_stays_within_the_limit(uploads, database, staging, bob):
    with pytest.raises(TooLarge, match="larger than the 1 MiB"):
        await uploads.begin("big.zip", 2**20 + 1)
    first, _ = await uploads.begin("half.zip", 2**19)
    await uploads.begin("half.zip", 2**19)
    with pytest.raises(TooLarge, match="what still waits"):
        await uploads.begin("drop.zip", 1)
    await Uploads(database, staging, bob.id, 2**20).begin("theirs.zip", 2**20)
    await uploads.cancel(first)
    await uploads.begin("drop.zip", 1)


async def test_staging_is_closed_to_others_and_gone_when_cancelled(uploads, staging, rows):
    import_id, _ = await uploads.begin("a.zip", 10)
    await uploads.receive(import_id, 0, b"12345")
    for path in (staging.root, staging.path(import_id).parent):
        assert path.stat().st_mode & 0o777 == 0o700
    assert staging.path(import_id).stat().st_mode & 0o777 == 0o600
    await uploads.cancel(import_id)
    assert staging.ids() == set()
    with pytest.raises(WrongPlace) as told:
        await uploads.receive(import_id, 5, b"67890")
    assert told.value.is_over
    assert (await state_of(rows, import_id))[0] == "cancelled"


async def test_an_upload_that_nobody_goes_on_with_is_given_up_after_a_week(
    uploads, staging, worker_database, owner, rows
):
    left, _ = await uploads.begin("left.zip", 10)
    fresh, _ = await uploads.begin("fresh.zip", 10)
    waiting, _ = await uploads.begin("waiting.zip", 5)
    orphan = uuid4()
    for import_id in (left, fresh, waiting, orphan):
        staging.write(import_id, 0, b"12345")
    await uploads.receive(waiting, 0, b"12345")
    await owner.execute("alter table imports no force row level security")
    old = datetime.now(UTC) - timedelta(days=8)
    await owner.execute("update imports set updated_at = $1 where id <> $2", old, fresh)
    await owner.execute("alter table imports force row level security")
    assert await give_up_uploads(worker_database, staging, datetime.now(UTC)) == 2
    assert staging.ids() == {fresh, waiting}
    assert (await state_of(rows, left))[0] == "cancelled"


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "text")
    return buffer.getvalue()


async def test_a_browser_sends_in_parts_and_is_told_where_it_is(alices, staging):
    begun = await alices.post("/imports", {"name": "my notes.zip", "size": "20", "fingerprint": "f"})
    assert begun.status_code == 201
    where = f"/imports/{begun.json()['id']}"

    async def send(offset: str, content: bytes):
        return await alices.http.post(
            f"{where}/part?offset={offset}", content=content, headers={"x-csrftoken": alices.csrf}
        )

    assert (await send("0", b"0123456789")).json() == {"offset": 10}
    assert (await send("0", b"0123456789")).json() == {"offset": 10}
    wrong = await send("15", b"01234")
    assert (wrong.status_code, wrong.json()) == (409, {"offset": 10, "over": False})
    assert (await alices.get(f"{where}/part")).json() == {"offset": 10}
    for odd in ("", "-1", "²", "1e3", "9" * 40):
        assert (await send(odd, b"x")).status_code == 400
    assert (await send("10", bytes(PART + 1))).status_code == 413
    assert (await send("10", b"x" * 11)).status_code == 422
    page = await alices.get(where)
    assert "50 % of it is here" in page.text
    assert "my notes.zip" in (await alices.get("/import")).text
    no_token = await alices.http.post(f"{where}/part?offset=10", content=b"0123456789")
    assert no_token.status_code == 403


@pytest.mark.parametrize("size", ["", "0", "-3", "many", "9" * 30])
async def test_an_upload_without_a_sensible_size_is_refused(alices, size):
    answer = await alices.post("/imports", {"name": "a.zip", "size": size})
    assert answer.status_code in (400, 413)
    assert answer.json()["problem"]


async def test_a_form_without_javascript_brings_a_zip_or_loose_files(alices, staging, rows):
    token = {"_csrf_token": alices.csrf}
    sent = zipped("a.md")
    answer = await alices.http.post("/imports/files", data=token, files={"files": ("mine.zip", sent)})
    assert answer.status_code == 303
    import_id = UUID(answer.headers["location"].rpartition("/")[2])
    assert staging.path(import_id).read_bytes() == sent
    assert (await state_of(rows, import_id))[0] == "waiting"
    loose = [("files", (name, b"text")) for name in ("a.md", "a.md", "../../up.md", "y" * 1_500 + ".md")]
    answer = await alices.http.post("/imports/files", data=token, files=loose)
    import_id = UUID(answer.headers["location"].rpartition("/")[2])
    with zipfile.ZipFile(staging.path(import_id)) as archive:
        assert archive.namelist() == ["a.md", "a (2).md", "../../up.md", "y" * 1_500 + ".md"]
    (row,) = await rows("select name from imports where id = $1", import_id)
    assert row["name"] == "4 files"


async def test_a_form_without_a_file_or_with_too_much_says_so(alices, staging, monkeypatch):
    token = {"_csrf_token": alices.csrf}
    empty = await alices.http.post("/imports/files", data=token, files={"files": ("", b"")})
    assert (empty.status_code, "No file was chosen" in empty.text) == (422, True)
    monkeypatch.setattr(Staging, "has_room", lambda *_: False)
    full = await alices.http.post("/imports/files", data=token, files={"files": ("a.md", b"text")})
    assert (full.status_code, "no room" in full.text) == (422, True)
    assert staging.ids() == set()


async def test_bob_reaches_nothing_of_what_alice_brings(uploads, database, staging, alices, bobs, bob, rows):
    import_id, _ = await uploads.begin("secret.zip", 10, "same")
    theirs = Uploads(database, staging, bob.id, 2**20)
    for attempt in (theirs.received(import_id), theirs.receive(import_id, 0, b"x"), theirs.cancel(import_id)):
        with pytest.raises(NotFound):
            await attempt
    own, _ = await theirs.begin("secret.zip", 10, "same")
    assert own != import_id
    assert "secret.zip" in (await alices.get(f"/imports/{import_id}")).text
    assert (await bobs.get(f"/imports/{import_id}")).status_code == 404
    assert await state_of(rows, import_id) == ("uploading", 0)


async def test_a_newcomer_is_asked_what_to_bring(alices):
    page = await alices.get("/welcome")
    assert page.status_code == 200
    assert 'href="/import"' in page.text

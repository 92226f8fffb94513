"""What a person sees of it, and what they say."""

from __future__ import annotations

import pytest

from app.core.sealing import unseal
from tests.conftest import work_through, write
from tests.ports.model_server import KEY
from tests.privacy.test_sending import CARD, HEALTH, question

PAGE = "/settings/language-model"


async def test_without_a_model_nothing_was_ever_sent(alices):
    page = (await alices.get("/privacy")).text
    assert "No language model is chosen" in page and "Nothing was ever sent" in page and "may_leave" not in page


async def test_each_call_says_what_it_sent_where_by_what_it_is_called_now(
    alices, bobs, sender, choose, server, database, alice
):
    await choose(local=False)
    kept, gone = await write(database, alice, "Kiln"), await write(database, alice, "Secret glaze")
    await sender.ask(alice.id, question(kept, gone))
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set title = 'Oven' where id = $1", kept)
        await connection.execute("delete from notes where id = $1", gone)
    page = (await alices.get("/privacy")).text
    assert "outside of this house" in page and "1 call, 2 records" in page
    assert f'href="/notes/{kept}">Oven' in page and "a record that is gone" in page
    assert "Kiln" not in page and "Secret glaze" not in page
    assert "It left the house 1 time." in (await alices.get(f"/records/{kept}/privacy")).text
    theirs = (await bobs.get("/privacy")).text
    assert "Oven" not in theirs and "Nothing was ever sent" in theirs
    assert (await bobs.get(f"/records/{kept}/privacy")).status_code == 404


async def test_a_long_list_goes_on(alices, owner, alice):
    await owner.execute(
        "insert into model_calls (user_id, purpose, provider, model, host, is_local, at) "
        "select $1, 'telling', 'ollama', 'model-' || n, 'nas', true, now() - n * interval '1 minute' "
        "from generate_series(1, 45) n", alice.id,
    )  # fmt: skip
    page = (await alices.get("/privacy")).text
    assert "model-40 " in page and "model-41 at nas, in this house</p>" not in page
    later = page.partition('href="/privacy?before=')[2].partition('"')[0]
    assert "model-41 " in (await alices.get(f"/privacy?before={later}")).text
    assert (await alices.get("/privacy?before=no")).status_code == 400


async def test_what_may_leave_is_said_here(alices, choose, owner):
    await choose(local=False, leave="nothing")
    assert "Nothing of yours is sent there" in (await alices.get("/privacy")).text
    await alices.post("/privacy", {"may_leave": "high"})
    assert await owner.fetchval("select may_leave from users") == "high"
    assert (await alices.post("/privacy", {"may_leave": "everything"})).status_code == 400
    assert await owner.fetchval("select may_leave from users") == "high"


async def test_what_is_delicate_is_listed_with_its_reason(alices, database, reactor, alice):
    note = await write(database, alice, "Card", CARD)
    await write(database, alice, "Health", HEALTH)
    await work_through(reactor)
    page = (await alices.get("/privacy")).text
    assert "critical · it holds the number of a payment card" in page and "high · it holds numbers" in page
    assert page.index("Card<") < page.index("Health<")
    await alices.post(f"/records/{note}/privacy", {"level": "normal"})
    assert "payment card ·" not in (page := (await alices.get("/privacy")).text) and "Card<" not in page


@pytest.mark.parametrize("level", ["low", "normal", "high", "critical"])
async def test_a_person_s_word_sticks_and_can_be_undone(alices, database, reactor, owner, alice, level):
    note = await write(database, alice, "Card", CARD)
    path = f"/records/{note}/privacy"
    assert "it holds the number of a payment card" in (await alices.get(path)).text
    await alices.post(path, {"level": level})
    assert await owner.fetchval("select sensitivity from records where id = $1", note) == level
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = content || ' and ' || $2 where id = $1", note, CARD)
    await work_through(reactor)
    page = (await alices.get(path)).text
    assert "you said so" in page and f'value="{level}" selected' in page
    if level != "normal":
        action = await owner.fetchval("select action_id from change_log where columns = '{sensitivity}'")
        await alices.post(f"/history/{action}/undo")
        assert "it holds the number of a payment card" in (await alices.get(path)).text
        await alices.post(path, {"level": level})
    await alices.post(path, {"level": ""})
    assert "it holds the number of a payment card" in (await alices.get(path)).text
    assert await owner.fetchval("select sensitivity from records where id = $1", note) == "normal"


async def test_bob_and_nonsense_change_nothing(alices, bobs, database, owner, alice):
    note = await write(database, alice, "Card", CARD)
    path = f"/records/{note}/privacy"
    assert (await bobs.post(path, {"level": "low"})).status_code == 404
    assert (await bobs.post(path, {"level": "nonsense"})).status_code == 404
    assert (await alices.post(path, {"level": "nonsense"})).status_code == 400
    assert await owner.fetchval("select count(*) from sensitivity_choices") == 0


def form(server, **fields: str) -> dict[str, str]:
    return {"provider": "ollama", "address": server.address, "name": "a-model", "timeout_seconds": "5", **fields}


async def test_a_model_is_tried_chosen_and_given_up(alices, owner, settings, server):
    tried = await alices.post(f"{PAGE}/try", form(server, key=KEY))
    assert tried.status_code == 200 and "It answers “hearth”" in tried.text and KEY not in tried.text
    assert not await owner.fetchval("select count(*) from language_model")
    answer = await alices.post(PAGE, form(server, key=KEY, price_in="0,15", price_out="0.6"))
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    row = await owner.fetchrow("select * from language_model")
    assert (row["is_local"], float(row["price_in"]), float(row["price_out"])) == (True, 0.15, 0.6)
    assert KEY not in str(row) and unseal(settings, row["sealed_key"]) == KEY
    page = (await alices.get(PAGE)).text
    assert "a-model" in page and KEY not in page
    # A key that is not typed again is the one that is known there.
    await alices.post(PAGE, form(server, name="other"))
    assert server.asked[-1].key == f"Bearer {KEY}"
    logged = (await alices.get("/privacy")).text
    assert "To try the model" in logged
    await alices.post(f"{PAGE}/give-up")
    assert not await owner.fetchval("select count(*) from language_model")


async def test_what_does_not_answer_is_not_taken_and_what_was_typed_stays(alices, owner, server):
    server.hows = ["401"]
    page = await alices.post(PAGE, form(server, name="mine"))
    assert page.status_code == 422 and "the key was refused" in page.text and 'value="mine"' in page.text
    assert not await owner.fetchval("select count(*) from language_model")


@pytest.mark.parametrize(
    ("name", "value"),
    [("provider", "telnet"), ("address", "ftp://a"), ("address", "http://me:secret@host"), ("address", ""),
     ("name", ""), ("name", "a\x07b"), ("timeout_seconds", "0"), ("timeout_seconds", "long"), ("key", "é"),
     ("price_in", "dear"),
     ("price_in", "-1"), ("price_out", "NaN"), ("price_out", "1e9")],
)  # fmt: skip
async def test_what_cannot_be_used_is_told_at_its_field(alices, owner, server, name, value):
    page = await alices.post(PAGE, form(server, **{name: value}))
    assert page.status_code == 422 and not server.asked
    assert not await owner.fetchval("select count(*) from language_model")


async def test_only_who_looks_after_the_house_may_choose(bobs, owner, server):
    for answer in (await bobs.get(PAGE), await bobs.post(PAGE, form(server)), await bobs.post(f"{PAGE}/give-up"),
                   await bobs.post(f"{PAGE}/try", form(server))):  # fmt: skip
        assert answer.status_code == 404
    assert not server.asked


async def test_whoever_chooses_a_model_outside_means_their_own_notes_alone(alices, owner, server, bob, monkeypatch):
    # The scripted server stands on this machine; the house is told otherwise.
    monkeypatch.setattr("app.privacy.choosing.leaves_the_house", lambda _address: True)
    await alices.post(PAGE, form(server))
    rows = {row["role"]: row["may_leave"] for row in await owner.fetch("select role, may_leave from users")}
    assert rows == {"owner": "normal", "member": "nothing"}

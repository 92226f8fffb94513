"""A model of meaning outside of the house: what reaches it, by the bytes that arrive, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.kinds import KINDS
from app.ports.embedding import WordHashEmbedder
from app.ports.models import Models
from app.privacy.reading import MeaningDoor
from app.reactions import Reactor
from app.search.filling import fill_models
from tests.conftest import work_through, write
from tests.ports.test_remote import Provider, provider_server

CARD = "Pay with 4111 1111 1111 1111, it is the blue one."
HEALTH = "HbA1c 6.4 % this time."
CHOOSE = """
insert into embedding_models (provider, address, name, dimensions, state) values ('ollama', $1, 'a-reader', 64, $2)"""
WITHHELD = "select r.title from withheld_texts w join records r on r.id = w.record_id order by 1"


@pytest.fixture
def server() -> Iterator[Provider]:
    with provider_server() as provider:
        yield provider


@pytest.fixture
def models() -> Models:
    return Models(WordHashEmbedder(), door=MeaningDoor(KINDS))


@pytest.fixture
def reader(worker_database, models) -> Reactor:
    return Reactor(worker_database, models, "tests")


@pytest.fixture
def asking(application, models) -> None:
    """The web server asks the same model."""
    given = application.dependencies["shared"]
    shared = replace(given.dependency(), models=models)
    given.dependency = lambda: shared


@pytest.fixture
def choose(owner, server, monkeypatch):
    """Outside of the house, as far as the house knows; `leave` is what its people let go there."""

    async def choose_model(leave: str, *, state: str = "active", local: bool = False) -> None:
        monkeypatch.setattr("app.ports.leaving.leaves_the_house", lambda _address: not local)
        await owner.execute(CHOOSE, server.address, state)
        await owner.execute("update users set may_leave = $1", leave)

    return choose_model


def sent(server: Provider) -> str:
    return "\n".join(text for _path, asked, _key in server.asked for text in asked["input"])


async def withheld(owner) -> list[str]:
    return [row[0] for row in await owner.fetch(WITHHELD)]


async def calls(owner):
    return await owner.fetch("select * from model_calls order by at, id")


@pytest.mark.parametrize("leave", ["nothing", "normal", "high"])
async def test_nothing_critical_is_read_outside_and_of_the_rest_what_its_person_lets(
    choose, reader, server, database, owner, alice, leave
):
    await choose(leave)
    kiln = await write(database, alice, "Kiln", "Cool it slowly.")
    await write(database, alice, "Card", CARD)
    await write(database, alice, "Blood", HEALTH)
    await work_through(reader)
    words = sent(server)
    assert ("Cool it slowly" in words) is (leave != "nothing")
    assert ("HbA1c" in words) is (leave == "high")
    assert "4111" not in words
    assert set(await withheld(owner)) >= {"Card"}
    assert not await owner.fetchval("select count(*) from pipeline"), "nobody waits for what stays"
    for call in await calls(owner):
        assert (call["purpose"], call["state"], call["is_local"]) == ("meaning", "answered", False)
        assert call["tokens_in"] > 0 and "Kiln" not in str(call)
    told = {record for call in await calls(owner) for record in call["record_ids"]}
    assert (kiln in told) is (leave != "nothing")


async def test_a_chosen_model_answers_though_some_texts_stay(
    choose, reactor, worker_database, models, server, database, owner, alice
):
    await write(database, alice, "Kiln", "Cool it slowly.")
    for number in range(4):
        await write(database, alice, f"Card {number}", f"{CARD} Number {number}.")
    await work_through(reactor)
    await choose("normal", state="filling")
    await fill_models(worker_database, models)
    row = await owner.fetchrow("select state, texts, filled from embedding_models where name = 'a-reader'")
    # The note, and each person's own contact: what stays is not waited for, and is no refusal either.
    assert row["state"] == "active" and row["texts"] == row["filled"] > 0
    assert "Cool it slowly" in sent(server) and "4111" not in sent(server)
    assert await withheld(owner) == [f"Card {number}" for number in range(4)]


async def test_what_stays_is_looked_at_again_when_its_person_says_otherwise(
    choose, reader, server, database, owner, alices, alice
):
    await choose("normal")
    blood, card = await write(database, alice, "Blood", HEALTH), await write(database, alice, "Card", CARD)
    kiln = await write(database, alice, "Kiln", "Cool it slowly.")
    await alices.post(f"/records/{kiln}/privacy", {"level": "critical"})
    await work_through(reader)
    assert "Cool it" not in sent(server) and await withheld(owner) == ["Blood", "Card", "Kiln"]
    await alices.post(f"/records/{kiln}/privacy", {"level": ""})
    await alices.post("/privacy", {"may_leave": "high"})
    await work_through(reader)
    assert "Cool it slowly" in sent(server) and "HbA1c" in sent(server) and "4111" not in sent(server)
    await alices.post(f"/records/{card}/privacy", {"level": "normal"})
    await work_through(reader)
    assert "4111" in sent(server) and await withheld(owner) == []
    page = (await alices.get(f"/records/{blood}/privacy")).text
    assert "It left the house once." in page or "It left the house 1 time." in page


async def test_a_text_that_loses_its_number_is_read(choose, reader, server, database, owner, alice):
    await choose("normal")
    note = await write(database, alice, "Card", CARD)
    await work_through(reader)
    assert await withheld(owner) == ["Card"]
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = 'It lies in the drawer.' where id = $1", note)
    await work_through(reader)
    assert "drawer" in sent(server) and "4111" not in sent(server) and await withheld(owner) == []


async def test_a_question_goes_by_the_same_rule(choose, reader, server, asking, database, owner, alices, alice):
    await choose("normal")
    await write(database, alice, "Kiln", "Cool it slowly.")
    await work_through(reader)
    server.asked.clear()
    page = (await alices.get("/search?q=4111+1111+1111+1111")).text
    assert "This question stays in the house" in page and not server.asked
    await alices.get("/search?q=slowly")
    assert sent(server) == "slowly" and (await calls(owner))[-1]["purpose"] == "question"
    page = (await alices.get("/privacy")).text
    assert "A question of yours, for its meaning" in page and "slowly" not in page
    await alices.post("/privacy", {"may_leave": "nothing"})
    page = (await alices.get("/search?q=kiln")).text
    assert "stays in the house" in page and "Kiln" in page and sent(server) == "slowly"


async def test_a_question_without_an_answer_is_told_and_words_answer(
    choose, reader, server, asking, database, owner, alices, alice
):
    await choose("normal")
    await write(database, alice, "Kiln", "Cool it slowly.")
    await work_through(reader)
    server.how = "NaN"
    page = (await alices.get("/search?q=kiln")).text
    assert "Meaning does not answer just now" in page and "Kiln" in page
    call = (await calls(owner))[-1]
    assert (call["purpose"], call["state"], call["error"]) == ("question", "failed", "EmbeddingError")


async def test_a_machine_of_the_house_reads_all_and_is_told_of_by_totals(
    choose, reader, server, database, owner, alices, alice
):
    await choose("nothing", local=True)
    await write(database, alice, "Card", CARD)
    await work_through(reader)
    assert "4111" in sent(server) and await withheld(owner) == []
    assert all(call["is_local"] for call in await calls(owner))
    page = (await alices.get("/privacy")).text
    assert "a-reader at 127.0.0.1" in page and "in this house" in page and "To read for their meaning" not in page


async def test_where_nobody_watches_the_door_nothing_leaves(choose, worker_database, server, database, owner, alice):
    await choose("high")
    await write(database, alice, "Kiln", "Cool it slowly.")
    await work_through(Reactor(worker_database, Models(WordHashEmbedder()), "tests"))
    assert not server.asked and not await calls(owner)


async def test_bob_s_wish_is_his_own(choose, reader, server, database, owner, alice, bob):
    await choose("nothing")
    await owner.execute("update users set may_leave = 'normal' where id = $1", bob.id)
    await write(database, alice, "Kiln", "Cool it slowly.")
    await write(database, bob, "Boat", "Paint the hull.")
    await work_through(reader)
    assert "Paint the hull" in sent(server) and "Cool it" not in sent(server)


async def test_the_page_behind_a_link_is_judged_with_it(choose, reader, server, database, owner, alice):
    """Nothing of a record's own words is delicate; what would be sent besides them is."""
    await choose("normal")
    url = "https://kiln.example/a"
    async with database.reading(alice.id) as connection:
        link = await connection.fetchval(
            "insert into bookmarks (user_id, url, normal_url, title) values (app_user_id(), $1, $1, 'Shop') "
            "returning id",
            url,
        )
    await owner.execute(
        "insert into link_pages (record_id, user_id, url, host, state, text, read_at) "
        "values ($1, $2, $3, 'kiln.example', 'done', $4, now()) "
        "on conflict (record_id) do update set state = 'done', text = excluded.text",
        link, alice.id, url, CARD,
    )  # fmt: skip
    await work_through(reader)
    assert "4111" not in sent(server) and "Shop" in await withheld(owner)

"""Models follow each other: the new one reads in the background, one always answers, and nothing is read twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.chores import forget_models
from app.core.pipeline import count_work
from app.core.sealing import Unreadable
from app.kinds import KINDS
from app.ports.embedding import ModelAway, WordHashEmbedder
from app.ports.models import Models, Question, switch_model
from app.reactions import Reactor
from app.search import filling
from app.search.calibrating import PAIRS
from app.search.filling import close_gaps, fill_models
from app.search.finding import find
from tests.conftest import work_through, write

PROBES = {text for pair in PAIRS for text in pair}


class Other(WordHashEmbedder):
    """A second model of other dimensions that counts what it reads, and fails as told."""

    name = "another"
    dimensions = 32

    def __init__(self) -> None:
        self.read: list[str] = []
        self.refuses = ""
        self.away, self.pause = 0, 0.01
        self.breaks_after: int | None = None

    def embed_documents(self, texts):
        if self.away:
            self.away -= 1
            raise ModelAway("another: too many requests for now.", pause=self.pause)
        if self.refuses and any(self.refuses in text for text in texts):
            raise ValueError("no such text")
        if self.breaks_after is not None and len(self.read) >= self.breaks_after:
            raise asyncio.CancelledError
        self.read += [text for text in texts if text not in PROBES]
        vectors = super().embed_documents(texts)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def first() -> WordHashEmbedder:
    return WordHashEmbedder()


async def choose(worker_database, embedder) -> Models:
    """As Settings do it, for a model that stands in this process."""
    models = Models(embedder)
    async with worker_database.anonymous() as connection:
        await models.follow_setting(connection)
    return models


async def states(owner) -> dict[str, str]:
    return dict(await owner.fetch("select name, state from embedding_models"))


async def ask(database, person, models: Models, q: str) -> list[str]:
    async with database.reading(person.id) as connection:
        model = await models.answering(connection)
        assert model
        question = Question(model.id, model.embedder.embed_query(q))
        answer = await find(connection, q, KINDS, datetime.now(UTC), "UTC", question, by_words=False)
    return [row["title"] for row in answer.rows]


async def test_a_chosen_model_fills_up_while_the_old_one_answers(database, worker_database, reactor, owner, alice, bob):
    for person in (alice, bob):
        for title in ("Bread", "Harbour"):
            await write(database, person, title)
    await work_through(reactor)
    other = Other()
    models = await choose(worker_database, other)
    assert await states(owner) == {"word-hash": "active", "another": "filling"}
    assert await ask(database, alice, Models(WordHashEmbedder()), "bread") == ["Bread"]
    await fill_models(worker_database, models)
    assert await states(owner) == {"word-hash": "retired", "another": "active"}
    assert await ask(database, alice, models, "bread") == ["Bread"]
    row = await owner.fetchrow("select texts, filled, trouble from embedding_models where name = 'another'")
    # Two notes each, and each one's own contact.
    assert tuple(row) == (6, 6, "")
    assert len(other.read) == 7, "each text once, and the question"


async def test_a_text_is_read_once_whoever_of_one_s_records_has_it(database, worker_database, alice):
    other = Other()
    reactor = Reactor(worker_database, Models(other), "tests")
    for _ in range(3):
        await write(database, alice, "Bread", "rye and salt")
        await work_through(reactor)
    note = await write(database, alice, "Kept", "one\n\n# Two\n\n" + "two " * 300 + "\n\n# Three\n\n" + "three " * 300)
    await work_through(reactor)
    counts = [len(other.read)]
    for text in ("new words instead", None):
        async with database.reading(alice.id) as connection:
            content = await connection.fetchval("select content from notes where id = $1", note)
            changed = content.replace("one", text) if text else content.replace("new words instead", "one")
            await connection.execute("update notes set content = $2 where id = $1", note, changed)
        await work_through(reactor)
        counts.append(len(other.read))
    assert len([text for text in other.read if "rye" in text]) == 1
    whole, changed, undone = counts[0] - 2, counts[1] - counts[0], counts[2] - counts[1]
    assert 0 < changed < whole, "an edit costs the passages that it touches"
    assert undone == 0, "and its undoing nothing"


async def test_interrupted_it_goes_on_where_it_was(database, worker_database, reactor, owner, alice, monkeypatch):
    monkeypatch.setattr(filling, "AT_ONCE", 4)
    for number in range(20):
        await write(database, alice, f"Note {number}")
    await work_through(reactor)
    other = Other()
    models = await choose(worker_database, other)
    other.breaks_after = 8
    with pytest.raises(asyncio.CancelledError):
        await fill_models(worker_database, models)
    assert (await states(owner))["another"] == "filling"
    other.breaks_after = None
    await fill_models(worker_database, Models(other))
    assert (await states(owner))["another"] == "active"
    assert sorted(other.read) == sorted(set(other.read)), "nothing was read twice"


async def test_a_pause_stops_it_and_giving_up_leaves_the_old_one(database, worker_database, reactor, owner, alice):
    await write(database, alice, "Bread")
    await work_through(reactor)
    other = Other()
    models = await choose(worker_database, other)
    await owner.execute("update users set role = 'owner' where id = $1", alice.id)
    async with database.reading(alice.id) as connection:
        model_id = await connection.fetchval("select id from embedding_models where state = 'filling'")
        assert await connection.fetchval("select gate_steer_model($1, 'pause')", model_id)
    await fill_models(worker_database, models)
    assert other.read == []
    async with database.reading(alice.id) as connection:
        assert await connection.fetchval("select gate_steer_model($1, 'cancel')", model_id)
    await fill_models(worker_database, models)
    assert await states(owner) == {"word-hash": "active", "another": "retired"}


async def test_a_member_steers_nothing(database, worker_database, reactor, owner, bob):
    await write(database, bob, "Bread")
    await work_through(reactor)
    await choose(worker_database, Other())
    await owner.execute("update users set role = 'member' where id = $1", bob.id)
    async with database.reading(bob.id) as connection:
        model_id = await connection.fetchval("select id from embedding_models where state = 'filling'")
        assert not await connection.fetchval("select gate_steer_model($1, 'cancel')", model_id)
        chosen = await connection.fetchval(
            "select gate_choose_model('ollama', 'http://a', 'm', 3, '', '', '', false, 1::smallint, 1::smallint)"
        )
        assert chosen is None
    assert (await states(owner))["another"] == "filling"


async def test_what_two_people_have_that_is_refused_ends_too(database, worker_database, reactor, owner, alice, bob):
    for person in (alice, bob):
        for title in ("Poison", *(f"Note {number}" for number in range(12))):
            await write(database, person, title)
    await work_through(reactor)
    other = Other()
    other.refuses = "Poison"
    await fill_models(worker_database, await choose(worker_database, other))
    assert (await states(owner))["another"] == "active"


async def test_a_model_that_is_away_is_asked_again_and_what_it_refuses_is_left_to_words(
    database, worker_database, reactor, owner, alice
):
    titles = [f"Note {number}" for number in range(12)]
    for title in ("Poison", *titles):
        await write(database, alice, title)
    await work_through(reactor)
    other = Other()
    other.away, other.refuses = 2, "Poison"
    models = await choose(worker_database, other)
    await fill_models(worker_database, models)
    assert (await states(owner))["another"] == "active"
    assert sorted(other.read) == sorted(["Alice", "Hearth", *titles]), "it was asked for a plain word between"


async def test_a_model_that_reads_nothing_never_answers(database, worker_database, reactor, owner, alice, monkeypatch):
    waits = 0

    async def wait(_database, model, _seconds):
        nonlocal waits
        waits += 1
        if waits == 3:
            await owner.execute("update embedding_models set is_paused = true where id = $1", model.id)

    monkeypatch.setattr(filling, "_wait", wait)
    for title in ("Bread", "Brioche"):
        await write(database, alice, title)
    await work_through(reactor)
    other = Other()
    other.refuses = "e"
    await fill_models(worker_database, await choose(worker_database, other))
    assert await states(owner) == {"word-hash": "active", "another": "filling"}
    assert "reads nothing" in await owner.fetchval("select trouble from embedding_models where name = 'another'")


async def test_what_was_written_without_a_model_is_read_by_the_first_one(database, worker_database, owner, alice):
    await write(database, alice, "Bread")
    await work_through(Reactor(worker_database, Models(None), "tests"))
    assert await owner.fetchval("select count(*) from passages where text = 'Bread'") == 1
    other = Other()
    models = Models(other)
    async with worker_database.anonymous() as connection:
        await models.ensure_answering(connection)
    await close_gaps(worker_database, models)
    assert await ask(database, alice, models, "bread") == ["Bread"]


async def test_a_model_that_refuses_a_great_part_never_answers(database, worker_database, reactor, owner, alice):
    for title in ("Bread", "Brioche"):
        await write(database, alice, title)
    await work_through(reactor)
    other = Other()
    other.refuses = "Br"
    await fill_models(worker_database, await choose(worker_database, other))
    assert await states(owner) == {"word-hash": "active", "another": "filling"}
    row = await owner.fetchrow("select is_paused, trouble from embedding_models where name = 'another'")
    assert tuple(row) == (True, "It refuses 2 of 3 texts.")


async def test_only_one_model_can_answer(owner, database, worker_database, reactor, alice):
    await write(database, alice, "Bread")
    await work_through(reactor)
    await choose(worker_database, Other())
    async with worker_database.anonymous() as connection:
        filling_id = await connection.fetchval("select id from embedding_models where state = 'filling'")
        assert await switch_model(connection, filling_id)
        assert not await switch_model(connection, filling_id), "it answers already"
    assert [row[0] for row in await owner.fetch("select id from embedding_models where state = 'active'")] == [
        filling_id
    ]


async def test_while_the_answering_model_is_away_nothing_is_parked(database, worker_database, owner, alice):
    other = Other()
    reactor = Reactor(worker_database, Models(other), "tests")
    await write(database, alice, "Bread")
    other.pause = 60
    for _ in range(8):
        other.away = 1
        await owner.execute("update pipeline set due_at = now()")
        await work_through(reactor)
    assert (await count_work(owner))["index"] == {"waiting": 2, "parked": 0}
    await owner.execute("update pipeline set due_at = now()")
    await work_through(reactor)
    assert await owner.fetchval("select count(*) from vectors") == 2


async def test_a_key_that_does_not_open_any_more_is_told_and_parks_nothing(
    database, worker_database, reactor, owner, alice
):
    def refuse(sealed):
        raise Unreadable("The key was sealed in another data directory; type it again.")

    await write(database, alice, "Bread")
    await work_through(reactor)
    await owner.execute(
        "insert into embedding_models (provider, address, name, dimensions, sealed_key, state) "
        "values ('ollama', 'http://127.0.0.1:9', 'away', 8, 'sealed', 'filling')"
    )
    models = Models(WordHashEmbedder(), refuse)
    await fill_models(worker_database, models)
    assert "type it again" in await owner.fetchval("select trouble from embedding_models where name = 'away'")
    await owner.execute("update embedding_models set state = case name when 'away' then 'active' else 'retired' end")
    await write(database, alice, "Brioche")
    await work_through(Reactor(worker_database, models, "tests"))
    assert (await count_work(owner))["index"] == {"waiting": 1, "parked": 0}


async def test_own_words_are_read_before_a_backlog(database, worker_database, reactor, owner, alice):
    async with database.reading(alice.id, "import") as connection:
        await connection.executemany(
            "insert into notes (user_id, title) values ($1, $2)", [(alice.id, f"Brought {n}") for n in range(100)]
        )
    await write(database, alice, "Mine")
    while await reactor.run_batch("index", own_only=True):
        continue
    assert sorted(row[0] for row in await owner.fetch("select text from passages")) == ["Alice", "Mine"]
    assert await owner.fetchval("select count(*) from pipeline where slot = 'index'") == 100


async def test_the_night_drops_models_given_up_and_what_nobody_says_any_more(
    database, worker_database, reactor, owner, alice, tmp_path
):
    kept, gone = await write(database, alice, "Kept"), await write(database, alice, "Gone")
    await work_through(reactor)
    await fill_models(worker_database, await choose(worker_database, Other()))
    assert await owner.fetchval("select count(*) from vectors") == 6
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set title = 'Changed' where id = $1", gone)
    await work_through(Reactor(worker_database, Models(Other()), "tests"))
    house = type("House", (), {"database": worker_database})()
    now = datetime.now(UTC)
    await forget_models(house, now)
    counts = dict(
        await owner.fetch(
            "select m.name, count(*) from vectors v join embedding_models m on m.id = v.model_id group by 1"
        )
    )
    assert counts == {"word-hash": 2, "another": 3}, "what was said before the change is forgotten"
    await forget_models(house, now + timedelta(days=8))
    assert await states(owner) == {"another": "active"}
    assert kept

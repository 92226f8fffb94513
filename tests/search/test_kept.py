"""What is kept of searches: a question's vector once, queries under a name, the last ones only of who wants it."""

from __future__ import annotations

from app.ports.embedding import WordHashEmbedder
from app.ports.models import Model
from app.search.kept import MOST_VECTORS, embed_query
from tests.conftest import work_through, write


class Counting(WordHashEmbedder):
    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_query(self, text):
        self.asked.append(text)
        return super().embed_query(text)


async def test_a_question_is_read_by_the_model_once(database, alice, bob):
    model = Counting()
    for person in (alice, alice, bob):
        async with database.reading(person.id) as connection:
            question = await embed_query(connection, Model(1, model), "where is the harbour")
            assert abs(question.vector - WordHashEmbedder().embed_query("where is the harbour")).max() < 1e-3
    assert len(model.asked) == 2, "a person's own is found again, another's is not looked at"


async def test_another_model_s_vector_answers_for_none(database, alice):
    first, second, third = Counting(), Counting(), Counting()
    for model in (Model(1, first), Model(2, second), Model(2, third, query_prefix="query: ")):
        async with database.reading(alice.id) as connection:
            await embed_query(connection, model, "harbour")
    assert [len(model.asked) for model in (first, second, third)] == [1, 1, 1]


async def test_the_cache_has_an_end(database, alice):
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into semantic_cache (user_id, query_hash, embedding, used_at) "
            "select $1, sha256(n::text::bytea), '[1,2]', now() - n * interval '1 minute' from generate_series(1, $2) n",
            alice.id, MOST_VECTORS + 50,
        )  # fmt: skip
        await embed_query(connection, Model(1, WordHashEmbedder()), "one more")
        assert await connection.fetchval("select count(*) from semantic_cache") <= MOST_VECTORS + 1


async def test_a_search_is_saved_under_a_name_and_removed(alices, bobs, database, alice):
    await write(database, alice, "Harbour")
    await alices.post("/search/saved", {"q": "kind:note harbour", "name": "Boats"})
    page = (await alices.get("/search")).text
    assert "Boats" in page
    assert "/search?q=kind%3Anote+harbour" in page
    assert "Boats" not in (await bobs.get("/search")).text
    async with database.reading(alice.id) as connection:
        kept = await connection.fetchval("select id from saved_searches")
    assert (await bobs.post(f"/search/saved/{kept}/drop")).status_code == 404
    assert (await alices.post(f"/search/saved/{kept}/drop")).status_code == 303
    assert "Boats" not in (await alices.get("/search")).text


async def test_the_same_name_gets_the_new_query(alices, database, alice):
    for q in ("one", "two"):
        await alices.post("/search/saved", {"q": q, "name": "Same"})
    async with database.reading(alice.id) as connection:
        assert [tuple(row) for row in await connection.fetch("select name, query from saved_searches")] == [
            ("Same", "two")
        ]


async def test_an_empty_search_is_not_saved(alices):
    answer = await alices.post("/search/saved", {"q": " ", "name": "Nothing"})
    assert answer.status_code == 400
    assert "nothing to save" in answer.text


async def test_the_last_searches_are_kept_only_when_wanted(alices, database, alice):
    await alices.get("/search?q=before")
    assert "Last searched" not in (await alices.get("/search")).text
    await alices.post("/settings/you", {"keeps_searches": "true"})
    await alices.get("/search?q=after")
    await alices.get("/search?q=aft", **{"hx-request": "true", "hx-target": "results"})
    page = (await alices.get("/search")).text
    assert "/search?q=after" in page
    assert "q=before" not in page
    assert "q=aft&#34;" not in page
    await alices.post("/search/forget")
    assert "Last searched" not in (await alices.get("/search")).text
    await alices.get("/search?q=again")
    await alices.post("/settings/you", {"keeps_searches": "false"})
    async with database.reading(alice.id) as connection:
        assert await connection.fetchval("select count(*) from search_history") == 0


async def test_words_come_at_once_and_meaning_follows(alices, database, alice):
    await write(database, alice, "Harbour", "boats")
    part = {"hx-request": "true", "hx-target": "results"}
    first = (await alices.get("/search?q=boats", **part)).text
    assert "Harbour" in first
    assert "meaning=1" in first
    assert "meaning=1" not in (await alices.get("/search?q=boats&meaning=1", **part)).text
    assert "meaning=1" not in (await alices.get("/search?q=boats")).text


async def test_the_page_finds_by_meaning_and_keeps_the_question_s_vector(alices, database, reactor, alice):
    await write(database, alice, "Harbour", "boats and sails in the wind")
    await work_through(reactor)
    for times in (1, 2):
        page = (await alices.get("/search?q=sails%20in%20the%20wind")).text
        assert "Meaning does not answer" not in page
        assert "of 1 alike" in page
        async with database.reading(alice.id) as connection:
            assert await connection.fetchval("select uses from semantic_cache") == times


async def test_completions_are_offered_as_one_types(alices, database, reactor, alice):
    await write(database, alice, "Harbour", "#garden")
    await work_through(reactor)
    assert "tag:garden" in (await alices.get("/search?q=tag:ga")).text
    assert "kind:note" in (await alices.get("/search?q=kind:")).text
    assert "is:hot" in (await alices.get("/search?q=boats%20is:h")).text
    assert 'href="/search?q=linked%3A"' in (await alices.get("/search?q=link")).text


async def test_a_slip_of_the_finger_finds_a_name(alices, database, alice):
    await write(database, alice, "Portugal", "tiles")
    page = (await alices.get("/search?q=Portugla")).text
    assert "Portugal" in page
    assert "nearly as it was typed" in page

"""The whole graph's page: its table and its drawing show the same, narrowed by whatever the address says."""

from __future__ import annotations

import re

import pytest

from app.atlas.charting import chart_user
from app.atlas.narrowing import CEILING
from app.kinds import KINDS
from tests.atlas.answer import Answer, read_answer
from tests.conftest import Browser, work_through, write


@pytest.fixture
async def garden(database, worker_database, reactor, alice) -> dict[str, object]:
    """Two beds, a lane between them, a note apart, a person and a topic."""
    texts = {
        "Roses": "[[Tulips]] [[Lilies]] #flowers", "Tulips": "[[Lilies]] and [[tulips]]", "Lilies": "[[Oaks]]",
        "Oaks": "[[Elms]] [[Ash]]", "Elms": "[[Ash]] with @[[Ana Lima]]", "Ash": "[[Nowhere]]", "Alone": "Nothing.",
    }  # fmt: skip
    made = {title: await write(database, alice, title, text) for title, text in texts.items()}
    async with database.reading(alice.id) as connection:
        made["Ana Lima"] = await connection.fetchval(
            "insert into contacts (user_id, full_name) values ($1, 'Ana Lima') returning id", alice.id
        )
    await work_through(reactor)
    await chart_user(worker_database, alice.id, KINDS)
    return made


async def read_data(browser: Browser, query: str = "") -> Answer:
    answer = await browser.get(f"/graph/data?{query}")
    assert answer.status_code == 200
    return read_answer(answer.content)


def rows(html: str) -> set[str]:
    return set(re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', html))


ALL = {"Roses", "Tulips", "Lilies", "Oaks", "Elms", "Ash", "Alone", "Ana Lima", "flowers"}


async def test_every_record_and_every_link_is_drawn_and_stands_in_the_table(alices, garden):
    data = await read_data(alices)
    assert set(data.titles) == ALL
    assert data.named_links() == {
        ("Roses", "Tulips"), ("Roses", "Lilies"), ("Tulips", "Lilies"), ("Lilies", "Oaks"), ("Oaks", "Elms"),
        ("Oaks", "Ash"), ("Elms", "Ash"), ("Elms", "Ana Lima"), ("Roses", "flowers"),
    }  # fmt: skip
    page = (await alices.get("/graph")).text
    assert rows(page) == ALL
    assert "9 records · 9 links" in page
    linked = (await alices.get("/graph?table=links")).text
    assert linked.count('<th scope="row">') == 9


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("kind=contact", {"Ana Lima"}),
        ("kind=contact&kind=topic", {"Ana Lima", "flowers"}),
        ("topic=flowers", {"Roses", "flowers"}),
        ("topic=%23flowers", {"Roses", "flowers"}),
        ("linked=1", ALL - {"Alone"}),
        ("until=2001-01-01", set()),
        ("since=2001-01-01", ALL),
        ("origin=topic&linked=1", {"Roses", "flowers"}),
        ("confidence=nonsense&since=soon&nodes=-3&kind=weeds&community=x", ALL),
    ],
)
async def test_table_and_drawing_are_narrowed_alike(alices, garden, query, shown):
    drawn, page = set((await read_data(alices, query)).titles), rows((await alices.get(f"/graph?{query}")).text)
    assert drawn == shown
    assert page == drawn


async def test_each_record_is_of_one_tier(alices, garden):
    tiers = [set((await read_data(alices, f"tier={tier}")).titles) for tier in ("hot", "warm", "cold")]
    assert set.union(*tiers) == ALL and sum(map(len, tiers)) == len(ALL)


async def test_the_best_linked_are_kept_where_there_is_a_bound(alices, garden):
    assert set((await read_data(alices, "nodes=4")).titles) == {"Roses", "Lilies", "Oaks", "Elms"}


async def test_more_than_a_browser_takes_is_said_and_not_sent(alices, garden):
    page = (await alices.get(f"/graph?nodes={CEILING + 1}")).text
    assert "too many for a browser" in page
    assert "8 records are left out" in (await alices.get("/graph?nodes=1")).text


async def test_a_record_s_card_stands_beside_the_graph_by_its_id_and_by_its_number(alices, garden):
    card = (await alices.get(f"/graph?at={garden['Oaks']}", **{"HX-Request": "true", "HX-Target": "card"})).text
    assert card.lstrip().startswith('<section id="card"') and str(garden["Oaks"]) in card
    number = re.search(r'data-number="(\d+)"', card)[1]
    again = (await alices.get(f"/graph?at={number}", **{"HX-Request": "true", "HX-Target": "card"})).text
    assert again == card
    page = (await alices.get(f"/graph?at={garden['Oaks']}&table=links")).text
    assert page.count('<th scope="row">') == 3


async def test_what_is_looked_for_is_found_whatever_its_case(alices, garden):
    assert rows((await alices.get("/graph?q=LIL")).text) == {"Lilies"}
    assert "Nothing of that kind is here." in (await alices.get("/graph?q=zzz")).text


async def test_contact_zero_stands_in_the_middle_on_request_and_knows_whoever_is_on_file(alices, garden):
    plain, with_me = await read_data(alices), await read_data(alices, "me=1")
    assert plain.head["self"] == -1
    me = with_me.titles[with_me.head["self"]]
    assert set(with_me.titles) == ALL | {me}
    assert (me, "Ana Lima") in with_me.named_links()


async def test_the_answer_is_sent_once_and_anew_when_anything_changes(alices, garden, database, alice):
    first = await alices.get("/graph/data")
    again = await alices.get("/graph/data", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await write(database, alice, "Fresh", "")
    fresh = await alices.get("/graph/data", **{"if-none-match": first.headers["etag"]})
    assert fresh.status_code == 200
    assert "Fresh" in read_answer(fresh.content).titles


async def test_what_the_worker_has_not_seen_yet_stands_beside_what_it_links_to(
    alices, garden, database, reactor, alice
):
    before = await read_data(alices)
    fresh = await write(database, alice, "Beech", "[[Ash]]")
    await work_through(reactor)
    data = await read_data(alices)
    at = {title: (int(data.x[node]), int(data.y[node])) for node, title in enumerate(data.titles)}
    assert data.head["ids"] == {str(data.titles.index("Beech")): str(fresh)}
    assert all(abs(one - other) < 30_000 for one, other in zip(at["Beech"], at["Ash"], strict=True))
    assert len(data.titles) == len(before.titles) + 1
    assert "until its place is computed" in (await alices.get("/graph")).text


async def test_a_rejected_link_and_a_record_in_the_trash_are_not_shown(alices, garden, database, alice, reactor):
    async with database.reading(alice.id) as connection:
        await connection.execute("update entity_links set rejected_at = now() where source_id = $1", garden["Oaks"])
        await connection.execute("update notes set deleted_at = now() where id = $1", garden["Roses"])
    data = await read_data(alices)
    assert "Roses" not in data.titles
    assert not [pair for pair in data.named_links() if pair[0] == "Oaks"]


async def test_bob_sees_nothing_of_it_and_nothing_at_its_ids_and_numbers(alices, bobs, garden):
    assert (await read_data(bobs)).titles == []
    assert "Nothing is here yet." in (await bobs.get("/graph")).text
    assert (await bobs.get(f"/graph?at={garden['Oaks']}")).status_code == 404
    assert (await bobs.get("/graph?at=0")).status_code == 404
    assert (await bobs.get("/graph?at=nonsense")).status_code == 404


async def test_without_a_single_record_the_page_says_so(alices):
    page = await alices.get("/graph")
    assert page.status_code == 200 and "Nothing is here yet." in page.text
    assert (await read_data(alices)).titles == []

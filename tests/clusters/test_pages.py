"""Clusters as pages: the list with its map, one with its members, and what a person does there."""

from __future__ import annotations

import re

import pytest

from app.clusters.mapping import part_circles, place_clusters, turn_to
from app.clusters.picture import draw_map
from tests.clusters.conftest import cluster_of
from tests.conftest import write


@pytest.fixture
async def found(plant, night, belongs):
    planted = await plant(8)
    await night()
    belonging = await belongs()
    return {topic: cluster_of(belonging, records) for topic, records in planted.items()}


async def test_a_house_without_clusters_says_how_they_come(alices):
    answer = await alices.get("/clusters")
    assert answer.status_code == 200 and "no model reads meaning here yet" in answer.text


async def test_the_list_and_the_map_lead_to_each_cluster_and_its_members(found, alices, owner):
    page = (await alices.get("/clusters")).text
    assert "Found among 32 records" in page
    for cluster in found.values():
        # Once on the map and once in the list.
        assert page.count(f'href="/clusters/{cluster}"') == 2
        words = await owner.fetchval("select words from clusters where id = $1", cluster)
        assert words[0] in page
    shown = (await alices.get(f"/clusters/{found['baking']}")).text
    members = await owner.fetch(
        "select m.record_id, m.confidence from cluster_members m where m.cluster_id = $1", found["baking"]
    )
    assert all(f'href="/notes/{row["record_id"]}"' in shown for row in members)
    assert re.search(r"\d+ % sure", shown)


async def test_each_form_does_what_it_says_and_is_taken_back_from_the_page(found, alices, owner):
    one, other = found["garden"], found["sailing"]
    member = await owner.fetchval("select record_id from cluster_members where cluster_id = $1 limit 1", one)
    forms = [
        (f"/clusters/{one}/name", {"label": "Beds & soil"}, "Beds &amp; soil"),
        (f"/clusters/{one}/lock", {"locked": "1"}, "Unlock"),
        (f"/clusters/{one}/members", {"record": str(member), "pinned": "1"}, "Unpin"),
        (f"/clusters/{one}/remove", {"record": str(member)}, "1 taken out"),
        (f"/clusters/{one}/split", {}, "You split it in two."),
        (f"/clusters/{other}/merge", {"into": str(one)}, "You merged two."),
    ]
    for path, fields, told in forms:
        answer = await alices.post(path, fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/clusters/{one}"), path
        page = (await alices.get(f"/clusters/{one}")).text
        assert told in page, path
        back = re.search(r'action="(/clusters/deeds/[^"]+/take-back)"', page)
        assert back
        assert (await alices.post(back[1])).status_code == 303
        assert told not in (await alices.get(f"/clusters/{one}")).text, path
        assert (await alices.post(back[1])).status_code == 409


async def test_a_merged_one_leads_to_what_it_became_and_a_dissolved_one_nowhere(found, alices, owner):
    one, other = found["garden"], found["sailing"]
    await alices.post(f"/clusters/{one}/merge", {"into": str(other)})
    answer = await alices.get(f"/clusters/{one}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/clusters/{other}")
    await owner.execute("update clusters set dissolved_at = now() where id = $1", found["baking"])
    assert (await alices.get(f"/clusters/{found['baking']}")).status_code == 404


async def test_a_bad_form_gets_a_sentence(found, alices):
    one = found["garden"]
    answer = await alices.post(f"/clusters/{one}/name", {"label": "x" * 121})
    assert answer.status_code == 400 and "at most 120" in answer.text
    assert (await alices.post(f"/clusters/{one}/merge", {"into": "no id"})).status_code == 404
    assert (await alices.post(f"/clusters/{one}/merge", {"into": str(one)})).status_code == 400
    assert (await alices.post(f"/clusters/{one}/remove", {"record": "x"})).status_code == 404
    assert (await alices.get(f"/clusters/{one}?after=nonsense")).status_code == 400


async def test_bob_sees_none_of_it(found, alices, bobs, owner):
    before = await owner.fetch("select * from clusters order by id")
    one, other = found["garden"], found["sailing"]
    assert str(one) not in (await bobs.get("/clusters")).text
    assert (await bobs.get(f"/clusters/{one}?after=nonsense")).status_code == 404
    for path, fields in (
        ("name", {"label": "mine"}), ("lock", {"locked": "1"}), ("merge", {"into": "x"}),
        ("merge", {"into": str(other)}),
        ("split", {}), ("members", {"record": "x"}), ("remove", {"record": "x"}),
    ):  # fmt: skip
        assert (await bobs.post(f"/clusters/{one}/{path}", fields)).status_code == 404, path
    assert await owner.fetch("select * from clusters order by id") == before


async def test_many_members_come_page_by_page(alices, owner, database, alice):
    async with database.reading(alice.id) as connection:
        cluster = await connection.fetchval(
            "insert into clusters (user_id, label) values ($1, 'Many') returning id", alice.id
        )
        for number in range(150):
            note = await connection.fetchval(
                "insert into notes (user_id, title) values ($1, $2) returning id", alice.id, f"Note number {number}"
            )
            await connection.execute(
                "insert into cluster_members (user_id, cluster_id, record_id, confidence) values ($1, $2, $3, $4)",
                alice.id, cluster, note, number % 7 / 10,
            )  # fmt: skip
    seen, path = [], f"/clusters/{cluster}"
    while path:
        page = (await alices.get(path)).text
        seen += re.findall(r">(Note number \d+)</span>", page)
        following = re.search(r'href="(/clusters/[^"]+after=[^"]+)"', page)
        path = following[1] if following else ""
    assert len(seen) == len(set(seen)) == 150


async def test_what_a_trashed_record_is_called_stands_on_no_page(found, alices, database, alice, owner):
    secret = await write(database, alice, "Utterly secret", "compost mulch")
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into cluster_members (user_id, cluster_id, record_id, confidence, pinned_at) "
            "values ($1, $2, $3, 1, now())",
            alice.id, found["garden"], secret,
        )  # fmt: skip
    assert "Utterly secret" in (await alices.get("/clusters")).text
    await alices.post(f"/notes/{secret}/discard")
    for path in ("/clusters", f"/clusters/{found['garden']}"):
        assert "Utterly secret" not in (await alices.get(path)).text


def test_the_map_lets_no_two_circles_lie_upon_each_other():
    rows = [({"x": 0.0, "y": 0.0}, 10 + number, f"One, two {number}", f"/clusters/{number}") for number in range(30)]
    picture = draw_map(sorted(rows, key=lambda row: -row[1]))
    assert picture
    for circle in picture.circles:
        for other in picture.circles:
            if circle is not other:
                apart = ((circle.x - other.x) ** 2 + (circle.y - other.y) ** 2) ** 0.5
                assert apart > (circle.radius + other.radius) * 0.9
        assert picture.x <= circle.x - circle.radius and circle.x + circle.radius <= picture.x + picture.width
    assert draw_map(rows[:1]) is None


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Kilns that are fired slowly", ["Kilns that are fired", "slowly"]),
        ("sourdough, crust, Hefe", ["sourdough", "crust", "Hefe"]),
        (
            "Kilns of the town and of the village that nobody has fired",
            ["Kilns of the town", "and of the village", "that nobody has…"],
        ),
        ("Donaudampfschifffahrtsgesellschaft", ["Donaudampfschifffah…"]),
    ],
)
def test_a_title_is_set_in_lines_and_words_stand_one_under_the_other(name, lines):
    rows = [({"x": 0.0, "y": 0.0}, 9, name, "/clusters/a"), ({"x": 1.0, "y": 0.0}, 1, "Boats", "/clusters/b")]
    picture = draw_map(rows)
    assert picture and [line.text for line in picture.circles[0].lines] == lines
    assert [line.text for line in picture.circles[1].lines] == ["Boats"]


def test_the_map_turns_to_where_it_was():
    import numpy as np

    chance = np.random.default_rng(1)
    centres = chance.normal(size=(6, 20))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    places = place_clusters(centres.astype(np.float32))
    turned = places @ np.array([[0.0, -1.0], [1.0, 0.0]])
    assert np.allclose(turn_to(turned, places), places, atol=1e-6)
    assert part_circles(np.zeros((1, 2)), np.ones(1)).tolist() == [[0.0, 0.0]]

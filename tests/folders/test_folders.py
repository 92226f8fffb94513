"""Folders: a tree that a person keeps in order, in which nothing is lost and whose every change is undone."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.database import Database
from app.core.errors import Conflict, HearthError, Invalid, NotFound
from app.folders import service
from app.folders.queries import read_tree
from app.folders.service import FolderFields
from app.history.undoing import undo_action
from app.kinds import KINDS
from tests.conftest import make_person, write

UNDO = re.compile(r'action="(/history/[0-9a-f-]{36}/undo)"')
FIRST = ["Projects", "Areas", "Resources", "Archive"]


async def act(database, person, verb, *values) -> tuple[object, UUID]:
    async with database.reading(person.id, action_id=(action_id := uuid4())) as connection:
        return await verb(connection, *values), action_id


async def add(database, person, name: str, parent: UUID | None = None) -> UUID:
    return (await act(database, person, service.add_folder, FolderFields(name), parent))[0]


async def paths(database, person) -> list[str]:
    async with database.reading(person.id) as connection:
        return [folder.path for folder in await read_tree(connection)]


async def mine(database, person) -> list[str]:
    """All but those that came with the house."""
    return [path for path in await paths(database, person) if path not in FIRST]


async def test_everybody_begins_with_four_folders_that_stay(database, alice):
    assert await paths(database, alice) == FIRST
    async with database.reading(alice.id) as connection:
        projects, areas = (await read_tree(connection))[:2]
    for verb, values in ((service.delete_folder, ()), (service.move_folder, (areas.id,))):
        with pytest.raises(Invalid, match="came with the house"):
            await act(database, alice, verb, projects.id, *values)
    await act(database, alice, service.step_folder, areas.id, -1)
    assert await paths(database, alice) == ["Areas", "Projects", "Resources", "Archive"]


async def test_whoever_begins_in_german_gets_german_folders(owner, database):
    person = await owner.fetchval("select gate_create_user('d@example.org', 'D', 'x', 'member', 'UTC', 'de', false)")
    async with database.reading(person) as connection:
        assert [folder.name for folder in await read_tree(connection)] == [
            "Projekte",
            "Bereiche",
            "Ressourcen",
            "Archiv",
        ]


async def test_a_folder_moves_with_all_that_lies_in_it(database, alice):
    a, b = await add(database, alice, "A"), await add(database, alice, "B")
    c = await add(database, alice, "C", a)
    await add(database, alice, "D", c)
    await act(database, alice, service.move_folder, c, b)
    assert await mine(database, alice) == ["A", "B", "B/C", "B/C/D"]
    _, moved = await act(database, alice, service.move_folder, b, None, a)
    assert await mine(database, alice) == ["B", "B/C", "B/C/D", "A"]
    await undo_action(database, alice.id, moved, KINDS)
    assert await mine(database, alice) == ["A", "B", "B/C", "B/C/D"]


async def test_no_folder_lies_in_itself_or_in_its_own(database, alice):
    a = await add(database, alice, "A")
    b = await add(database, alice, "B", a)
    c = await add(database, alice, "C", b)
    for into in (a, b, c):
        with pytest.raises(Invalid, match="cannot lie in itself"):
            await act(database, alice, service.move_folder, a, into)


async def test_two_moves_into_each_other_make_no_ring(database, alice):
    a, b = await add(database, alice, "A"), await add(database, alice, "B")
    outcomes = await asyncio.gather(
        act(database, alice, service.move_folder, a, b), act(database, alice, service.move_folder, b, a),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(outcome, Invalid) for outcome in outcomes) == 1
    assert await mine(database, alice) in (["A", "A/B"], ["B", "B/A"])


async def test_a_deleted_folder_gives_up_its_notes_and_its_folders_and_comes_back_with_them(database, owner, alice):
    a = await add(database, alice, "A")
    b = await add(database, alice, "B", a)
    await add(database, alice, "C", b)
    note = await write(database, alice, "Plan")
    await act(database, alice, service.file_notes, [note], b)
    unfiled, deleted = await act(database, alice, service.delete_folder, b)
    assert unfiled == 1
    assert await mine(database, alice) == ["A", "A/C"]
    assert await owner.fetchval("select folder_id from notes where id = $1", note) is None
    await undo_action(database, alice.id, deleted, KINDS)
    assert await mine(database, alice) == ["A", "A/B", "A/B/C"]
    assert await owner.fetchval("select folder_id from notes where id = $1", note) == b


async def test_a_folder_that_moves_up_beside_its_namesake_takes_a_number(database, alice):
    a = await add(database, alice, "A")
    await add(database, alice, "A", a)
    b = await add(database, alice, "B", a)
    await add(database, alice, "A", b)
    _, deleted = await act(database, alice, service.delete_folder, b)
    assert await mine(database, alice) == ["A", "A/A", "A/A (2)"]
    await undo_action(database, alice.id, deleted, KINDS)
    await act(database, alice, service.delete_folder, a)
    assert sorted(await mine(database, alice)) == ["A", "B", "B/A"]


async def test_a_name_stands_once_in_a_place_unless_in_the_trash(database, alice):
    a, b = await add(database, alice, "A"), await add(database, alice, "B")
    with pytest.raises(Conflict, match="already"):
        await add(database, alice, "A")
    with pytest.raises(Conflict, match="already"):
        await act(database, alice, service.change_folder, b, FolderFields("A"))
    await act(database, alice, service.delete_folder, a)
    await act(database, alice, service.change_folder, b, FolderFields("A"))
    assert await mine(database, alice) == ["A"]
    await act(database, alice, service.delete_folder, b)
    assert await add(database, alice, "A") == b, "the one in the trash comes back"


@pytest.mark.parametrize("name", ["", "  ", "a/b", "x" * 256])
async def test_what_is_no_name_is_told(alices, name):
    answer = await alices.post("/folders", {"name": name})
    assert answer.status_code == 400
    assert "field-note error" in answer.text


async def test_folders_lie_only_so_deep(database, alice):
    parent = None
    for _ in range(service.DEEPEST):
        parent = await add(database, alice, "In", parent)
    with pytest.raises(Invalid, match="at most"):
        await add(database, alice, "In", parent)
    top = await add(database, alice, "Two")
    await add(database, alice, "Below", top)
    with pytest.raises(Invalid, match="at most"):
        await act(database, alice, service.move_folder, top, await _parent(database, alice, parent))


async def _parent(database, person, folder: UUID) -> UUID:
    async with database.reading(person.id) as connection:
        return await connection.fetchval("select parent_id from folders where id = $1", folder)


async def test_nobody_reaches_another_s_folder(database, alice, bob):
    theirs, own = await add(database, bob, "Theirs"), await add(database, alice, "Own")
    note = await write(database, alice, "Plan")
    for verb, values in (
        (service.add_folder, (FolderFields("In"), theirs)), (service.change_folder, (theirs, FolderFields("Mine"))),
        (service.move_folder, (theirs, None)), (service.move_folder, (own, theirs)),
        (service.delete_folder, (theirs,)), (service.file_notes, ([note], theirs)), (service.step_folder, (theirs, 1)),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await act(database, alice, verb, *values)
    moved, _ = await act(database, bob, service.file_notes, [note], theirs)
    assert moved == 0
    assert await mine(database, bob) == ["Theirs"]


async def test_the_tree_is_kept_by_hand(alices, database, alice):
    await alices.post("/folders", {"name": "House"})
    page = (await alices.get("/folders")).text
    assert "House" in page
    assert UNDO.search(page)
    house = re.search(r'href="/folders/([0-9a-f-]{36})">Edit<span class="visually-hidden"> House', page)[1]
    await alices.post("/folders", {"name": "Roof", "parent": house})
    await alices.post(f"/folders/{house}", {"name": "My house", "icon": "🏠", "colour": "sky", "parent": ""})
    page = (await alices.get("/folders")).text
    assert "🏠" in page
    assert "tint-sky" in page
    assert await mine(database, alice) == ["My house", "My house/Roof"]
    answer = await alices.post(f"/folders/{house}", {"name": "My house", "parent": house})
    assert answer.status_code == 400
    assert "cannot lie in itself" in answer.text
    await alices.post(f"/folders/{house}/delete")
    assert "Deleted." in (await alices.get("/folders")).text
    assert await mine(database, alice) == ["Roof"]


async def test_a_note_is_put_into_a_folder_and_undone(alices, database, alice):
    house = await add(database, alice, "House")
    roof = await add(database, alice, "Roof", house)
    note = await write(database, alice, "Tiles")
    form = (await alices.get(f"/notes/{note}/folder")).text
    assert "House/Roof" in form
    await alices.post(f"/notes/{note}/folder", {"folder": str(roof)})
    page = (await alices.get(f"/notes/{note}")).text
    assert f'<a href="/notes?folder={house}">House</a>' in page
    assert f'<a href="/notes?folder={roof}">Roof</a>' in page
    undo = UNDO.search(page)[1]
    assert f'href="/notes?folder={roof}">Roof</a>' in (await alices.get(f"/notes?folder={house}")).text
    await alices.post(undo)
    assert "House" not in (await alices.get(f"/notes/{note}")).text


async def test_several_notes_are_filed_at_once_and_undone_at_once(alices, database, owner, alice):
    house = await add(database, alice, "House")
    notes = [await write(database, alice, f"Note {number}") for number in range(3)]
    await alices.post("/notes/selected/file", {"id": [str(note) for note in notes], "folder": str(house)})
    page = (await alices.get("/notes")).text
    assert "3 notes filed." in page
    assert await owner.fetchval("select count(*) from notes where folder_id = $1", house) == 3
    await alices.post(UNDO.search(page)[1])
    assert await owner.fetchval("select count(*) from notes where folder_id = $1", house) == 0


async def test_history_tells_of_folders(alices, database, alice):
    a = await add(database, alice, "A")
    await act(database, alice, service.change_folder, a, FolderFields("B"))
    await act(database, alice, service.step_folder, a, -1)
    await act(database, alice, service.delete_folder, a)
    page = (await alices.get("/history")).text
    for sentence in ("Made a folder", "Changed a folder", "Moved a folder", "Deleted a folder"):
        assert sentence in page


deeds = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("AB"), st.integers(0, 9)),
        st.tuples(st.just("rename"), st.integers(0, 9), st.sampled_from("ABC")),
        st.tuples(st.just("move"), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("step"), st.integers(0, 9), st.sampled_from([-1, 1])),
        st.tuples(st.just("delete"), st.integers(0, 9)),
        st.tuples(st.just("file"), st.integers(0, 2), st.integers(0, 9)),
        st.tuples(st.just("undo"), st.integers(0, 3)),
    ),
    max_size=14,
)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)
@given(deeds=deeds)
@example(deeds=[("rename", 0, "A"), ("rename", 0, "B"), ("add", "A", 0)])
def test_whatever_is_done_the_tree_stays_one_and_is_undone(deeds, settings):
    asyncio.run(grow_and_undo(deeds, settings))


async def grow_and_undo(deeds, settings) -> None:
    database, owner = Database(settings.app_database_url), await asyncpg.connect(settings.database_url)
    try:
        person = await make_person(owner, f"P{uuid4().hex}")
        notes = [await write(database, person, f"Note {number}") for number in range(3)]
        first, actions = await state(owner, person), []
        for deed in deeds:
            action = await do(database, person, notes, actions, *deed)
            if action and await owner.fetchval("select exists (select from change_log where action_id = $1)", action):
                actions.append(action)
            await check(database, owner, person)
        for action in reversed(actions):
            if not await owner.fetchval("select is_undone($1)", action):
                await undo_action(database, person.id, action, KINDS)
        assert await state(owner, person) == first
    finally:
        await database.close()
        await owner.close()


async def do(database, person, notes, actions, deed, *values) -> UUID | None:
    """The action's id; None where it was refused or changed nothing."""
    async with database.reading(person.id) as connection:
        tree = await read_tree(connection, counted=False)
    any_of = [None, *(folder.id for folder in tree)]
    pick = lambda number: any_of[number % len(any_of)]  # noqa: E731
    some = lambda number: tree[number % len(tree)].id  # noqa: E731
    try:
        match deed, *values:
            case "add", name, parent:
                return (await act(database, person, service.add_folder, FolderFields(name), pick(parent)))[1]
            case "rename", folder, name:
                return (await act(database, person, service.change_folder, some(folder), FolderFields(name)))[1]
            case "move", folder, parent, before:
                return (await act(database, person, service.move_folder, some(folder), pick(parent), pick(before)))[1]
            case "step", folder, by:
                return (await act(database, person, service.step_folder, some(folder), by))[1]
            case "delete", folder:
                return (await act(database, person, service.delete_folder, some(folder)))[1]
            case "file", note, folder:
                moved, action = await act(database, person, service.file_notes, [notes[note]], pick(folder))
                return action if moved else None
            case "undo", which:
                return await undo_last(database, person, actions, which)
    except HearthError:
        return None


async def undo_last(database, person, actions, which: int) -> UUID | None:
    return (
        (await undo_action(database, person.id, actions[-1 - which % len(actions)], KINDS)).action_id
        if actions
        else None
    )


async def check(database, owner, person) -> None:
    """All that lives is reached from the top once, and no note lies where nothing is."""
    async with database.reading(person.id) as connection:
        tree = await read_tree(connection)
    living = await owner.fetch("select id from folders where user_id = $1 and deleted_at is null", person.id)
    assert sorted(folder.id for folder in tree) == sorted(row[0] for row in living)
    lost = await owner.fetchval(
        "select count(*) from notes n join folders f on f.id = n.folder_id "
        "where n.user_id = $1 and f.deleted_at is not null", person.id,
    )  # fmt: skip
    assert lost == 0


async def state(owner, person) -> list[tuple]:
    folders = await owner.fetch(
        "select id, parent_id, name, icon, sort_order from folders "
        "where user_id = $1 and deleted_at is null order by 1",
        person.id,
    )
    notes = await owner.fetch("select id, folder_id from notes where user_id = $1 order by 1", person.id)
    return [tuple(row) for row in (*folders, *notes)]

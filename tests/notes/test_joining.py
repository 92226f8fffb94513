"""Two devices, one note: what does not conflict is put together, what does is shown, nothing typed is dropped."""

from __future__ import annotations

import json
import re

import pytest

from app.history.undoing import undo_action
from app.kinds import KINDS
from tests.conftest import write
from tests.notes.test_notes import Fields, save

TEXT = "Bread\n\nSalt\n\nWine"


async def text_of(owner, note) -> str:
    return await owner.fetchval("select content from notes where id = $1", note)


async def autosave(browser, note, version, title, content, **more):
    data = {"version": str(version), "title": title, "content": content, **more}
    return await browser.post(f"/notes/{note}", data, **{"hx-request": "true", "hx-target": "saved"})


async def test_changes_of_two_devices_in_two_places_are_put_together(alices, database, alice, owner):
    note = await write(database, alice, "Shopping", TEXT)
    await save(alices, note, 1, "Shopping", TEXT.replace("Bread", "Dark bread"))
    answer = await save(alices, note, 1, "Shopping", TEXT.replace("Wine", "Red wine"))
    assert answer.status_code == 303
    assert await text_of(owner, note) == "Dark bread\n\nSalt\n\nRed wine"
    assert "together with what was changed elsewhere" in (await alices.get(f"/notes/{note}")).text


async def test_a_title_and_a_text_from_two_devices_both_stay(alices, database, alice, owner):
    note = await write(database, alice, "Shopping", TEXT)
    await save(alices, note, 1, "Groceries", TEXT)
    await save(alices, note, 1, "Shopping", TEXT + "\n\nSoap")
    row = await owner.fetchrow("select title, content from notes where id = $1", note)
    assert tuple(row) == ("Groceries", TEXT + "\n\nSoap")


async def test_an_autosave_gets_the_text_that_stands_there_now_and_can_go_on_from_its_own(
    alices, database, alice, owner
):
    note = await write(database, alice, "Shopping", TEXT)
    await save(alices, note, 1, "Shopping", "Cheese\n\n" + TEXT)
    answer = await autosave(alices, note, 1, "Shopping", TEXT + "\n\nSo")
    assert "Cheese\n\nBread\n\nSalt\n\nWine\n\nSo</template>" in answer.text
    own = re.search(r'data-own="(\d+)"', answer.text)[1]
    # Typed on, while the answer was on its way.
    await autosave(alices, note, own, "Shopping", TEXT + "\n\nSoap")
    assert await text_of(owner, note) == "Cheese\n\n" + TEXT + "\n\nSoap"


async def test_a_save_without_a_change_of_its_own_brings_what_stands_there(alices, database, alice, owner):
    note = await write(database, alice, "Shopping", TEXT)
    await save(alices, note, 1, "Shopping", TEXT + "\n\nSoap")
    before = await owner.fetchval("select max(seq) from change_log")
    answer = await autosave(alices, note, 1, "Shopping", TEXT)
    assert "Soap</template>" in answer.text
    assert await owner.fetchval("select max(seq) from change_log") == before


async def test_a_place_that_both_changed_is_chosen_by_a_person(alices, database, alice, owner):
    note = await write(database, alice, "Shopping", TEXT)
    await save(alices, note, 1, "Groceries", TEXT.replace("Salt", "Sea salt from the shop at the corner"))
    answer = await save(alices, note, 1, "Purchases", TEXT.replace("Salt", "Pepper") + "\n\nSoap")
    assert answer.status_code == 409
    assert "2 places are yours to choose" in answer.text
    fields = Fields(answer.text).values | {"choice-0": "mine", "choice-1": "both"}
    assert (await alices.post(f"/notes/{note}/choose", fields)).status_code == 303
    row = await owner.fetchrow("select title, content from notes where id = $1", note)
    assert tuple(row) == (
        "Purchases", "Bread\n\nSea salt from the shop at the corner\nPepper\n\nWine\n\nSoap"
    )  # fmt: skip


async def test_what_was_sent_is_in_the_history_though_another_text_was_chosen(alices, database, alice, owner):
    note = await write(database, alice, "One", "start")
    await save(alices, note, 1, "One", "from the phone")
    answer = await save(alices, note, 1, "One", "at the desk")
    await alices.post(f"/notes/{note}/choose", Fields(answer.text).values | {"choice-0": "theirs"})
    assert await text_of(owner, note) == "from the phone"
    kept = await owner.fetch("select before ->> 'content' as text from change_log where record_id = $1", note)
    assert "at the desk" in {row["text"] for row in kept}


async def test_a_note_that_moves_while_one_chooses_is_shown_again(alices, database, alice, owner):
    note = await write(database, alice, "One", "start")
    await save(alices, note, 1, "One", "from the phone")
    answer = await save(alices, note, 1, "One", "at the desk")
    await save(alices, note, 2, "One", "from the phone again")
    again = await alices.post(f"/notes/{note}/choose", Fields(answer.text).values | {"choice-0": "mine"})
    assert again.status_code == 409
    assert "again" in again.text
    assert await text_of(owner, note) == "from the phone again"


@pytest.mark.parametrize("choices", [{}, {"choice-0": "neither"}, {"choice-0": "mine", "choice-1": "mine"}])
async def test_a_form_without_its_choices_changes_nothing(alices, database, alice, owner, choices):
    note = await write(database, alice, "One", "start")
    await save(alices, note, 1, "One", "from the phone")
    answer = await save(alices, note, 1, "One", "at the desk")
    fields = {name: value for name, value in Fields(answer.text).values.items() if not name.startswith("choice")}
    refused = await alices.post(f"/notes/{note}/choose", fields | choices)
    assert refused.status_code == 400
    assert await text_of(owner, note) == "from the phone"


async def test_a_save_whose_answer_was_never_heard_does_not_stand_against_the_next(alices, database, alice, owner):
    note = await write(database, alice, "One", "We met")
    await autosave(alices, note, 1, "One", "We met Ana")
    answer = await autosave(
        alices, note, 1, "One", "We met Ana at the station",
        unheard=json.dumps([["One", "We met A"], ["One", "We met Ana"]]),
    )  # fmt: skip
    assert answer.status_code == 200
    assert await text_of(owner, note) == "We met Ana at the station"


async def test_a_save_that_comes_once_more_and_late_takes_nothing_back(alices, database, alice, owner):
    note = await write(database, alice, "One", "We met")
    await autosave(alices, note, 1, "One", "We met\n\nAna")
    await autosave(alices, note, 2, "One", "We met\n\nAna\n\nat the station")
    await autosave(alices, note, 1, "One", "We met\n\nAna")
    assert await text_of(owner, note) == "We met\n\nAna\n\nat the station"


async def test_a_text_that_was_put_together_is_taken_back_as_one(alices, database, alice, owner):
    note = await write(database, alice, "Shopping", TEXT)
    await save(alices, note, 1, "Shopping", "Cheese\n\n" + TEXT)
    await save(alices, note, 1, "Shopping", TEXT + "\n\nSoap")
    action = await owner.fetchval("select action_id from change_log order by seq desc limit 1")
    await undo_action(database, alice.id, action, KINDS)
    assert await text_of(owner, note) == "Cheese\n\n" + TEXT


async def test_where_the_text_one_started_from_is_not_known_all_that_differs_is_shown(alices, database, alice, owner):
    note = await write(database, alice, "One", "start\n\nend")
    await save(alices, note, 1, "One", "start\n\nmiddle\n\nend")
    await owner.execute("alter table change_log no force row level security")
    await owner.execute("update change_log set version = null")
    answer = await save(alices, note, 1, "One", "start\n\ncentre\n\nend")
    assert answer.status_code == 409
    assert "One place is yours to choose" in answer.text


@pytest.mark.parametrize("unheard", ["no json", "{}", "[1]", '[["a"]]'])
async def test_an_altered_form_is_refused_and_its_text_comes_back(alices, database, alice, unheard):
    note = await write(database, alice, "One", "start")
    data = {"version": "1", "title": "One", "content": "typed for hours", "unheard": unheard}
    answer = await alices.post(f"/notes/{note}", data)
    assert answer.status_code == 422 or unheard == "{}"
    assert answer.status_code == 303 or "typed for hours" in answer.text

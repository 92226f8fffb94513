"""A task is ticked where it is read: the right line changes and nothing else does."""

from __future__ import annotations

import re

import pytest

from app.web.markdown_tasks import find_tasks
from tests.conftest import write

TEXT = """# Plans

- [ ] buy *milk*
- [x] call [[Ana|my sister]]
  1. [ ] ask about `tea`
- no task

```
- [ ] code
```

> - [ ] quoted

- - [ ] twice
- [ ] buy *milk*
"""


async def content(alices, note) -> str:
    page = (await alices.get(f"/notes/{note}/edit")).text
    return re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1].replace("&gt;", ">")


async def tick(browser, note, task: int, words: str, done: str = "1", **headers):
    return await browser.post(f"/notes/{note}/tasks", {"task": str(task), "words": words, "done": done}, **headers)


def test_tasks_are_found_as_the_page_shows_them():
    found = [(task.is_done, task.words, TEXT[task.place - 1 : task.place + 2]) for task in find_tasks(TEXT)]
    assert found == [
        (False, "buy milk", "[ ]"), (True, "call my sister", "[x]"), (False, "ask about tea", "[ ]"),
        (False, "quoted", "[ ]"), (False, "twice", "[ ]"), (False, "buy milk", "[ ]"),
    ]  # fmt: skip


@pytest.mark.parametrize(("task", "words", "done", "before", "after"), [
    (0, "buy milk", "1", "- [ ] buy *milk*\n- [x]", "- [x] buy *milk*\n- [x]"),
    (1, "call my sister", "", "- [x] call", "- [ ] call"),
    (2, "ask about tea", "1", "1. [ ] ask", "1. [x] ask"),
    (3, "quoted", "1", "> - [ ] quoted", "> - [x] quoted"),
    (5, "buy milk", "1", "twice\n- [ ] buy", "twice\n- [x] buy"),
])  # fmt: skip
async def test_one_character_changes(alices, database, alice, task, words, done, before, after):
    note = await write(database, alice, "Plans", TEXT)
    answer = await tick(alices, note, task, words, done)
    assert answer.status_code == 303
    assert await content(alices, note) == TEXT.replace(before, after)


async def test_a_line_that_moved_is_still_found(alices, database, alice):
    note = await write(database, alice, "Plans", "- [ ] new above\n" + TEXT)
    assert (await tick(alices, note, 3, "quoted")).status_code == 303
    assert "> - [x] quoted" in await content(alices, note)


async def test_what_cannot_be_told_apart_is_refused_with_a_sentence(alices, database, alice):
    note = await write(database, alice, "Plans", TEXT)
    for task, words in ((1, "buy milk"), (0, "buy bread"), (99, "gone")):
        answer = await tick(alices, note, task, words)
        assert answer.status_code == 409
        assert "Reload the page" in answer.text
    assert await content(alices, note) == TEXT


async def test_a_script_gets_the_way_back_and_it_leads_back(alices, database, alice):
    note = await write(database, alice, "Plans", TEXT)
    answer = await tick(alices, note, 0, "buy milk", **{"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Ticked off." in answer.text
    undo = re.search(r'action="(/history/[^"]+/undo)"', answer.text)[1]
    assert (await alices.post(undo)).status_code == 303
    assert await content(alices, note) == TEXT


async def test_nobody_ticks_what_is_another_s_or_in_the_trash(alices, bobs, database, alice):
    note = await write(database, alice, "Plans", TEXT)
    assert (await tick(bobs, note, 0, "buy milk")).status_code == 404
    await alices.post(f"/notes/{note}/discard")
    assert (await tick(alices, note, 0, "buy milk")).status_code == 409


async def test_a_form_without_a_task_is_refused(alices, database, alice):
    note = await write(database, alice, "Plans", TEXT)
    assert (await tick(alices, note, 0, "buy milk")).status_code == 303
    assert (await alices.post(f"/notes/{note}/tasks", {"task": "x"})).status_code == 400


async def test_a_file_is_found_by_its_name(alices, bobs, database, alice):
    async with database.reading(alice.id) as connection:
        file_id = await connection.fetchval(
            "insert into attachments (user_id, name, folded, path, sha256, size, media_type) "
            "values ($1, 'Sea side.png', 'sea side.png', 'x', $2, 6, 'image/png') returning id", alice.id, "5" * 64,
        )  # fmt: skip
    answer = await alices.get("/notes/file?name=img/Sea%20side.png")
    assert answer.headers["location"] == f"/files/{file_id}/Sea%20side.png"
    assert (await alices.get("/notes/file?name=other.png")).status_code == 404
    assert (await bobs.get("/notes/file?name=Sea%20side.png")).status_code == 404

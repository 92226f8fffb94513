"""`bench typing`: what one keystroke costs the page in a note of 100 KB, in Debian's Chromium.

Measured from before the character is put in until the page is laid out again and all that listens has run: the
textarea follows, and now and then the draft is kept. Reference: the same in a bare textarea with the same text, in
turn, in the same run. What a frame then waits for the screen is in neither.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import statistics
from uuid import UUID

from playwright.sync_api import Page, sync_playwright

from app.core.database import Database
from app.notes.kind import Note
from tests.bench.ground import Ground, ground, make_text
from tests.bench.pages import served
from tests.bench.report import Measure, Options, read_options, tell

CHARACTERS = 100_000
TYPED = "what is typed here is read by nobody "

# Put in as a keyboard would, within the text: the browser tells of it by the same events.
TYPE = """async ([place, letters]) => {
  const field = document.querySelector(place);
  const times = [];
  field.focus();
  for (const letter of letters) {
    const began = performance.now();
    document.execCommand("insertText", false, letter);
    await new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port2.onmessage = resolve; port1.postMessage(0); });
    document.body.getBoundingClientRect();
    times.push(performance.now() - began);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return times;
}"""  # noqa: E501 (one step of a script)
MIDDLE = """() => {
  const surface = document.querySelector("hearth-surface");
  surface.select(Math.floor(surface.view.state.doc.length / 2));
}"""
BARE = """() => {
  const area = Object.assign(document.createElement("textarea"), { id: "bare", rows: 30 });
  area.value = document.getElementById("note-content").value;
  document.querySelector("main").append(area);
  area.setSelectionRange(area.value.length / 2, area.value.length / 2);
}"""


def main(options: Options) -> None:
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("This bench needs Debian's chromium.")
    with ground(10) as place, served(place) as ours:
        note = asyncio.run(_long_note(place))
        drawn, bare = _measure(path, ours, place, f"/notes/{note}/edit", 2 if options.quick else 10)
    tell([Measure("typing", "keystroke in 100 KB", _p95(drawn), "ms", _p95(bare), len(drawn))], options)


def _measure(chromium: str, ours: str, place: Ground, path: str, rounds: int) -> tuple[list[float], list[float]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        name, _, value = place.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": ours}])
        page = context.new_page()
        page.goto(ours + path)
        measured = measure_keystrokes(page, rounds)
        browser.close()
    return measured


def measure_keystrokes(page: Page, rounds: int) -> tuple[list[float], list[float]]:
    page.locator(".cm-content").wait_for()
    page.evaluate(BARE)
    drawn: list[float] = []
    bare: list[float] = []
    for turn in range(rounds + 1):
        page.evaluate(MIDDLE)
        times = page.evaluate(TYPE, [".cm-content", TYPED])
        reference = page.evaluate(TYPE, ["#bare", TYPED])
        if turn:  # the first round warms what is compiled as it runs
            drawn += times
            bare += reference
    if not page.locator("#note-content").input_value().count(TYPED):
        raise RuntimeError("What was typed did not arrive.")
    return drawn, bare


async def _long_note(place: Ground) -> UUID:
    assert place.settings.app_database_url
    chance = random.Random(20261122)
    text = make_text(chance, CHARACTERS, [f"[[Note {number}]]" for number in range(10)] * 30)
    database = Database(place.settings.app_database_url, connections=1)
    async with database.writing(place.user_id) as session:
        note = Note(user_id=place.user_id, title="Long", content=text)
        session.add(note)
        await session.flush()
        note_id = note.id
    await database.close()
    return note_id


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main(read_options())

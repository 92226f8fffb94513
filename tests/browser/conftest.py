"""Debian's Chromium against a whole house; what it sees is kept as screenshots."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from app.settings import PROJECT
from tests.house import PASSWORD, House

SCREENS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
SCREENSHOTS = PROJECT / "screenshots"


# Two cores that run two tests, a house and a browser at once are late at times: what ran out of time is tried a second
# time, and told (`-rR`), for what is told more than once is a defect. Anything else that fails, fails at once.
LATE = [r"TimeoutError", r"Locator expected"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=LATE))
    for name, looks in by_test(items).items():
        number = crc32(name.encode())
        for place, item in enumerate(looks):
            if number % 3 or place != number // 3 % len(looks):
                item.add_marker(pytest.mark.whole)


def by_test(items: list[pytest.Item]) -> dict[str, list[pytest.Item]]:
    """The looks of each test; one that is looked at in no particular way is one look. One look of every third test, by
    its name, belongs to the ordinary suite, which stays a quarter of an hour that way and sees both screens and both
    sets of colours; the others are among what takes minutes.
    """
    found: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("browser"):
            parameters = dict(getattr(getattr(item, "callspec", None), "params", {}))
            parameters.pop("look", None)
            found.setdefault(f"{item.nodeid.partition('[')[0]} {sorted(parameters.items())}", []).append(item)
    return found


# Per module, since its event loop stands in the way of every coroutine test that shares its process.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("HEARTH_REQUIRE_BROWSER") == "1":
            pytest.fail("HEARTH_REQUIRE_BROWSER=1, but there is no chromium")
        pytest.skip("needs Debian's chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            # The last: WebGL by software, for the page of the whole graph.
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--enable-unsafe-swiftshader",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lived_in() -> Iterator[House]:
    """A house with one person and a few linked notes, worked through."""
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder) / "data").start()
        house.add_person()
        vault = Path(folder) / "vault"
        vault.mkdir()
        (vault / "Lisbon.md").write_text(
            "# Lisbon\n\nTiles and light. See [[Trip to Portugal]] and [[Fado]]. #travel\n"
        )
        (vault / "Trip to Portugal.md").write_text(LONG)
        (
            vault / "A title that is much longer than anybody would wish a title of a note to be, and then some.md"
        ).write_text("Nothing much.\n")
        house.run("import", str(vault))
        house.run("drain")
        yield house
        house.stop()


@dataclass
class Visit:
    """One signed-in browser window."""

    page: Page
    house: House
    complaints: list[str]

    def go(self, path: str) -> Page:
        self.page.goto(self.house.url + path)
        return self.page


@pytest.fixture(scope="module")
def session(chromium: Browser, lived_in: House) -> StorageState:
    """A signed-in browser's cookies: signing in for each test would meet the limit on tries."""
    lived_in.forget_attempts()
    context, visit = open_window(chromium, lived_in, "desk", "light")
    sign_in(visit)
    state = context.storage_state()
    context.close()
    return state


def open_window(
    chromium: Browser, house: House, screen: str, scheme: str, session: StorageState | None = None, **options: Any
) -> tuple[BrowserContext, Visit]:
    context = chromium.new_context(
        viewport=SCREENS[screen], color_scheme=scheme, has_touch=screen == "phone", storage_state=session, **options
    )
    page = context.new_page()
    visit = Visit(page, house, [])
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("console", lambda m: visit.complaints.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("dialog", lambda dialog: (visit.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    return context, visit


def sign_in(visit: Visit) -> None:
    page = visit.go("/sign-in")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


LOOKS = [("desk", "light"), ("phone", "dark"), ("desk", "dark"), ("phone", "light")]


@pytest.fixture(params=LOOKS, ids="-".join)
def look(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param


@pytest.fixture
def visit(chromium: Browser, lived_in: House, session: StorageState, request: pytest.FixtureRequest) -> Iterator[Visit]:
    screen, scheme = request.getfixturevalue("look") if "look" in request.fixturenames else ("desk", "light")
    context, visit = open_window(chromium, lived_in, screen, scheme, session)
    yield visit
    context.close()
    assert not visit.complaints


LONG = """We took the night train to [[Lisbon]]. @Tomás slept; I did not. #travel/rail

## What to keep

- [x] The ticket stub
- [ ] A recipe for *caldo verde*
- the word [[saudade|for missing things]]

> Nothing is far that is remembered.

| day | place | steps |
|---|---|--:|
| Monday | Alfama | 18,400 |
| Tuesday | Belém | 21,050 |

```python
def walk(steps: int) -> str:
    return f"{steps} steps"  # enough
```

A footnote[^1] and a long word: `a_very_long_identifier_that_goes_on_and_on_without_any_blank_at_all`.

[^1]: Written on the train.
"""

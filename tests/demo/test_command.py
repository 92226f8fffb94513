"""`hearth demo`: one command, and somebody lives there already; what is done there stays until it is begun anew."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from app.cli import hearth
from tests.house import House

SIGN_IN = re.compile(r"Sign in as (\S+) with the password (\S+)$")
FIELD = re.compile(r'name="_csrf_token" value="([^"]+)"')
pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def house(place: Path) -> Iterator[House]:
    """Its environment belongs to a real house, of which a demo must take nothing."""
    elsewhere = "postgresql://nobody@127.0.0.1:1/none"
    house = House(
        place / "hearth-demo", DATABASE_URL=elsewhere, HEARTH_REDIS_URL="redis://127.0.0.1:1",
        HEARTH_BASE_URL="https://hearth.example.org", HEARTH_DATA_DIR=str(place / "hearth"),
    )  # fmt: skip
    yield house
    if hasattr(house, "process") and house.process.poll() is None:
        house.stop()


@contextmanager
def sign_in(house: House) -> Iterator[httpx.Client]:
    """A browser that signed in with what the console showed."""
    house.wait_for(lambda: any(map(SIGN_IN.search, house.lines)), 10)
    email, password = next(found.groups() for line in reversed(house.lines) if (found := SIGN_IN.search(line)))
    with httpx.Client(base_url=house.url, follow_redirects=True) as browser:
        fields = {"email": email, "password": password, "_csrf_token": FIELD.search(browser.get("/sign-in").text)[1]}
        browser.post("/sign-in", data=fields)
        yield browser


def write_note(browser: httpx.Client, title: str) -> None:
    page = browser.get("/notes/new")
    action, token = re.search(r'action="(/notes/[0-9a-f-]{36})"', page.text), FIELD.search(page.text)
    assert action and token
    fields = {"title": title, "content": "Mine.", "version": "0", "_csrf_token": token[1]}
    assert browser.post(action[1], data=fields).status_code == 200


@pytest.mark.whole
def test_the_sign_in_on_the_console_opens_a_house_that_is_lived_in_and_keeps_what_is_done(house: House, place: Path):
    house.start(command=("demo",))
    with sign_in(house) as browser:
        today = browser.get("/").text
        assert "Map room move" in today
        assert "Maren Lockyer" in browser.get("/account").text
        write_note(browser, "Written while looking round")
    printed = [line for line in house.lines if SIGN_IN.search(line)]
    assert house.stop() == 0
    assert sorted(path.name for path in place.iterdir()) == ["hearth-demo"]

    house.start(command=("demo",))
    with sign_in(house) as browser:
        assert "Written while looking round" in browser.get("/notes?q=looking").text
        # Once undone, the demo stays away.
        page = browser.get("/history").text
        undo = re.findall(r'action="(/history/[0-9a-f-]{36}/undo)"', page)[-1]
        browser.post(undo, data={"_csrf_token": FIELD.search(page)[1]})
        assert "Map room move" not in browser.get("/notes").text
    assert [line for line in house.lines if SIGN_IN.search(line)] == printed * 2
    refused = house.run("demo", "--fresh", "--yes", check=False)
    assert "already running" in refused.stderr
    assert house.stop() == 0

    house.start(command=("demo", "--fresh", "--yes"))
    with sign_in(house) as browser:
        assert "Written while looking round" not in browser.get("/notes?q=looking").text
        assert "Map room move" in browser.get("/").text
    assert [line for line in house.lines if SIGN_IN.search(line)][-1] != printed[0]


def test_no_log_and_no_command_line_holds_the_password(house: House):
    house.start(command=("demo",))
    with sign_in(house) as browser:
        assert browser.get("/account").url.path == "/account"
    password = next(found[2] for line in house.lines if (found := SIGN_IN.search(line)))
    assert not [command for command in house.processes().values() if password in command]
    held = [path for path in house.data_dir.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert [path.name for path in held] == ["demo_password"]
    assert held[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("words", [("demo",), ("demo", "--fresh", "--yes")])
def test_a_directory_that_no_demo_made_is_neither_used_nor_deleted(house: House, words: tuple[str, ...]):
    house.data_dir.mkdir()
    (house.data_dir / "letters.txt").write_text("Dear Edith")
    done = house.run(*words, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "demo" in done.stderr
    assert [path.name for path in house.data_dir.iterdir()] == ["letters.txt"]


def test_beginning_anew_asks_first(house: House):
    house.data_dir.mkdir()
    (house.data_dir / "demo.txt").write_text("A demo of Hearth; nobody has moved in yet.\n")
    (house.data_dir / "kept.txt").write_text("")
    done = house.run("demo", "--fresh", given="n\n", check=False)
    assert done.returncode == 130
    assert "all that was done in it" in done.stdout
    assert (house.data_dir / "kept.txt").exists()


def test_moving_in_is_no_command_of_its_own(house: House):
    done = house.run("move-in", check=False)
    assert (done.returncode, "step of `hearth demo`" in done.stderr) == (1, True)
    shown = CliRunner().invoke(hearth, ["--help"]).output
    assert "demo" in shown
    assert "move-in" not in shown

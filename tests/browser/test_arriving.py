"""The first ten minutes: a newcomer brings what they have, by a drop, over a reload, and takes it back."""

from __future__ import annotations

import base64
import random
import re
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.conftest import Visit, open_window
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.house import PASSWORD, House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-arriving")]

PART = 4 * 2**20
DROP = """([zone, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {lastModified: 1700000000000}));
  for (const kind of ["dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  }
}"""


@pytest.fixture
def new_house() -> Iterator[House]:
    """A house where nobody lives yet."""
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder) / "data").start()
        yield house
        house.stop()


def make_vault(path: Path, notes: int = 300) -> Path:
    """Notes of many days, most of them linking to one; one that cannot be read."""
    first = date.today().replace(year=date.today().year - 4)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("vault/The old orchard.md", "Apples, mostly. See [[Harvest]].\n")
        archive.writestr("vault/picture.md", b"\x89PNG\0\0\0" * 50)
        for number in range(notes - 1):
            day = first + timedelta(days=3 * number)
            text = f"Note {number}. We walked to [[The old orchard]] and back. #walks\n\n![[stone.png]]\n"
            archive.writestr(f"vault/{day.year}/{day}.md", text)
        archive.writestr("vault/stone.png", b"\x89PNG a stone")
    return path


def make_few(path: Path, notes: int) -> Path:
    """Notes that no other test brings."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(notes):
            archive.writestr(f"{path.stem} {number}.md", "A few words.")
    return path


def make_heavy(path: Path, seed: int) -> Path:
    """More than two parts of what cannot be compressed, and three notes."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3):
            archive.writestr(f"Heavy {seed} {number}.md", "Brought in parts.")
        archive.writestr("film.bin", random.Random(seed).randbytes(10 * 2**20))
    return path


def drop(page: Page, path: Path) -> None:
    content = base64.b64encode(path.read_bytes()).decode()
    page.evaluate(DROP, [page.locator(".drop").element_handle(), path.name, content])


def move_in(page: Page) -> None:
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Move in").click()
    page.wait_for_url("**/welcome")


@pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
def test_a_newcomer_drops_a_vault_looks_around_and_takes_it_back(
    chromium: Browser, new_house: House, look: tuple[str, str], tmp_path: Path
):
    context, visit = open_window(chromium, new_house, *look)
    page = visit.go("/")
    move_in(page)
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "welcome", look)
    page.get_by_role("link", name="Bring my notes").click()
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "import", look)
    drop(page, make_vault(tmp_path / "My vault.zip"))
    page.wait_for_url("**/imports/*")
    shoot(visit, "import-under-way", look)
    expect(page.get_by_text("300 notes are in.")).to_be_visible(timeout=30_000)
    shoot(visit, "import-just-in", look)
    expect(page.get_by_text("299 notes link to it")).to_be_visible(timeout=60_000)
    expect(page.locator("#doors")).to_contain_text("The old orchard")
    expect(page.locator("#doors")).to_contain_text(str(date.today().year - 4))
    expect(page.get_by_text("vault/picture.md").or_(page.get_by_text("picture.md"))).to_be_visible()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "import-report", look)
    page.reload()
    page.get_by_role("button", name="Undo this import").click()
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")
    expect(page.get_by_text("This import was undone")).to_be_visible()
    shoot(visit, "import-undone", look)
    visit.go("/notes")
    expect(page.get_by_text("Nothing is written yet.")).to_be_visible()
    context.close()
    assert not visit.complaints


@pytest.mark.whole
@pytest.mark.parametrize("look", [("desk", "dark"), ("phone", "light")], ids="-".join)
def test_an_upload_that_a_reload_broke_off_goes_on_where_it_stopped(
    visit: Visit, look: tuple[str, str], tmp_path: Path
):
    page, path = visit.go("/import"), make_heavy(tmp_path / f"heavy {look[0]}.zip", len(look[0]))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(offset_of(request)) if "/part" in request.url else None)
    second = f"**/part?offset={PART}"
    page.route(second, lambda route: None)  # never answered
    page.locator("#f-files").set_input_files(path)
    expect(page.get_by_role("status").filter(has_text="MB are here")).to_contain_text("4 of", timeout=15_000)
    shoot(visit, "uploading", look)
    page.reload()
    page.unroute(second)  # after the reload: the end of a route lets go what it held
    expect(page.get_by_text("Not all of it is here yet")).to_be_visible()
    expect(page.get_by_text("39 % is here")).to_be_visible()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "import-unfinished", look)
    page.get_by_role("link", name=path.name).click()
    expect(page.get_by_text("goes on where it stopped")).to_be_visible()
    assert not find_violations(page)
    shoot(visit, "import-half-here", look)
    sent.clear()
    page.locator("#f-files").set_input_files(path)
    expect(page.get_by_text("3 notes are in.")).to_be_visible(timeout=30_000)
    assert sent[0] == str(PART)
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("This import was undone")).to_be_visible()


def offset_of(request: Request) -> str:
    return request.url.rpartition("=")[2]


def test_a_folder_is_sent_as_it_is_and_without_what_tools_keep(visit: Visit, tmp_path: Path):
    vault = tmp_path / "Café notes"
    for name, content in {
        "Ä/Übung.md": b"[[B]]",
        "B.md": b"b \\ c",
        "i.png": b"\x89PNG",
        ".obsidian/app.json": b"{}",
    }.items():
        (vault / name).parent.mkdir(parents=True, exist_ok=True)
        (vault / name).write_bytes(content)
    page = visit.go("/import")
    page.locator("#f-folder").set_input_files(vault)
    expect(page.get_by_text("2 notes are in.")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="Café notes")).to_be_visible()
    expect(page.locator("#report")).not_to_contain_text("Failed")
    expect(page.get_by_role("row", name="Files")).to_contain_text("1")
    visit.go("/notes")
    page.locator(".row-title", has_text="Übung").click()
    expect(page.get_by_role("heading", name="Übung")).to_be_visible()
    expect(page.get_by_role("navigation", name="Folder")).to_contain_text("Ä")


def test_an_upload_is_cancelled_while_it_comes(visit: Visit, tmp_path: Path):
    page = visit.go("/import")
    page.route("**/part?*", lambda route: None)
    page.locator("#f-files").set_input_files(make_heavy(tmp_path / "unwanted.zip", 3))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled before anything came in.")).to_be_visible()


def test_what_is_cancelled_before_the_server_has_named_it_is_not_left_behind(visit: Visit, tmp_path: Path):
    page = visit.go("/import")

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        page.evaluate("setTimeout(() => document.querySelector('[data-stop]').click())")
        page.wait_for_timeout(200)
        route.fulfill(response=answer)

    page.route("**/imports", answer_late)
    page.route("**/part?*", lambda route: None)
    page.locator("#f-files").set_input_files(make_heavy(tmp_path / "hasty.zip", 3))
    expect(page.get_by_text("Cancelled before anything came in.")).to_be_visible()
    visit.go("/import")
    expect(page.get_by_role("link", name=re.compile("hasty.zip .* is here"))).to_have_count(0)


def test_an_empty_drop_and_a_dead_server_are_told(visit: Visit, tmp_path: Path):
    page = visit.go("/import")
    nothing = tmp_path / "nothing.zip"
    nothing.write_bytes(b"")
    drop(page, nothing)
    expect(page.get_by_text("There is nothing in it.")).to_be_visible()
    page.context.set_offline(True)
    drop(page, make_few(tmp_path / "patient.zip", 3))
    expect(page.get_by_text("It goes on by itself")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("3 notes are in.")).to_be_visible(timeout=30_000)


def test_everything_is_reached_by_keyboard(visit: Visit, tmp_path: Path):
    # Whoever listens from before on keeps Chromium from opening a dialog of its own before it hears of the listener.
    visit.page.on("filechooser", lambda _chooser: None)
    page = visit.go("/import")
    page.locator("main").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    chosen.value.set_files(make_few(tmp_path / "by key.zip", 5))
    expect(page.get_by_text("5 notes are in.")).to_be_visible(timeout=30_000)


def test_without_javascript_a_form_does_it(chromium: Browser, lived_in: House, session: object, tmp_path: Path):
    context = chromium.new_context(storage_state=session, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(lived_in.url + "/import")
    page.get_by_label("A .zip, or Markdown files").set_input_files(make_few(tmp_path / "plain.zip", 4))
    page.get_by_role("button", name="Bring in").click()
    page.wait_for_url("**/imports/*")
    for _look in range(60):
        if page.get_by_text("4 notes are in.").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    else:
        pytest.fail(page.inner_text("main"))
    context.close()

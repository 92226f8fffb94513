"""Read without a network: Today, and what was opened last, as of when it was, and by whoever it belongs to alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit, open_window
from tests.browser.test_accessibility import find_violations
from tests.browser.test_offline import NAMES, OLA, add_once, enter, own, settle
from tests.browser.test_pages import assert_fits, shoot
from tests.house import House

__all__ = ["own"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-offline")]


def kept_pages(visit: Visit) -> list[str]:
    return visit.page.evaluate(
        "async () => (await Promise.all((await caches.keys()).filter((name) => name.startsWith('hearth-pages-'))"
        ".map(async (name) => (await (await caches.open(name)).keys()).map((request) => request.url)))).flat()"
    )


def test_what_was_opened_is_read_offline_with_its_time(visit: Visit, look: tuple[str, str]):
    visit.go("/")
    page = settle(visit)
    visit.go("/notes?q=portugal").locator(".row-title", has_text="Trip to Portugal").click()
    expect(page.get_by_role("heading", name="Trip to Portugal")).to_be_visible()
    note = page.url
    visit.house.wait_for(lambda: note in kept_pages(visit), 10)
    page.context.set_offline(True)
    for address in (f"{visit.house.url}/", note):
        page.goto(address)
        expect(page.locator("#as-of")).to_contain_text(re.compile(r"Not connected\. This page is as of \d?\d:\d\d"))
        assert_fits(visit)
    expect(page.get_by_text("We took the night train")).to_be_visible()
    # It looks as it does with a network.
    assert page.locator("h1").evaluate("(heading) => getComputedStyle(heading).fontFamily").startswith('"Iowan')
    shoot(visit, "note-offline", look)
    visit.go("/people/new")
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible()
    expect(page.get_by_role("link", name="Trip to Portugal")).to_be_visible()
    assert_fits(visit)
    shoot(visit, "not-kept", look)
    assert not find_violations(page)
    page.context.set_offline(False)
    page.goto(note)
    expect(page.locator("#as-of")).to_be_hidden()


def test_a_line_of_today_waits_and_arrives_once(visit: Visit, look: tuple[str, str]):
    visit.go("/")
    page, text = settle(visit), f"The boat was late {'-'.join(look)}"
    page.context.set_offline(True)
    visit.go("/")
    page.get_by_label("A line for the log").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".lines-waiting")).to_contain_text(f"{text} waits to be sent")
    assert_fits(visit)
    shoot(visit, "line-waiting", look)
    assert not find_violations(page)
    page.reload()
    expect(page.locator(".lines-waiting")).to_contain_text(text)
    page.context.set_offline(False)
    expect(page.locator(".lines-waiting")).to_be_hidden()
    page.reload()
    expect(page.locator(".log-text li", has_text=text)).to_have_count(1)


def test_a_line_of_today_is_written_with_a_network_and_can_be_undone(visit: Visit):
    page = visit.go("/")
    page.get_by_label("A line for the log").fill("At once")
    page.keyboard.press("Enter")
    expect(page.locator("hearth-toast")).to_contain_text("Written down.")
    expect(page.locator(".log-text li", has_text="At once")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")
    expect(page.locator(".log-text li", has_text="At once")).to_have_count(0)


def test_signing_out_takes_every_page_away(own: Visit):
    own.go("/")
    page = settle(own)
    own.go("/notes")
    own.house.wait_for(lambda: f"{own.house.url}/notes" in kept_pages(own), 10)
    page.get_by_role("navigation").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    own.house.wait_for(lambda: page.evaluate(NAMES) == [], 10)
    page.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_FAILED"):
        own.go("/notes")


def test_a_session_that_the_house_has_ended_takes_them_away_too(own: Visit):
    own.go("/")
    page = settle(own)
    own.house.end_sessions(OLA)
    own.go("/notes")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    own.house.wait_for(lambda: page.evaluate(NAMES) == [], 10)


def test_nobody_reads_what_another_opened(own: Visit):
    add_once(own.house, "eva@example.org", "Eva")
    own.go("/")
    page = settle(own)
    own.go("/notes?q=portugal")
    own.house.wait_for(lambda: f"{own.house.url}/notes?q=portugal" in kept_pages(own), 10)
    before = page.evaluate(NAMES)
    # Not by signing out: another session is simply there.
    eva, other = open_window(page.context.browser, own.house, "desk", "light")
    other.go("/sign-in")
    enter(other.page, "eva@example.org")
    page.context.clear_cookies()
    page.context.add_cookies(eva.cookies())
    eva.close()
    own.go("/")
    own.house.wait_for(lambda: page.evaluate(NAMES) not in ([], before), 10)
    assert len(page.evaluate(NAMES)) == 1
    own.house.wait_for(lambda: f"{own.house.url}/offline" in kept_pages(own), 10)
    page.context.set_offline(True)
    own.go("/notes?q=portugal")
    expect(page.get_by_role("heading", name="Not connected")).to_be_visible()
    expect(page.get_by_role("link", name="Portugal")).to_have_count(0)


def test_of_many_pages_the_last_fifty_are_kept_and_today(own: Visit):
    own.go("/")
    page = settle(own)
    for number in range(53):
        own.go(f"/notes?q=word{number}")
    own.house.wait_for(lambda: f"{own.house.url}/notes?q=word52" in kept_pages(own), 10)
    kept = kept_pages(own)
    listed = [url for url in kept if "word" in url]
    assert len(listed) == 50 and f"{own.house.url}/notes?q=word2" not in listed
    assert {f"{own.house.url}/{path}" for path in ("", "capture", "offline")} <= set(kept)
    assert page.url in kept


def test_a_page_always_comes_from_the_house_where_that_answers(own: Visit):
    own.go("/")
    page = settle(own)
    own.go("/notes/new")
    seen = own.house.count("change_log")
    for title in ("First title", "Second title"):
        own.go("/people/new")
        page.get_by_label("Name", exact=True).fill(title)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.locator("hearth-toast")).to_contain_text("Saved")
        own.go("/people")
        expect(page.locator(".row-title", has_text=title)).to_be_visible()
        expect(page.locator("#as-of")).to_be_hidden()
    assert own.house.count("change_log") > seen


def test_without_a_worker_everything_works_as_before(chromium: Browser, lived_in: House, session):
    context = chromium.new_context(storage_state=session, service_workers="block")
    page = context.new_page()
    page.goto(lived_in.url + "/capture")
    page.get_by_label("What is on your mind?").fill("No worker")
    page.get_by_role("button", name="Catch").click()
    expect(page.locator(".outbox li", has_text="No worker")).to_contain_text("Sent")
    context.close()


def test_the_dialog_s_thought_is_kept_without_a_network_and_arrives_once(visit: Visit, look: tuple[str, str]):
    visit.go("/notes")
    page, text = settle(visit), f"By the key {'-'.join(look)}"
    page.context.set_offline(True)
    visit.go("/notes")
    page.keyboard.press("i")
    page.get_by_label("What is on your mind?").fill(text)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Kept on this device.")).to_be_visible()
    assert visit.house.count("captures where content = $1", text) == 0
    shoot(visit, "dialog-offline", look)
    page.context.set_offline(False)
    visit.house.wait_for(lambda: visit.house.count("captures where content = $1", text) == 1, 15)
    visit.go("/notes")
    assert visit.house.count("captures where content = $1 and source = 'dialog'", text) == 1


def test_the_dialog_s_files_are_kept_with_the_thought(visit: Visit, look: tuple[str, str]):
    visit.go("/notes")
    page, text = settle(visit), f"With a file {'-'.join(look)}"
    page.context.set_offline(True)
    catch_with_file(visit, text)
    expect(page.get_by_text("Kept on this device.")).to_be_visible()
    page.context.set_offline(False)
    files = "attachments f join captures c on c.id = f.record_id where c.content = $1 and f.name = 'kiln.txt'"
    visit.house.wait_for(lambda: visit.house.count(files, text) == 1, 15)


def test_where_no_file_can_be_kept_the_dialog_keeps_it_and_says_so(visit: Visit, look: tuple[str, str]):
    visit.go("/notes")
    page = settle(visit)
    page.evaluate("() => { indexedDB.open = () => { throw new DOMException('private', 'InvalidStateError'); }; }")
    page.context.set_offline(True)
    catch_with_file(visit, "Nowhere to put it")
    expect(page.locator(".catch-told")).to_contain_text("send them again")
    expect(page.get_by_label("What is on your mind?")).to_have_value("Nowhere to put it")
    expect(page.locator(".catch-files")).to_contain_text("kiln.txt")
    shoot(visit, "dialog-files-kept", look)
    page.context.set_offline(False)
    page.keyboard.press("Control+Enter")
    visit.house.wait_for(lambda: visit.house.count("attachments where name = 'kiln.txt'") > 0, 15)


def catch_with_file(visit: Visit, text: str) -> None:
    visit.page.keyboard.press("i")
    dialog = visit.page.locator("dialog.catch")
    dialog.get_by_label("What is on your mind?").fill(text)
    dialog.locator("input[type=file]").set_input_files(
        {"name": "kiln.txt", "mimeType": "text/plain", "buffer": b"1,240 degrees"}
    )
    expect(dialog.locator(".catch-files")).to_contain_text("kiln.txt")
    dialog.get_by_label("What is on your mind?").press("Control+Enter")


OLDER = """async (url) => {
    const [name] = (await caches.keys()).filter((name) => name.startsWith("hearth-pages-"));
    const pages = await caches.open(name);
    const kept = await pages.match(url, {ignoreVary: true}), html = await kept.text();
    await pages.put(url, new Response(html.replace(/static\\/app\\.[0-9a-f]{12}/g, "static/app.0123456789ab"), kept));
}"""


def test_a_copy_from_before_an_upgrade_looks_like_this_release(visit: Visit):
    visit.go("/")
    page, address = settle(visit), f"{visit.house.url}/people"
    visit.go("/people")
    visit.house.wait_for(lambda: address in kept_pages(visit), 10)
    page.evaluate(OLDER, address)
    page.context.set_offline(True)
    visit.go("/people")
    expect(page.locator("#as-of")).to_be_visible()
    assert page.locator("h1").evaluate("(heading) => getComputedStyle(heading).fontFamily").startswith('"Iowan')
    assert page.evaluate("!!customElements.get('hearth-toast')")

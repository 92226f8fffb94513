"""Without a network: what is written is kept, arrives once when it is back, and as nobody but its writer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import Visit, open_window
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.house import PASSWORD, House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-offline")]
OLA = "ola@example.org"
WRONG = """async () => { await HearthOutbox.put({to: "captures", fields: {content: "A wrong kind", type: "poem"},
    owner: document.querySelector("hearth-catch").dataset.owner});
    await HearthOutbox.send(document.body.dataset.baseHref); }"""
# As a phone's share sheet does, by the form that the manifest describes.
SHARE = """(text) => {
    const made = (name, fields) => Object.assign(document.createElement(name), fields);
    const form = made("form", {action: "share", method: "post", enctype: "multipart/form-data"});
    for (const [name, value] of Object.entries({title: "Fado", text, url: "https://example.org/fado"}))
        form.append(made("input", {name, value}));
    const chosen = new DataTransfer(), files = made("input", {type: "file", name: "files"});
    chosen.items.add(new File(["words"], "fado.txt", {type: "text/plain"}));
    files.files = chosen.files;
    form.append(files);
    document.body.append(form);
    form.submit();
}"""
KEPT = "async (url) => !!(await caches.match(url, {ignoreVary: true}))"
NAMES = "async () => (await caches.keys()).filter((name) => name.startsWith('hearth-pages-'))"


@pytest.fixture
def own(chromium: Browser, lived_in: House) -> Iterator[Visit]:
    """A window of somebody else's, whose sessions a test may end."""
    lived_in.forget_attempts()
    add_once(lived_in, OLA, "Ola")
    context, visit = open_window(chromium, lived_in, "desk", "light")
    visit.go("/sign-in")
    enter(visit.page, OLA)
    yield visit
    context.close()
    assert not visit.complaints


def add_once(house: House, email: str, name: str) -> None:
    if not house.count("users where email = $1", email):
        house.add_person(email, name)


def enter(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)


@pytest.fixture
def bare(chromium: Browser, lived_in: House, session: StorageState, look: tuple[str, str]) -> Iterator[Visit]:
    """Without a worker, which sends by itself and past `page.route` as soon as something waits."""
    context, visit = open_window(chromium, lived_in, *look, session, service_workers="block")
    yield visit
    context.close()
    assert not visit.complaints


def settle(visit: Visit) -> Page:
    """Until the worker has taken over and kept what has to be there."""
    page, house = visit.page, visit.house
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    # A page that was under way as the worker took over is without it until it is opened again.
    house.wait_for(lambda: page.reload() and page.evaluate("!!navigator.serviceWorker.controller"), 20)
    house.wait_for(lambda: page.evaluate(KEPT, f"{house.url}/capture"), 20)
    return page


def capture(page: Page, text: str) -> None:
    page.get_by_label("What is on your mind?").fill(text)
    page.get_by_role("button", name="Catch").click()
    expect(page.get_by_label("What is on your mind?")).to_have_value("")


def row(page: Page, text: str):
    return page.locator(".outbox li", has_text=text)


def caught(house: House, text: str) -> int:
    return house.count("captures where content = $1", text)


def test_what_is_captured_offline_arrives_once_each_time_the_network_is_back(visit: Visit, look: tuple[str, str]):
    visit.go("/")
    page, texts = settle(visit), [f"{word} {'-'.join(look)}" for word in ("Buy rope", "Why do tides turn?", "Third")]
    for text in texts[:2]:
        page.context.set_offline(True)
        page.goto(f"{visit.house.url}/capture")
        expect(page.locator("#as-of")).to_contain_text("Not connected. This page is as of")
        capture(page, text)
        expect(row(page, text)).to_contain_text("Waits")
        assert_fits(visit)
        shoot(visit, "capture-offline", look)
        assert caught(visit.house, text) == 0
        page.context.set_offline(False)
        expect(row(page, text)).to_contain_text("Sent")
    page.goto(f"{visit.house.url}/capture")
    capture(page, texts[2])
    expect(row(page, texts[2])).to_contain_text("Sent")
    assert [caught(visit.house, text) for text in texts] == [1, 1, 1]
    shoot(visit, "capture-sent", look)
    assert not find_violations(page)


def test_an_answer_that_is_lost_on_the_way_makes_no_second_capture(bare: Visit, look: tuple[str, str]):
    page, answered, text = bare.go("/capture"), [], f"Said once {'-'.join(look)}"

    def lose(route) -> None:
        route.fetch()
        answered.append(route.request.url)
        route.abort()

    page.route("**/captures", lose)
    capture(page, text)
    expect(row(page, text)).to_contain_text("Waits")
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    bare.house.wait_for(lambda: answered, 10)
    assert caught(bare.house, text) == 1
    page.unroute("**/captures")
    page.get_by_role("button", name="Send now").click()
    expect(row(page, text)).to_contain_text("Sent")
    assert caught(bare.house, text) == 1


def test_what_waits_is_changed_removed_and_taken_back(bare: Visit, look: tuple[str, str]):
    page, name = bare.go("/capture"), "-".join(look)
    page.route("**/outbox/pass", lambda route: route.abort())
    for text in (f"Teh ferry {name}", f"Nonsense {name}", f"Sense {name}"):
        capture(page, text)
    row(page, "ferry").get_by_role("button", name="Edit").click()
    page.locator(".outbox").get_by_label("Text").fill(f"The ferry {name}")
    shoot(bare, "outbox-editing", look)
    assert not find_violations(page)
    page.get_by_role("button", name="Save").click()
    expect(row(page, f"The ferry {name}")).to_be_visible()
    for text in ("Nonsense", "Sense"):
        row(page, f"{text} {name}").first.get_by_role("button", name="Remove").click()
        expect(row(page, f"{text} {name}")).to_have_count(0)
    page.locator(".outbox").get_by_role("button", name="Undo").last.click()
    assert_fits(bare)
    page.unroute("**/outbox/pass")
    page.get_by_role("button", name="Send now").click()
    expect(row(page, "The ferry")).to_contain_text("Sent")
    assert [caught(bare.house, f"{text} {name}") for text in ("Teh ferry", "The ferry")] == [0, 1]
    assert sum(caught(bare.house, f"{text} {name}") for text in ("Nonsense", "Sense")) == 1


def test_what_is_refused_says_why_and_stays(visit: Visit):
    page = visit.go("/capture")
    page.evaluate(WRONG)
    expect(row(page, "A wrong kind")).to_contain_text("Refused: There is no type “poem” of captures.")
    row(page, "A wrong kind").get_by_role("button", name="Remove").click()


def test_another_app_shares_words_and_a_file(visit: Visit, look: tuple[str, str]):
    visit.go("/")
    page, name = settle(visit), "-".join(look)
    page.evaluate(SHARE, f"Look at this {name}")
    page.wait_for_url("**/capture?shared=*")
    expect(page.get_by_label("What is on your mind?")).to_have_value(f"Look at this {name}")
    expect(page.get_by_label("Link")).to_have_value("https://example.org/fado")
    expect(page.locator(".capture-files")).to_contain_text("fado.txt")
    assert_fits(visit)
    shoot(visit, "shared", look)
    assert not find_violations(page)
    assert caught(visit.house, f"Look at this {name}") == 0
    page.get_by_role("button", name="Catch").click()
    expect(row(page, "Look at this")).to_contain_text("Sent")
    files = "captures c join attachments a on a.record_id = c.id where c.content = $1 and a.name = 'fado.txt'"
    assert visit.house.count(files, f"Look at this {name}") == 1
    assert visit.house.count("captures where content = $1 and source = 'share'", f"Look at this {name}") == 1


def test_without_a_worker_the_house_receives_what_is_shared(chromium: Browser, lived_in: House, session):
    context = chromium.new_context(storage_state=session, service_workers="block")
    page = context.new_page()
    page.goto(lived_in.url + "/")
    page.evaluate(SHARE, "By the house")
    expect(page.get_by_label("What is on your mind?")).to_have_value("By the house")
    expect(page.get_by_text("The files that were shared did not come along.")).to_be_visible()
    assert caught(lived_in, "By the house") == 0
    context.close()


def test_an_expired_session_keeps_what_waits_until_one_is_signed_in_again(own: Visit):
    page = own.go("/capture")
    own.house.end_sessions(OLA)
    capture(page, "After the session")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(row(page, "After the session")).to_contain_text("Waits")
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert caught(own.house, "After the session") == 0
    enter(page, OLA)
    own.house.wait_for(lambda: caught(own.house, "After the session") == 1, 10)


def test_nothing_is_sent_as_another_and_all_when_its_writer_is_back(own: Visit):
    add_once(own.house, "ben@example.org", "Ben")
    own.go("/")
    page = settle(own)
    page.context.set_offline(True)
    own.go("/capture")
    capture(page, "Ola's alone")
    page.context.clear_cookies()
    page.context.set_offline(False)
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    own.go("/sign-in")
    enter(page, "ben@example.org")
    with page.expect_response("**/outbox/pass"):
        own.go("/capture")
    expect(page.locator(".outbox")).to_be_hidden()
    assert caught(own.house, "Ola's alone") == 0
    page.context.clear_cookies()
    own.go("/sign-in")
    enter(page, OLA)
    own.house.wait_for(lambda: caught(own.house, "Ola's alone") == 1, 10)
    ben = "captures c join users u on u.id = c.user_id where u.email = 'ben@example.org'"
    assert own.house.count(ben) == 0

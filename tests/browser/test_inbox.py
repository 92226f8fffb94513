"""The inbox by keys alone, by a thumb, and from any page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.captures.guessing import guess_type
from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.captures.test_captures import GUESSED

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-inbox")]

CATCH = """async (texts) => {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  for (const content of texts) {
    const answer = await fetch(document.querySelector("hearth-capture form").action,
      { method: "POST", headers, body: new URLSearchParams({ content, client_id: crypto.randomUUID() }) });
    if (!answer.ok) throw new Error(answer.status);
  }
}"""


def fill(visit: Visit, texts: list[str]) -> Page:
    page = visit.go("/inbox/one")
    page.evaluate(CATCH, texts)
    return page


def empty(visit: Visit) -> None:
    page = visit.go("/inbox")
    while (boxes := page.locator(".inbox-row input")).count():
        for box in boxes.all():
            box.check()
        page.get_by_role("button", name="Discard").click()
        page.wait_for_load_state()


def test_a_thought_is_caught_by_one_key_and_never_lost(visit: Visit, look: tuple[str, str]):
    empty(visit)
    page = visit.go("/people")
    if look[0] == "phone":
        page.get_by_role("link", name="Catch a thought").locator("visible=true").click()
    else:
        page.keyboard.press("i")
    text = page.get_by_label("What is on your mind?")
    expect(text).to_be_focused()
    text.fill("Where do owls sleep?")
    expect(page.get_by_role("button", name="Question")).to_have_attribute("aria-pressed", "true")
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "catch", look)
    page.reload()
    page.locator("[data-capture]:visible").first.click()
    expect(text).to_have_value("Where do owls sleep?")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_role("button", name="Other")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+Enter")
    expect(page.locator("hearth-toast")).to_contain_text("Caught.")
    expect(page.locator("dialog.catch")).to_be_hidden()
    visit.go("/inbox")
    expect(page.locator(".inbox-row")).to_have_count(1)
    expect(page.locator(".inbox-row .row-tag")).to_have_text("Other")


def test_the_page_guesses_as_the_server_does(visit: Visit):
    page = visit.go("/people")
    page.keyboard.press("i")
    for text, kind in GUESSED:
        page.get_by_label("What is on your mind?").fill(text)
        expect(page.locator(f"[data-type={kind}]")).to_have_attribute("aria-pressed", "true")
        assert guess_type(text) == kind


DEEDS = [
    "n",
    "c",
    "t",
    "d",
    "l",
    "n",
    "u",
    "n",
    "s",
    "e",
    "d",
    "t",
    "n",
    "n",
    "u",
    "c",
    "t",
    "d",
    "n",
    "n",
    "d",
    "n",
    "n",
    "d",
]


def test_twenty_items_are_filed_by_keys_alone_with_two_undos(visit: Visit, look: tuple[str, str]):
    if look[0] == "phone":
        pytest.skip("a phone has no keys")
    empty(visit)
    texts = [f"Thing {number:02}" for number in range(20)]
    texts[4] = "https://owls.example.org/night"
    page = fill(visit, texts)
    page = visit.go("/inbox/one")
    expect(page.locator(".triage-where")).to_contain_text("20 wait")
    left = 20
    for key in DEEDS:
        page.keyboard.press(key)
        if key == "s":
            expect(page.locator(".snooze")).to_have_attribute("open", "")
            page.keyboard.press("Enter")
        if key == "e":
            expect(page.locator("#f-join")).to_be_focused()
            page.keyboard.type("Lisbon")
            expect(page.locator("#found button").first).to_contain_text("Lisbon")
            page.keyboard.press("Enter")
        left += 1 if key == "u" else -1
        if left:
            expect(page.locator(".triage-where")).to_contain_text(f"{left} wait")
    expect(page.get_by_role("heading", name="Everything has its place.")).to_be_visible()
    assert not find_violations(page)
    assert_fits(visit)
    shoot(visit, "inbox-zero", look)
    page.reload()
    page.keyboard.press("u")
    expect(page.locator(".triage-where")).to_contain_text("1 waits")


def test_keys_pressed_faster_than_the_house_answers_are_all_heard(visit: Visit):
    empty(visit)
    fill(visit, [f"Quick {number}" for number in range(5)])
    page = visit.go("/inbox/one")
    expect(page.locator(".triage-where")).to_contain_text("5 wait")
    for key in "nndnd":
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Everything has its place.")).to_be_visible()


def test_the_pages_of_the_inbox_fit_and_are_accessible(visit: Visit, look: tuple[str, str]):
    empty(visit)
    fill(
        visit,
        [
            "Ask about the tiles of Lisbon tomorrow at 9\n\nThey glow at dusk. #travel",
            "Where do owls sleep?",
            "https://owls.example.org/a-long-address/that-goes-on",
            "Buy milk",
            "“Still waters run deep.” — Ana",
        ],
    )
    page = visit.go("/inbox")
    expect(page.locator(".inbox-row")).to_have_count(5)
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "inbox-list", look)
    page.locator(".inbox-row input").first.check()
    assert not find_violations(page)
    shoot(visit, "inbox-selected", look)
    visit.go("/inbox/one")
    expect(page.get_by_text("It names that time.")).to_be_visible()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "inbox-item", look)
    page.locator(".join summary").click()
    page.locator("#f-join").fill("Portugal")
    expect(page.locator("#found button").first).to_be_visible()
    page.locator(".snooze summary").click()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "inbox-item-open", look)
    visit.go("/")
    expect(page.get_by_text("5 things wait in the inbox")).to_be_visible()
    shoot(visit, "today-with-inbox", look)


def swipe(page: Page, selector: str, distance: int) -> None:
    page.locator(selector).first.evaluate(
        """(element, distance) => {
          const box = element.getBoundingClientRect();
          const [x, y] = [box.left + box.width / 2, box.top + 20];
          const fire = (type, at) => element.dispatchEvent(new PointerEvent(type,
            { bubbles: true, pointerType: "touch", pointerId: 7, clientX: at, clientY: y }));
          fire("pointerdown", x);
          for (let part = 1; part <= 6; part++) fire("pointermove", x + distance * part / 6);
          fire("pointerup", x + distance);
        }""", distance,
    )  # fmt: skip


def test_a_thumb_files_to_the_right_and_discards_to_the_left(visit: Visit):
    empty(visit)
    fill(visit, ["To the right", "To the left", "In the list"])
    visit.page.set_viewport_size({"width": 390, "height": 844})
    page = visit.go("/inbox/one")
    expect(page.get_by_role("heading", name="To the right")).to_be_visible()
    swipe(page, ".item", 30)
    expect(page.get_by_role("heading", name="To the right")).to_be_visible()
    swipe(page, ".item", 160)
    expect(page.locator(".triage-told")).to_have_text("Made a note.")
    expect(page.get_by_role("heading", name="To the left")).to_be_visible()
    swipe(page, ".item", -160)
    expect(page.locator(".triage-told")).to_have_text("Discarded.")
    visit.go("/inbox")
    swipe(page, ".inbox-row", 160)
    expect(page.get_by_role("heading", name="Everything has its place.")).to_be_visible()


def test_keys_work_in_the_list_too(visit: Visit):
    empty(visit)
    fill(visit, ["First row", "Second row", "Third row"])
    page = visit.go("/inbox")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("d")
    expect(page.locator("hearth-toast")).to_contain_text("Discarded.")
    expect(page.locator(".inbox-row")).to_have_count(2)
    expect(page.locator(".inbox-rows")).not_to_contain_text("Second row")
    page.keyboard.press("u")
    expect(page.locator(".inbox-rows")).to_contain_text("Second row")

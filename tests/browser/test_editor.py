"""The drawn editor: what it shows, offers and keeps, at a desk and on a phone; and what is there without it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, StorageState, expect

from tests.browser.conftest import SCREENS, Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.browser.test_safety import make
from tests.house import House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-editor")]

TEXT = """## Some *words*

A **bold** word, a [link](https://example.org/) and [[Lisbon|a town]] with `code`.

- [ ] to do
- [x] done

![[nothing.png]]

last"""


def write(visit: Visit, text: str = "") -> Locator:
    """The surface of a new note, with the cursor behind what was typed."""
    page = visit.go("/notes/new")
    surface = page.locator(".cm-content")
    surface.focus()
    if text:
        page.keyboard.insert_text(text)
    return surface


def content(page: Page) -> Locator:
    return page.locator("#note-content")


@pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
def test_marks_show_only_where_somebody_is_writing(visit: Visit, look: tuple[str, str]):
    surface = write(visit, TEXT)
    page = visit.page
    expect(content(page)).to_have_value(TEXT)
    lines = surface.locator(".cm-line")
    expect(lines.nth(0)).to_have_text("Some words")
    expect(lines.nth(2)).to_have_text("A bold word, a link and a town with code.")
    expect(surface.locator(".cm-check")).to_have_count(2)
    expect(surface.locator(".cm-missing")).to_have_text("nothing.png")
    assert_fits(visit)
    shoot(visit, "writing", look)
    lines.nth(2).click(position={"x": 3, "y": 8})
    expect(lines.nth(2)).to_contain_text("**bold**")
    expect(lines.nth(2)).to_contain_text("[[Lisbon|a town]]")
    expect(lines.nth(0)).to_have_text("Some words")
    assert not find_violations(page)


def test_a_box_is_ticked_in_place_and_one_key_shows_the_raw_text(visit: Visit):
    surface = write(visit, TEXT)
    page = visit.page
    surface.locator(".cm-check").first.click()
    expect(content(page)).to_have_value(TEXT.replace("- [ ] to do", "- [x] to do"))
    page.keyboard.press("Control+Alt+r")
    expect(surface.locator(".cm-check")).to_have_count(0)
    expect(surface.locator(".cm-line").nth(0)).to_have_text("## Some *words*")
    shown = page.get_by_role("button", name="Show the marks")
    expect(shown).to_have_attribute("aria-pressed", "true")
    shown.click()
    expect(surface.locator(".cm-line").nth(0)).to_have_text("Some words")
    expect(surface).to_be_focused()


def test_names_are_completed_by_keyboard_alone(visit: Visit):
    visit.go("/people/new")
    page = visit.page
    page.get_by_label("Name", exact=True).fill("Quirin Zobel")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: not url.endswith("/new"))
    write(visit)
    for typed, key, written in (("See [[lisb", "Enter", "See [[Lisbon]]"), (" @quir", "Tab", " @[[Quirin Zobel]]"),
                                (" #trav", "Enter", " #travel")):  # fmt: skip
        before = content(page).input_value()
        page.keyboard.type(typed, delay=20)
        expect(page.locator(".cm-tooltip-autocomplete [role=option]").first).to_be_visible()
        page.wait_for_timeout(100)  # a list that has only just come takes no key, lest it take one meant for the text
        assert page.locator(".cm-content").get_attribute("aria-activedescendant")
        page.keyboard.press(key)
        expect(content(page)).to_have_value(before + written)
    page.keyboard.type(" [[Not yet there", delay=20)
    new = page.get_by_role("option", name="Make a note “Not yet there”")
    expect(new).to_be_visible()
    assert not find_violations(page)
    page.keyboard.press("Escape")
    expect(new).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator(".cm-content")).to_be_focused()


def test_a_link_is_followed_where_it_is_written(visit: Visit):
    surface = write(visit, "See [[Lisbon]] and more.")
    page = visit.page
    expect(page.locator("#saved")).to_contain_text("Saved", timeout=10_000)
    with page.context.expect_page() as opened:
        surface.locator(".cm-link").first.click(modifiers=["Control"])
    expect(opened.value.get_by_role("heading", name="Lisbon").first).to_be_visible()
    opened.value.close()
    for _step in range(len(" and more.") + 3):
        page.keyboard.press("ArrowLeft")
    with page.context.expect_page() as opened:
        page.keyboard.press("Alt+Enter")
    expect(opened.value).to_have_url(re.compile("/notes/[0-9a-f-]{36}$"))
    opened.value.close()


def test_what_is_written_out_needs_no_completion_and_enter_is_a_new_line(visit: Visit):
    write(visit)
    page = visit.page
    page.keyboard.type("#travel", delay=20)
    page.wait_for_timeout(400)
    page.keyboard.press("Enter")
    expect(content(page)).to_have_value("#travel\n")


def test_lists_go_on_and_end_by_themselves(visit: Visit):
    write(visit)
    page = visit.page
    page.keyboard.type("- [ ] one\ntwo\n")
    page.keyboard.press("Tab")
    page.keyboard.type("within")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # an empty item within goes one step out,
    page.keyboard.press("Enter")  # and there it ends the list
    page.keyboard.type("1. first\nsecond")
    expect(content(page)).to_have_value("- [ ] one\n- [ ] two\n  - [ ] within\n1. first\n2. second")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+Enter")
    expect(content(page)).to_have_value("- [x] one\n- [ ] two\n  - [ ] within\n1. first\n2. second")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save")).to_be_focused()


def test_tab_leaves_where_there_is_no_list(visit: Visit):
    write(visit, "words")
    visit.page.keyboard.press("Tab")
    expect(visit.page.get_by_role("button", name="Save")).to_be_focused()


def test_marks_are_set_by_keys_and_by_the_toolbar(visit: Visit):
    write(visit, "warm words")
    page = visit.page
    page.keyboard.press("Control+b")
    expect(content(page)).to_have_value("warm **words**")
    page.keyboard.press("Control+b")
    expect(content(page)).to_have_value("warm words")
    page.get_by_role("button", name="Something to do").click()
    expect(content(page)).to_have_value("- [ ] warm words")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+k")
    expect(content(page)).to_have_value("[- [ ] warm words]()")
    expect(page.locator("dialog.switcher")).to_be_hidden()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(content(page)).to_have_value("- [ ] warm words")


def test_a_slash_offers_commands_and_templates(visit: Visit):
    page = visit.page
    page.route("**/given-templates", lambda route: route.fulfill(json=[{"id": "7", "title": "Meeting"}]))
    page.route("**/given-text?*", lambda route: route.fulfill(body="# Meeting\n\nWho: "))
    visit.go("/notes/new")
    page.locator("hearth-surface").evaluate(
        "element => { element.dataset.templates = '/given-templates'; element.dataset.templateText = '/given-text'; }"
    )
    page.locator(".cm-content").click()
    page.keyboard.type("/todo", delay=20)
    page.wait_for_timeout(200)
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Control+a")
    page.keyboard.type("/some", delay=20)
    expect(page.get_by_role("option", name="Something to do")).to_be_visible()
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")
    expect(content(page)).to_have_value("- [ ] ")
    page.keyboard.press("Control+a")
    page.keyboard.type("/mee", delay=20)
    expect(page.get_by_role("option", name="Meeting")).to_be_visible()
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")
    expect(content(page)).to_have_value("# Meeting\n\nWho: ")


def test_another_s_text_is_put_in_and_the_cursor_stays(visit: Visit):
    write(visit, "first\nmine\nlast")
    page = visit.page
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    content(page).evaluate(
        "(area, text) => area.dispatchEvent(new CustomEvent('hearth:replace', {detail: {text}}))",
        "new first\nmine\nlast of all",
    )
    page.keyboard.type("still ")
    expect(content(page)).to_have_value("new first\nstill mine\nlast of all")
    page.keyboard.press("Control+z")  # takes back what was typed here, not what came from elsewhere
    expect(content(page)).to_have_value("new first\nmine\nlast of all")


def test_what_a_script_sets_is_shown(visit: Visit):
    surface = write(visit, "before")
    content(visit.page).evaluate("area => { area.value = 'after'; }")
    expect(surface).to_have_text("after")


def next_of(page: Page, held: list[Route]) -> Route:
    """The note is saved first, where it never was: a file needs one that it can belong to."""
    for _time in range(200):
        if held:
            break
        page.wait_for_timeout(50)
    return held.pop()


def test_a_picture_is_pasted_and_what_is_typed_meanwhile_stays(visit: Visit):
    page = visit.page
    sent = []

    def receive(route):
        sent.append(route.request.headers)
        route.fulfill(status=201, json={"files": [{"name": "sea.png", "markdown": "![[sea.png]]"}]})

    surface = write(visit, "ab")
    held = []
    page.route("**/files", lambda route: held.append(route))
    page.keyboard.press("ArrowLeft")
    paste = """element => {
      const data = new DataTransfer();
      data.items.add(new File(['x'], 'sea.png', {type: 'image/png'}));
      element.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
    }"""
    surface.evaluate(paste)
    expect(surface.locator(".cm-waiting")).to_contain_text("sea.png")
    expect(content(page)).to_have_value("ab")
    page.keyboard.press("Home")
    page.keyboard.type("early ")
    receive(next_of(page, held))
    expect(content(page)).to_have_value("early a![[sea.png]]b")
    expect(surface.locator(".cm-waiting")).to_have_count(0)
    assert sent[0]["x-csrftoken"] and "multipart/form-data" in sent[0]["content-type"]
    surface.evaluate(paste)
    expect(surface.locator(".cm-waiting")).to_be_visible()
    next_of(page, held).fulfill(status=413, json={"detail": "Too large for this house."})
    expect(page.get_by_role("alert").filter(has_text="Too large for this house.")).to_be_visible()
    expect(surface.locator(".cm-waiting")).to_have_count(0)


@pytest.mark.parametrize("look", [("phone", "light"), ("desk", "dark")], ids="-".join)
def test_the_toolbar_stays_in_sight_and_the_cursor_above_it(visit: Visit, look: tuple[str, str]):
    write(visit, "\n".join(f"line {number}" for number in range(80)))
    page = visit.page
    bar = page.get_by_role("toolbar", name="Formatting")
    for button in bar.get_by_role("button").all():
        size = button.bounding_box()
        assert size and size["height"] >= 44 and size["width"] >= 44
    page.keyboard.type("!")
    docked = bar if look[0] == "phone" else page.locator(".editor .actions")
    box, edge, cursor = bar.bounding_box(), docked.bounding_box(), page.locator(".cm-line").last.bounding_box()
    assert box and edge and cursor
    assert box["y"] + box["height"] <= SCREENS[look[0]]["height"] + 1
    assert cursor["y"] + cursor["height"] <= edge["y"] + 1
    shoot(visit, "writing-long", look)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/notes/*-*")


def test_the_outline_leads_to_a_heading_and_words_are_counted(visit: Visit):
    write(visit, "# One\n\n" + "words here\n\n" * 60 + "## Two\n\nend")
    page = visit.page
    outline = page.get_by_role("navigation", name="Outline")
    outline.get_by_role("button", name="One").click()
    expect(page.locator(".cm-line").first).to_be_in_viewport()
    page.keyboard.press("End")
    page.keyboard.type(" more")
    expect(outline.get_by_role("button", name="One more")).to_be_visible()
    outline.get_by_role("button", name="Two").click()
    expect(page.locator(".cm-line", has_text="Two")).to_be_in_viewport()
    expect(page.locator("[data-count=words]")).to_have_text("124")


def test_nothing_but_the_text(visit: Visit):
    write(visit, "calm")
    page = visit.page
    page.keyboard.press("Control+Alt+f")
    expect(page.get_by_role("navigation", name="Hearth")).to_be_hidden()
    expect(page.get_by_role("button", name="Focus mode")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+Alt+f")
    expect(page.get_by_role("navigation", name="Hearth")).to_be_visible()


def test_a_task_is_ticked_where_it_is_read(visit: Visit):
    make(visit, "Ticked", "- [ ] water the quince\n- [x] done")
    page = visit.page
    box = page.get_by_label("water the quince")
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator("hearth-toast")).to_contain_text("Ticked off.")
    page.reload()
    expect(box).to_be_checked()
    page.get_by_label("done").uncheck()
    page.locator("hearth-toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_label("done")).to_be_checked()


def test_without_javascript_the_plain_field_is_there(chromium: Browser, lived_in: House, session: StorageState):
    context = chromium.new_context(java_script_enabled=False, storage_state=session)
    page = context.new_page()
    page.goto(lived_in.url + "/notes/new")
    expect(page.get_by_label("Text")).to_be_visible()
    expect(page.get_by_role("toolbar")).to_have_count(0)
    context.close()


def test_a_module_that_does_not_come_leaves_the_plain_field(visit: Visit):
    visit.page.route("**/codemirror*", lambda route: route.abort())
    page = visit.go("/notes/new")
    page.get_by_label("Title").fill("Plainly")
    page.get_by_label("Text").fill("typed all the same")
    expect(page.locator("#saved")).to_contain_text("Saved", timeout=10_000)

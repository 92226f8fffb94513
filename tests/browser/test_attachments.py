"""Files on a note, as a person adds, sees and removes them."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.browser.test_safety import make

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-safety")]


def photo(colour: str) -> bytes:
    image = Image.new("RGB", (1600, 1000), colour)
    ImageDraw.Draw(image).ellipse((500, 200, 1100, 800), fill="orange")
    made = io.BytesIO()
    image.save(made, "JPEG")
    return made.getvalue()


@pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
def test_a_picture_is_added_seen_removed_and_had_back(visit: Visit, look: tuple[str, str]):
    name = f"lamp {'-'.join(look)}.jpg"
    make(visit, f"A lamp {'-'.join(look)}")
    page, address = visit.page, visit.page.url
    page.locator("#files").get_by_text("Add files").click()
    page.get_by_label("Files", exact=True).set_input_files([
        {"name": name, "mimeType": "image/jpeg", "buffer": photo("#%02x4a6b" % (len(name) * 5))},
        {"name": f"paper {'-'.join(look)}.pdf", "mimeType": "application/pdf", "buffer": f"%PDF-1.7 {look}".encode()},
    ])  # fmt: skip
    page.get_by_label("Show them in the text").check()
    assert_fits(visit)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("hearth-toast")).to_contain_text("2 files added.")
    row = page.locator(".file-row", has_text=name)
    for image, width in ((row.locator("img"), 320), (page.locator(".prose img"), 960)):
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        expect(image).to_have_js_property("naturalWidth", width)
    assert_fits(visit)
    assert not find_violations(page)
    row.locator("summary").click()
    shoot(visit, "note-files", look)
    assert_fits(visit)
    assert not find_violations(page)
    for target in row.locator("summary, button, input[name=name], .file-open").all():
        assert target.bounding_box()["height"] >= 44
    row.get_by_role("button", name="Move to trash").click()
    expect(page.locator("hearth-toast")).to_contain_text("Moved to the trash")
    expect(row).to_have_count(0)
    page.locator("hearth-toast").get_by_role("button", name="Undo").click()
    expect(page.locator("hearth-toast")).to_contain_text("Undone.")
    page.goto(address)
    expect(row).to_be_visible()
    visit.go("/notes?view=cards")
    picture = page.locator(".row", has_text=f"A lamp {'-'.join(look)}").locator("img.row-picture").first
    expect(picture).to_have_js_property("naturalWidth", 320)
    shoot(visit, "cards-with-a-picture", look)
    assert_fits(visit)
    assert not find_violations(page)

"""Files dropped on the inbox are sent in the background; the page stays, and says when they are in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENSHOTS, Visit
from tests.browser.test_accessibility import find_violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-dropping")]

ANNOUNCE = """async () => {
  const token = document.querySelector("[name=_csrf_token]").value;
  const body = new URLSearchParams({ name: "begun", size: "12", place: "inbox" });
  const answer = await fetch("/imports", { method: "POST", body, headers: { "x-csrftoken": token } });
  return (await answer.json()).id;
}"""
DROP = """() => {
  const transfer = new DataTransfer();
  for (const number of [1, 2, 3]) {
    const text = `From: a@example.org\\nSubject: Mail ${number} ${Math.random()}\\n\\nWords ${number}`;
    transfer.items.add(new File([text], `mail ${number}.eml`));
  }
  const given = { dataTransfer: transfer, bubbles: true, cancelable: true };
  for (const type of ["dragover", "drop"]) document.querySelector("h1").dispatchEvent(new DragEvent(type, given));
}"""


def test_mails_dropped_anywhere_on_the_page_come_in_while_it_stays(visit: Visit, look: tuple[str, str]):
    page = visit.go("/import")
    address = f"/imports/{page.evaluate(ANNOUNCE)}"
    visit.go(address)
    expect(page.get_by_text("Bring mails and files")).to_be_visible()
    page.evaluate(DROP)
    expect(page.locator(".dropped")).to_contain_text("3 things are in the inbox.", timeout=30_000)
    assert page.url.endswith(address)
    expect(page.locator(".dropped").get_by_role("button", name="Undo")).to_be_visible()
    page.get_by_text("Bring mails and files").click()
    page.screenshot(path=SCREENSHOTS / f"dropped-{'-'.join(look)}.png", full_page=True)
    assert not find_violations(page)
    page.locator(".dropped").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone")).to_be_visible()

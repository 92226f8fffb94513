"""How a test writes into a note's text as somebody does who waits until the page stands."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def write_text(page: Page, text: str) -> None:
    """The editor takes the label over from its textarea as it comes: who asks before finds what is about to go."""
    expect(page.locator(".cm-content")).to_be_visible()
    # A long text is typed line by line: on two busy cores that takes longer than anything else may.
    page.get_by_label("Text").fill(text, timeout=90_000)

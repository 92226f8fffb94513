"""A note as it is read: its contents, callouts, formulas, what it embeds, who names it, and taking it along."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-reading")]

LECTURE = """> [!warning] Mind the step
> It is wet.
> > [!tip]- Folded
> > within

> [!info]- A folded one
> with words

## Waves ^wave1

The energy is $E = h\\nu$, costs $5 and $6, and

$$
\\int_{-\\infty}^{\\infty} e^{-x^2}\\,dx = \\sqrt{\\pi} \\qquad \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}
$$

Broken: $\\frac{1}$ and $\\nosuchcommand$.

### Small ones

![[Harbour#Boats]]

## Who else

![[Harbour]]

![[Nowhere at all]]

See [[#Waves]] and [[Harbour#Boats|the boats]].
"""
HARBOUR = (
    "# Harbour\n\nTiles, ropes.\n\n## Boats\n\n- one\n- two\n\n## Weather\n\nWind, and the Physics Lecture again.\n"
)


@pytest.fixture(scope="module")
def lecture(lived_in, tmp_path_factory) -> str:
    vault = tmp_path_factory.mktemp("lecture")
    (vault / "Physics Lecture.md").write_text(LECTURE + "\n\nmore\n" * 40 + "\n## The very end\n\nend\n")
    (vault / "Harbour.md").write_text(HARBOUR)
    (vault / "Diary of May.md").write_text("In the physics lecture I slept.\n")
    vault.chmod(0o755)
    lived_in.run("import", str(vault), "--user", "ana@example.org")
    lived_in.run("drain")
    return "Physics Lecture"


def open_lecture(visit: Visit, lecture: str):
    page = visit.go("/notes?q=wet+step")
    page.locator(".row-title", has_text=lecture).click()
    expect(page.get_by_role("heading", name=lecture)).to_be_visible()
    return page


@pytest.mark.parametrize("look", [("desk", "light"), ("phone", "dark")], ids="-".join)
def test_a_rich_note_is_read_at_ease(visit: Visit, lecture: str, look: tuple[str, str]):
    page = open_lecture(visit, lecture)
    prose = page.locator(".prose")
    expect(prose.locator("math")).to_have_count(2)
    expect(prose.locator("code.latex")).to_have_count(2)
    expect(prose.locator(".transclusion")).to_have_count(2)
    expect(page.get_by_text("Diary of May")).to_be_visible()
    assert_fits(visit)
    shoot(visit, "reading", look)
    assert not find_violations(page)
    if look[0] == "phone":
        page.locator(".toc-above summary").click()
    page.get_by_role("link", name="The very end").click()
    expect(page.get_by_role("heading", name="The very end")).to_be_in_viewport()
    assert page.url.endswith("#user-content-the-very-end")


def test_a_mention_becomes_a_link_and_is_taken_back(visit: Visit, lecture: str):
    page = open_lecture(visit, lecture)
    page.get_by_role("button", name="Link it in “Diary of May”").click()
    expect(page.locator("hearth-toast")).to_contain_text("Linked in “Diary of May”.")
    visit.go("/notes?q=slept+may").locator(".row-title", has_text="Diary of May").click()
    expect(page.locator(".prose")).to_contain_text("In the physics lecture I slept.")
    assert page.locator(".prose a").count() == 1
    page.go_back()


def test_a_text_is_copied_in_both_forms(visit: Visit, lecture: str):
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_lecture(visit, lecture)
    page.get_by_role("button", name="Markdown").click()
    expect(page.locator("hearth-copy [role=status]")).to_have_text("Copied.")
    assert "$E = h\\nu$" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="HTML").click()
    expect(page.locator("hearth-copy [role=status]")).to_have_text("Copied.")


def test_on_paper_there_is_the_text_alone(visit: Visit, lecture: str):
    page = open_lecture(visit, lecture)
    page.emulate_media(media="print")
    for gone in (".rail", ".margin", ".actions", ".toc-margin"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.locator(".prose")).to_be_visible()
    expect(page.get_by_text("with words")).to_be_visible()
    shoot(visit, "reading-printed", ("desk", "light"))

"""What a person sees of the page behind a link: on its record, on a page of its own, and when it does not come."""

from __future__ import annotations

from app.ports.guarding import FetchError
from tests.conftest import Browser, work_through
from tests.enriching.conftest import HTML, URL, catch, found, read_all


async def test_the_item_says_what_went_wrong_and_offers_another_try(
    database, alice, alices: Browser, reactor, reader, internet
):
    internet.pages[URL] = FetchError("private", "bread.example")
    caught = await catch(database, alice)
    await read_all(reactor, reader)
    shown = (await alices.get(f"/links/{caught}")).text
    assert "“bread.example” leads into a private network." in shown and "Try again" in shown
    internet.pages[URL] = found()
    answer = await alices.post(f"/links/{caught}/read")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/captures/{caught}")
    assert "The page is being read." in (await alices.get(f"/links/{caught}")).text
    await read_all(reactor, reader)
    shown = (await alices.get(f"/links/{caught}")).text
    assert "Über die Kruste" in shown and "leise singt" in shown and "Try again" not in shown
    picture = await alices.get(f"/links/{caught}/icon")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")


async def test_the_piece_alone_replaces_itself(database, alice, alices: Browser, reactor, reader):
    caught = await catch(database, alice)
    await work_through(reactor)
    piece = (await alices.get(f"/links/{caught}", **{"HX-Request": "true", "HX-Target": f"link-{caught}"})).text
    assert piece.startswith(f'<div class="link-page" id="link-{caught}" hx-get="/links/{caught}"')
    await read_all(reactor, reader)
    piece = (await alices.get(f"/links/{caught}", **{"HX-Request": "true"})).text
    assert "hx-get" not in piece and "Über die Kruste" in piece and "<html" not in piece


async def test_bob_sees_nothing_of_it(database, alice, bobs: Browser, reactor, reader):
    caught = await catch(database, alice)
    await read_all(reactor, reader)
    for path in (f"/links/{caught}", f"/links/{caught}/icon"):
        assert (await bobs.get(path)).status_code == 404
    assert (await bobs.post(f"/links/{caught}/read")).status_code == 404


async def test_text_of_a_stranger_is_shown_without_its_scripts(database, alice, alices, reactor, reader, internet):
    evil = HTML.replace(
        "Der Dampf", '<b onclick="x()">Der Dampf</b> &lt;script&gt;alert(1)&lt;/script&gt; [k](javascript:x)'
    )
    internet.pages[URL] = found(evil)
    caught = await catch(database, alice)
    await read_all(reactor, reader)
    shown = (await alices.get(f"/links/{caught}")).text
    assert "<script>alert" not in shown and "onclick" not in shown and 'href="javascript' not in shown

"""Privacy as a person sees it: what was sent where, how delicate a record is, and an insight in a model's words."""

from __future__ import annotations

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest
from playwright.sync_api import expect

from app.embedded.instance import find_running
from app.settings import Settings
from tests.browser.conftest import Visit
from tests.browser.noticing import made_insight
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.house import House
from tests.ports.model_server import model_server

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-privacy")]

CALL = """
insert into model_calls (user_id, purpose, provider, model, host, is_local, record_ids, state, error, tokens_in,
                         tokens_out, cost, milliseconds, is_guessed, at)
select $1, 'telling', 'openai', m, h, h = 'nas:11434', array(select id from records where user_id = $1 and kind = 'note'
       and deleted_at is null order by title <> 'Lisbon', title limit 3) || gen_random_uuid(), s,
       case s when 'failed' then 'LanguageAway' else '' end, 812, 96, c, 2300, s = 'unusable',
       now() - n * interval '1 hour'
  from (values (1, 'gpt-4o-mini', 'api.openai.com', 'answered', 0.000179), (2, 'qwen3:4b', 'nas:11434', 'unusable', 0),
               (3, 'qwen3:4b', 'nas:11434', 'failed', 0), (4, 'gpt-4o-mini', 'api.openai.com', 'cut', 0.0001))
       v(n, m, h, s, c)"""
TELL = """
insert into insight_tellings (insight_id, user_id, sentences, basis, locale, model, is_local, until)
values ($1, $2, $3, $4, 'en', 'qwen3:4b', true, current_date + 1)
on conflict (insight_id) do update set sentences = excluded.sentences, basis = excluded.basis"""
FROM = """
insert into telling_sources (user_id, insight_id, record_id, digest) values ($1, $2, $3, $4)
on conflict (insight_id, record_id) do update set digest = excluded.digest"""
SOURCES = """
select e.record_id, e.is_core, n.title, n.content from insight_evidence e join notes n on n.id = e.record_id
 where e.insight_id = $1 order by e.place"""
CHOOSE = """
insert into language_model (provider, address, name, is_local)
values ('openai', 'https://api.openai.com/v1', 'gpt-4o-mini', false)
on conflict (id) do update set address = excluded.address, is_local = false"""


def in_house(house: House, deed) -> str:
    # The browser has a loop of its own in this thread.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(_as_owner(house, deed))).result()


async def _as_owner(house: House, deed) -> str:
    running = find_running(Settings(data_dir=house.data_dir))
    assert running
    owner = await asyncpg.connect(running["database_url"])
    try:
        async with owner.transaction():
            user = await owner.fetchval("select user_id from gate_sleepers() order by user_id limit 1")
            await owner.execute("select set_config('app.user_id', $1, true)", str(user))
            return await deed(owner, user)
    finally:
        await owner.close()


async def log_calls(owner, user) -> str:
    await owner.execute("delete from model_calls")
    await owner.execute(CALL, user)
    await owner.execute(CHOOSE)
    return str(
        await owner.fetchval("select id from records where user_id = $1 and kind = 'note' and title = 'Lisbon'", user)
    )


async def no_model(owner, _user) -> str:
    await owner.execute("delete from language_model")
    return ""


def telling_of(insight: str):
    async def tell(owner, user) -> str:
        rows = await owner.fetch(SOURCES, insight)
        facts = json.loads(await owner.fetchval("select facts from insights where id = $1", insight))
        basis = ["on_this_day", facts, {}, [[str(row["record_id"]), row["is_core"]] for row in rows]]
        sentences = [
            {"text": "Two years ago you were in Lisbon, and wrote of tiles and light.", "cites": [str(rows[0][0])]},
            {"text": "You took the night train there, and Tomás slept.", "cites": [str(row[0]) for row in rows]},
        ]
        digest = hashlib.blake2b(json.dumps(basis, sort_keys=True).encode(), digest_size=16).digest()
        await owner.execute(TELL, insight, user, json.dumps(sentences), digest)
        for row in rows:
            words = f"{row['title']}\0{row['content']}".encode()
            await owner.execute(FROM, user, insight, row["record_id"], hashlib.blake2b(words, digest_size=16).digest())
        return ""

    return tell


def test_what_was_sent_where_and_what_may_be(visit: Visit, look: tuple[str, str]):
    lisbon = in_house(visit.house, log_calls)
    page = visit.go("/privacy")
    expect(page.get_by_role("heading", name="Did this ever leave?")).to_be_visible()
    expect(page.get_by_text("gpt-4o-mini at api.openai.com, outside of this house").first).to_be_visible()
    expect(page.locator(".privacy-call").first.get_by_role("link").first).to_be_visible()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "privacy-sent", look)
    page.get_by_label("That, and what is high").check()
    page.locator(".privacy-wish").get_by_role("button", name="Save").click()
    expect(page.get_by_label("That, and what is high")).to_be_checked()
    page.get_by_label("Nothing of mine").check()
    page.locator(".privacy-wish").get_by_role("button", name="Save").click()
    page = visit.go(f"/records/{lisbon}/privacy")
    expect(page.get_by_text("It left the house 2 times.")).to_be_visible()
    page.get_by_label("You know better").select_option("critical")
    page.locator(".privacy-level").get_by_role("button", name="Save").click()
    expect(page.get_by_text("you said so")).to_be_visible()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "privacy-record", look)
    page = visit.go("/privacy")
    expect(page.locator(".rows").get_by_text("critical · you said so")).to_be_visible()
    visit.go(f"/records/{lisbon}/privacy").get_by_label("You know better").select_option("")
    page.locator(".privacy-level").get_by_role("button", name="Save").click()
    expect(page.get_by_text("as all of its kind")).to_be_visible()


def test_a_model_is_tried_and_chosen_and_the_night_has_tokens(visit: Visit, look: tuple[str, str]):
    with model_server() as server:
        page = visit.go("/settings/language-model")
        shoot(visit, "language-model-none", look)
        page.get_by_label("Address").fill(server.address)
        page.get_by_label("Model", exact=True).fill("a-model")
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_text("It answers “hearth”")).to_be_visible()
        page.get_by_role("button", name="Use this model").click()
        expect(page.get_by_role("button", name="Ask none any more")).to_be_visible()
        assert_fits(visit)
        assert not find_violations(page)
        shoot(visit, "language-model-chosen", look)
        page = visit.go("/sleep")
        expect(page.get_by_role("heading", name="In a model's words")).to_be_visible()
        expect(page.get_by_label("Tokens a night")).to_be_visible()
        assert_fits(visit)
        shoot(visit, "sleep-with-model", look)
        visit.go("/settings/language-model").get_by_role("button", name="Ask none any more").click()
        expect(page.get_by_text("None is asked.")).to_be_visible()
    in_house(visit.house, no_model)


def test_an_insight_in_a_model_s_words_leads_to_its_sources(visit: Visit, look: tuple[str, str]):
    insight = made_insight(visit.house)
    in_house(visit.house, telling_of(insight))
    page = visit.go("/")
    card = page.locator(".insight", has_text="On this day")
    expect(card.get_by_text("Told by qwen3:4b")).to_be_visible()
    assert_fits(visit)
    assert not find_violations(page)
    shoot(visit, "today-told", look)
    card.get_by_role("link", name="Source 1: Lisbon").first.click()
    expect(page.get_by_role("heading", name="Lisbon", exact=True)).to_be_visible()
    page = visit.go(f"/insights/{insight}")
    expect(page.get_by_text("In the house's own words")).to_be_visible()
    shoot(visit, "insight-told", look)


def test_what_a_thumb_touches_there_is_large_enough(visit: Visit):
    lisbon = in_house(visit.house, log_calls)
    visit.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/privacy", f"/records/{lisbon}/privacy", "/settings/language-model"):
        visit.go(path)
        for box in visit.page.locator("main a:visible, main button:visible, main select:visible").all():
            size = box.bounding_box()
            assert size and size["height"] >= 44, (path, box.inner_text())
    in_house(visit.house, no_model)

"""The digest goes out at the person's hour, once a day, whatever dies on the way, and says what the page says."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.digest.deciding import due_day, first_day
from app.ports.mail import MailError
from tests.conftest import write
from tests.digest.conftest import MORNING, parts, states


@pytest.mark.parametrize(("now", "zone", "at", "day"), [
    ("2026-11-22T06:59", "UTC", "07:00", None), ("2026-11-22T07:00", "UTC", "07:00", "2026-11-22"),
    ("2026-11-22T06:30", "Europe/Berlin", "07:00", "2026-11-22"),
    ("2026-11-22T23:30", "Asia/Tokyo", "07:00", "2026-11-23"),
    ("2026-11-22T11:00", "America/New_York", "07:00", None),
    ("2026-11-23T02:00", "UTC", "23:00", "2026-11-22"), ("2026-11-23T05:00", "UTC", "23:00", None),
    # In Berlin the clocks go from 2 to 3 on 29 March and from 3 to 2 on 25 October.
    ("2026-03-29T00:59", "Europe/Berlin", "02:30", None), ("2026-03-29T01:00", "Europe/Berlin", "02:30", "2026-03-29"),
    ("2026-10-25T00:30", "Europe/Berlin", "02:30", "2026-10-25"),
    ("2026-10-25T00:29", "Europe/Berlin", "02:30", None),
])  # fmt: skip
def test_it_is_due_by_the_clock_on_the_person_s_wall(now, zone, at, day):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    due = due_day(moment, zone, time.fromisoformat(at), None)
    assert due == (date.fromisoformat(day) if day else None)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.times(), st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "UTC"]
))  # fmt: skip
def test_whoever_asks_for_it_gets_the_next_one_whose_hour_is_still_to_come(at, hour, zone):
    now, hour = at.replace(tzinfo=UTC), hour.replace(second=0, microsecond=0)
    first = first_day(now, zone, hour)
    assert due_day(now, zone, hour, first) is None
    days = {due_day(now + timedelta(minutes=30 * nth), zone, hour, first) for nth in range(60)} - {None}
    assert first == min(days) <= now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)


async def test_it_is_sent_once_a_day_at_the_hour(sender, mailer, wished, notice, owner, alice):
    await notice("Tiles of Lisbon")
    assert await sender(MORNING - timedelta(hours=2)).run_due() == 0
    assert await sender().run_due() == 1
    assert await sender(MORNING + timedelta(hours=3)).run_due() == 0
    assert await sender(MORNING + timedelta(days=1)).run_due() == 1
    assert await states(owner) == [("sent", 1), ("sent", 1)]
    assert [mail["To"] for mail in mailer.sent] == [alice.email] * 2
    assert mailer.sent[0]["Message-ID"] != mailer.sent[1]["Message-ID"]


async def test_it_says_what_the_page_says_in_text_and_in_html_and_loads_nothing(sender, mailer, wished, notice, alices):
    insight = await notice("Tiles <b>& light", "Second")
    await sender().run_due()
    (mail,) = mailer.sent
    text, html = parts(mail)
    page = (await alices.get("/insights")).text
    for words in ("On this day", "Tiles"):
        assert words in text and words in html and words in page
    assert "Tiles <b>& light: https://home.example/hearth/notes/" in text and f"/hearth/insights/{insight}" in text
    assert "Tiles &lt;b&gt;&amp; light" in html and "<b>" not in html
    assert not any(mark in html for mark in ("src=", "<img", "<style", "<link", "<script", "url("))
    assert mail["Subject"] == "Noticed, Sunday 22 November 2026" or mail["Subject"].startswith("Noticed, Sunday")
    assert mail["Auto-Submitted"] == "auto-generated"


async def test_it_speaks_the_person_s_language(sender, mailer, wished, notice, owner):
    await owner.execute("update users set locale = 'de'")
    await notice("Kacheln")
    await sender().run_due()
    assert "Sonntag, 22. November 2026" in parts(mailer.sent[0])[0]


@pytest.mark.parametrize("said", ["by the person", "by its own words"])
async def test_what_is_critical_stays_in_the_house(sender, mailer, wished, notice, owner, said):
    await notice("Tiles", key="a")
    secret = await notice("Account numbers", "Another", key="b")
    if said == "by the person":
        await owner.execute("update notes set sensitivity = 'critical' where title = 'Another'")
    else:
        await owner.execute("update notes set content = 'Visa 4111 1111 1111 1111' where title = 'Another'")
    await sender().run_due()
    text, html = parts(mailer.sent[0])
    assert "Tiles" in text and "Account" not in text + html and str(secret) not in text + html
    assert "1 thing is about what is critical" in text
    assert tuple(await owner.fetchrow("select told, left_out from digests")) == (1, 1)


async def test_nothing_is_sent_where_nothing_was_noticed_or_all_of_it_is_critical(
    sender, mailer, wished, notice, owner
):
    assert await sender().run_due() == 0
    assert await states(owner) == [("empty", 1)]
    await notice("Account numbers", sensitivity="critical")
    assert await sender(MORNING + timedelta(days=1)).run_due() == 0
    assert mailer.sent == []


async def test_a_title_with_line_breaks_adds_no_header(sender, mailer, wished, notice, owner):
    await notice("Tea\r\nBcc: bob@example.org\r\n\r\nHello")
    await sender().run_due()
    (mail,) = mailer.sent
    assert mail["Bcc"] is None and "\nBcc:" not in bytes(mail).decode().partition("\r\n\r\n")[0]
    assert "Tea Bcc: bob@example.org Hello" in parts(mail)[0]


async def test_no_address_holds_line_breaks(wished, owner, alice):
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("update users set email = E'a@b.example\\nBcc: c@d.example' where id = $1", alice.id)


async def test_bob_gets_nothing_of_alice_and_only_what_he_asked_for(sender, mailer, wished, notice, owner, bob):
    await notice("Alice's own")
    await notice("Bob's own", person=bob)
    assert await sender().run_due() == 1
    await owner.execute("update users set digest_mail = true where id = $1", bob.id)
    assert await sender().run_due() == 1
    assert mailer.sent[1]["To"] == bob.email and "Alice" not in "".join(parts(mailer.sent[1]))


async def test_what_was_refused_is_tried_again_within_the_day_and_told(sender, mailer, wished, notice, owner, alices):
    await notice("Tea")
    mailer.error = MailError("450 try later")
    assert await sender().run_due() == 0
    assert await states(owner) == [("failed", 1)]
    assert await sender(MORNING + timedelta(minutes=4)).run_due() == 0
    assert await states(owner) == [("failed", 1)]
    assert await sender(MORNING + timedelta(minutes=6)).run_due() == 0
    assert await states(owner) == [("failed", 2)]
    mailer.error = None
    assert await sender(MORNING + timedelta(hours=2)).run_due() == 1
    assert await states(owner) == [("sent", 3)] and len(mailer.sent) == 1


async def test_it_is_not_tried_again_on_another_day(sender, mailer, wished, notice, owner):
    await notice("Tea")
    mailer.error = MailError("550 no")
    await sender().run_due()
    mailer.error = None
    assert await sender(MORNING + timedelta(days=1)).run_due() == 1
    assert await states(owner) == [("failed", 1), ("sent", 1)]


async def test_what_may_have_been_taken_is_never_sent_again(sender, mailer, wished, notice, owner):
    await notice("Tea")
    mailer.error = MailError("lost", is_certain=False)
    await sender().run_due()
    mailer.error = None
    for hours in (1, 5, 10):
        assert await sender(MORNING + timedelta(hours=hours)).run_due() == 0
    assert await states(owner) == [("unknown", 1)] and mailer.sent == []


class Killed(BaseException):
    """What a process that dies does not answer for."""


async def test_killed_while_it_is_written_it_is_sent_once_by_the_next(
    sender, mailer, wished, notice, owner, monkeypatch
):
    await notice("Tea")

    async def die(*_given):
        raise Killed

    dying = sender(name="dying")
    monkeypatch.setattr(dying, "_compose", die)
    with pytest.raises(Killed):
        await dying.run_due()
    assert await states(owner) == [("claimed", 1)]
    assert await sender(MORNING + timedelta(seconds=30)).run_due() == 0
    assert await sender(MORNING + timedelta(minutes=3)).run_due() == 1
    assert await states(owner) == [("sent", 2)] and len(mailer.sent) == 1


@pytest.mark.parametrize("is_sent", [True, False])
async def test_killed_while_it_is_with_the_server_it_is_not_sent_again_and_told(
    sender, mailer, wished, notice, owner, alices, settings, application, is_sent
):
    await notice("Tea")

    class Dying:
        async def send(self, message):
            if is_sent:
                await mailer.send(message)
            raise Killed

    with pytest.raises(Killed):
        await sender(by=Dying()).run_due()
    for minutes in (1, 11, 60, 600):
        assert await sender(MORNING + timedelta(minutes=minutes)).run_due() == 0
    assert await states(owner) == [("sending", 1)] and len(mailer.sent) == is_sent
    await owner.execute("update digests set claimed_until = now() - interval '1 minute'")
    from app.digest.service import read_form

    async with sender().database.reading(alices.person.id) as connection:
        form = await read_form(connection)
    assert form.is_wrong and "Whether the one of" in form.last


async def test_of_two_workers_at_once_one_sends(sender, mailer, wished, notice, owner):
    await notice("Tea")
    sent = await asyncio.gather(*(sender(name=f"worker {nth}").run_due() for nth in range(4)))
    assert sum(sent) == 1 and len(mailer.sent) == 1


async def test_one_that_cannot_be_written_holds_back_no_other(sender, mailer, wished, notice, owner, bob, monkeypatch):
    await notice("Tea")
    await notice("Bob's tea", person=bob)
    await owner.execute("update users set digest_mail = true where id = $1", bob.id)
    real = sender()
    compose = real._compose

    async def fail_once(connection, turn, who):
        if who["email"] != bob.email:
            raise RuntimeError("secret words")
        return await compose(connection, turn, who)

    monkeypatch.setattr(real, "_compose", fail_once)
    assert await real.run_due() == 1
    assert sorted(await states(owner)) == [("failed", 1), ("sent", 1)]
    assert await owner.fetchval("select error from digests where state = 'failed'") == "RuntimeError"


async def test_old_rows_go(sender, wished, notice, owner, database, alice):
    await notice("Tea")
    await sender(MORNING - timedelta(days=90)).run_due()
    await sender().run_due()
    assert await owner.fetchval("select count(*) from digests") == 1
    assert await write(database, alice, "Still here")

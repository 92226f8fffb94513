"""What a person does about their nights: allows and forbids, asks for something now, stops it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, NotFound
from app.web.locale import gettext as _
from app.web.locale import number

BOUNDS = {
    "seconds": (10, 36000), "rows": (100, 10_000_000), "tokens": (0, 100_000_000), "idle_minutes": (6, 1440),
}  # fmt: skip

ALLOW = """
update users set sleeps = $1, sleep_seconds = $2, sleep_rows = $3, sleep_tokens = $4, sleep_from = $5,
       sleep_until = $6, sleep_idle_minutes = $7 where id = app_user_id()"""
SWITCH_OFF = """
update users set sleep_without = array_append(array_remove(sleep_without, $1), $1) where id = app_user_id()"""
SWITCH_ON = "update users set sleep_without = array_remove(sleep_without, $1) where id = app_user_id()"
# Asked twice before it begins is asked once.
ASK = """
insert into sleep_runs (user_id, kind, state, is_asked, is_dry, night, day)
values (app_user_id(), $1, 'waiting', true, $2, current_date, current_date)
on conflict (user_id, kind) where state = 'waiting' do update set is_dry = excluded.is_dry"""
STOP = """
update sleep_runs set stop_asked_at = now(), updated_at = now(),
       state = case state when 'waiting' then 'stopped' else state end,
       ended_at = case state when 'waiting' then now() end
 where id = $1 and state in ('waiting', 'running') returning id"""
IS_THERE = "select exists (select from sleep_runs where id = $1)"


@dataclass(frozen=True, slots=True)
class SleepFields:
    """The form as it is typed."""

    is_on: str = ""
    seconds: str = ""
    rows: str = ""
    tokens: str = "0"
    opens: str = ""
    closes: str = ""
    idle_minutes: str = ""


def check_fields(fields: SleepFields) -> dict[str, str]:
    """Errors by field."""
    errors = {}
    for name, (least, most) in BOUNDS.items():
        typed = getattr(fields, name).strip()
        if not (typed.isascii() and typed.isdecimal() and len(typed) < 12 and least <= int(typed) <= most):
            errors[name] = _("A number from %(least)s to %(most)s.") % {"least": number(least), "most": number(most)}
    for name in ("opens", "closes"):
        if read_clock(getattr(fields, name)) is None:
            errors[name] = _("A time of the day, like 22:00.")
    return errors


def read_clock(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return None


async def allow(connection: asyncpg.Connection, fields: SleepFields) -> None:
    """`fields` are checked already."""
    opens, closes = read_clock(fields.opens), read_clock(fields.closes)
    await connection.execute(
        ALLOW, bool(fields.is_on), int(fields.seconds), int(fields.rows), int(fields.tokens), opens, closes,
        int(fields.idle_minutes),
    )  # fmt: skip


async def switch_kind(connection: asyncpg.Connection, name: str, *, on: bool) -> None:
    await connection.execute(SWITCH_ON if on else SWITCH_OFF, name)


async def ask_for(connection: asyncpg.Connection, name: str, *, is_dry: bool) -> None:
    await connection.execute(ASK, name, is_dry)


async def stop_run(connection: asyncpg.Connection, run_id: UUID) -> None:
    """Raises NotFound, and Conflict for one that has ended."""
    if await connection.fetchval(STOP, run_id) is None:
        if await connection.fetchval(IS_THERE, run_id):
            raise Conflict(_("This has ended already."))
        raise NotFound


def read_form(data: Mapping[str, str]) -> SleepFields:
    return SleepFields(**{name: data.get(name, "") for name in SleepFields.__dataclass_fields__})

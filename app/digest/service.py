"""Whether and when a person wants the day's digest by mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

import asyncpg

from app.core.errors import Invalid
from app.digest.claiming import read_latest
from app.digest.deciding import first_day
from app.sleep.service import read_clock
from app.web.locale import clock, day, ngettext, number
from app.web.locale import gettext as _

READ = "select digest_mail, digest_at, email from users where id = app_user_id()"
ASK = "update users set digest_mail = true, digest_at = $1, digest_from = $2 where id = app_user_id()"
END = "update users set digest_mail = false where id = app_user_id()"


@dataclass(frozen=True, slots=True)
class MailForm:
    """`last` says how the latest one went."""

    is_on: bool
    at: str
    address: str
    last: str
    is_wrong: bool


async def read_form(connection: asyncpg.Connection) -> MailForm:
    row = await connection.fetchrow(READ)
    assert row is not None  # whoever asks is somebody
    last = await read_latest(connection)
    wrong = last is not None and last["state"] in ("failed", "unknown")
    return MailForm(row["digest_mail"], f"{row['digest_at']:%H:%M}", row["email"], _told(last) if last else "", wrong)


async def ask(connection: asyncpg.Connection, data: Mapping[str, str], now: datetime, zone: str) -> bool:
    """Whether they come now. Raises Invalid for what is no time of the day."""
    if not data.get("on"):
        await connection.execute(END)
        return False
    at: time | None = read_clock(data.get("at", ""))
    if at is None:
        raise Invalid(_("A time of the day, like 22:00."))
    await connection.execute(ASK, at, first_day(now, zone, at))
    return True


def _told(row: asyncpg.Record) -> str:
    told = {"day": day(row["day"]), "error": row["error"], "when": clock(row["retry_at"]) if row["retry_at"] else ""}
    if row["state"] == "sent":
        things = ngettext("%(num)s thing", "%(num)s things", row["told"]) % {"num": number(row["told"])}
        return _("The last one, of %(day)s, went out with %(things)s.") % {**told, "things": things}
    return {
        "claimed": _("The one of %(day)s is being written."), "sending": _("The one of %(day)s is being sent."),
        "empty": _("Of %(day)s there was nothing to send."),
        "failed": _("The one of %(day)s was not taken (%(error)s); it is tried again from %(when)s on, that day."),
        "unknown": _("Whether the one of %(day)s arrived is not known: the house was interrupted while it was sent."),
    }[row["state"]] % told  # fmt: skip

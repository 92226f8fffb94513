"""The worker's part: whose hour it is, and a mail for each, at most once a day."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from app.core.database import Database
from app.core.record import Kind
from app.digest import claiming
from app.digest.deciding import due_day, retry_at
from app.digest.writing import Letter, without_critical, write_mail
from app.insights.reading import Shown, read_now
from app.ports.mail import Mailer, MailError
from app.privacy.judging import read_judged
from app.sleep.pages import told_night
from app.sleep.queries import read_night
from app.web.auth import hash_token
from app.web.locale import use_locale

LOOK_SECONDS = 20.0
NIGHT = timedelta(hours=24)
WHO = "select email, locale, time_zone, week_start from users where id = app_user_id() and digest_mail"
EVIDENCE = "select insight_id, record_id from insight_evidence where insight_id = any($1)"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Post:
    """From which address, and to which house its links lead."""

    sender: str
    house: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's digest of a day, taken."""

    id: UUID
    user_id: UUID
    day: date
    attempts: int
    token: str


def utc_now() -> datetime:
    return datetime.now(UTC)


class DigestSender:
    def __init__(
        self, database: Database, mailer: Mailer, post: Post, kinds: Mapping[str, Kind], name: str,
        now: Callable[[], datetime] = utc_now,
    ) -> None:  # fmt: skip
        self.database, self.mailer, self.post, self.kinds = database, mailer, post, kinds
        self.name, self.now = name, now
        self._looked = -LOOK_SECONDS

    async def run_due(self) -> int:
        """How many were sent. The worker rings every two seconds; nobody's hour is that exact."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return 0
        async with self.database.anonymous() as connection:
            readers = await connection.fetch("select * from gate_digest_readers()")
        sent = 0
        for user_id, zone, at, first in readers:
            day = due_day(self.now(), zone, at, first)
            turn = await self._claim(user_id, day) if day else None
            sent += turn is not None and await self._send(turn)
        self._looked = time.monotonic()
        return sent

    async def _claim(self, user_id: UUID, day: date) -> Turn | None:
        token = secrets.token_urlsafe(32)
        async with self.database.reading(user_id) as connection:
            row = await claiming.claim(connection, user_id, day, self.name, hash_token(token), self.now())
            await claiming.tidy(connection, day)
        return Turn(row["id"], user_id, day, row["attempts"], token) if row else None

    async def _send(self, turn: Turn) -> bool:
        """Whether it is with the server."""
        try:
            return await self._write_and_send(turn)
        except MailError as error:
            state = "failed" if error.is_certain else "unknown"
            await self._end(turn, state, retry=self._retry(turn, state), error=str(error))
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError):
            raise  # the database is away: the claim runs out, or nobody knows
        except Exception as error:
            log.error("digest.failed", exc_info=error)
            # Its name alone: what an error says may hold a record's words.
            await self._end(turn, "failed", retry=self._retry(turn, "failed"), error=type(error).__name__)
        return False

    async def _write_and_send(self, turn: Turn) -> bool:
        async with self.database.reading(turn.user_id) as connection:
            who = await connection.fetchrow(WHO)
            letter = await self._compose(connection, turn, who) if who else None
        if letter is None or who is None or not letter.shown:
            await self._end(turn, "empty", left_out=letter.left_out if letter else 0)
            return False
        mail = write_mail(letter, turn.id, self.post.sender, who["email"], self.now())
        async with self.database.reading(turn.user_id) as connection:
            if not await claiming.hand_over(connection, turn.id, self.name, hash_token(turn.token), self.now()):
                return False
        await self.mailer.send(mail)
        await self._end(turn, "sent", told=len(letter.shown), left_out=letter.left_out)
        return True

    async def _compose(self, connection: asyncpg.Connection, turn: Turn, who: asyncpg.Record) -> Letter:
        # For the rest of this task, whose every mail says it anew.
        use_locale(who["locale"], who["time_zone"], who["week_start"])
        every = await read_now(connection, self.kinds, turn.day)
        shown, left_out = without_critical(every, await self._about_critical(connection, every))
        line = told_night(await read_night(connection, self.now() - NIGHT))
        stop = f"{self.post.house}/digest/stop/{turn.token}"
        return Letter(turn.day, shown, line, left_out, self.post.house, stop)

    async def _about_critical(self, connection: asyncpg.Connection, every: Sequence[Shown]) -> frozenset[UUID]:
        """One is about what is critical as soon as anything that it follows from is, as the texts read now."""
        rows = await connection.fetch(EVIDENCE, [one.insight.id for one in every])
        judged = await read_judged(connection, self.kinds, list({row["record_id"] for row in rows}))
        critical = {record for record, (_text, found) in judged.items() if found.level == "critical"}
        return frozenset(row["insight_id"] for row in rows if row["record_id"] in critical)

    def _retry(self, turn: Turn, state: str) -> datetime | None:
        return retry_at(self.now(), turn.attempts) if state == "failed" else None

    async def _end(
        self, turn: Turn, state: str, *, retry: datetime | None = None, error: str = "", told: int = 0,
        left_out: int = 0,
    ) -> None:  # fmt: skip
        async with self.database.reading(turn.user_id) as connection:
            await claiming.end(
                connection, turn.id, self.name, state, self.now(), retry=retry, error=error, told=told,
                left_out=left_out,
            )  # fmt: skip

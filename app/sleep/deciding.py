"""Whether the house may think now, and of what: rules over what is known, without a clock of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.sleeping import SleepKind, night_of, prepared_day

# One that breaks off so often without getting further dies of itself, and waits for another night.
MOST_ATTEMPTS = 5
RESUMABLE = ("woken", "spent", "morning", "interrupted")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person allows. From and until the same: at any hour."""

    is_on: bool = True
    seconds: int = 600
    rows: int = 20000
    tokens: int = 50_000
    opens: time = time(22)
    closes: time = time(7)
    idle_minutes: int = 20
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Spent:
    """Of this night's budget."""

    seconds: float = 0
    rows: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Last:
    """A kind's latest stretch, and what its last whole one had seen."""

    id: UUID | None = None
    state: str = ""
    night: date | None = None
    day: date | None = None
    seq_from: int = 0
    seq_to: int = 0
    cursor: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    seen_seq: int = 0
    done_day: date | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """All that is asked for; `newest` is the latest change that is not the house's own, `may_ask` whether there is a
    language model that this person lets read."""

    now: datetime
    zone: str
    seen_at: datetime | None
    wishes: Wishes
    spent: Spent
    newest: int
    last: Mapping[str, Last]
    may_ask: bool = False

    @property
    def local(self) -> datetime:
        return self.now.astimezone(ZoneInfo(self.zone))

    @property
    def night(self) -> date:
        return night_of(self.local)

    @property
    def day(self) -> date:
        return prepared_day(self.local)


@dataclass(frozen=True, slots=True)
class Plan:
    """A stretch to begin: of which kind, over what, and which one it goes on with."""

    kind: SleepKind
    seq_from: int
    seq_to: int
    day: date
    cursor: Mapping[str, Any] = field(default_factory=dict)
    resumes: UUID | None = None
    attempts: int = 1


def is_open(wishes: Wishes, local: datetime) -> bool:
    """Whether it is an hour at which the house may think."""
    at = local.time().replace(tzinfo=None)
    if wishes.opens == wishes.closes:
        return True
    if wishes.opens < wishes.closes:
        return wishes.opens <= at < wishes.closes
    return at >= wishes.opens or at < wishes.closes


def is_spent(wishes: Wishes, spent: Spent) -> bool:
    return spent.seconds >= wishes.seconds or spent.rows >= wishes.rows


def may_ask(situation: Situation) -> bool:
    """Whether what asks the language model has its turn: tokens are for that alone, and without any it is not asked."""
    return situation.may_ask and situation.spent.tokens < situation.wishes.tokens


def why_awake(situation: Situation) -> str:
    """What keeps the house from thinking: `off`, `here`, `hours`, `spent`; empty where nothing does."""
    wishes, seen = situation.wishes, situation.seen_at
    if not wishes.is_on:
        return "off"
    if seen is not None and situation.now - seen < timedelta(minutes=wishes.idle_minutes):
        return "here"
    if not is_open(wishes, situation.local):
        return "hours"
    return "spent" if is_spent(wishes, situation.spent) else ""


def choose_next(kinds: Iterable[SleepKind], situation: Situation) -> Plan | None:
    """What to think of now; None where something keeps from it, or nothing is new."""
    if why_awake(situation):
        return None
    without, asks = situation.wishes.without, may_ask(situation)
    allowed = (kind for kind in kinds if kind.name not in without and (asks or not kind.asks_model))
    return next((plan for kind in allowed if (plan := _plan_if_due(kind, situation))), None)


def plan(kind: SleepKind, situation: Situation) -> Plan:
    """That kind's next stretch, whether it is due or not: on from where it stopped, else over what is new."""
    last = situation.last.get(kind.name, Last())
    goes_on = last.state in RESUMABLE and last.attempts < MOST_ATTEMPTS
    if goes_on and not (kind.follows_days and last.day != situation.day):
        attempts = last.attempts + 1 if last.state == "interrupted" else 1
        return Plan(kind, last.seq_from, last.seq_to, situation.day, last.cursor, last.id, attempts)
    return Plan(kind, last.seen_seq, situation.newest, situation.day)


def _plan_if_due(kind: SleepKind, situation: Situation) -> Plan | None:
    last = situation.last.get(kind.name, Last())
    if last.night == situation.night and (
        last.state in ("failed", "stopped") or (last.state == "interrupted" and last.attempts >= MOST_ATTEMPTS)
    ):
        return None
    if last.state in RESUMABLE:
        return plan(kind, situation)
    return plan(kind, situation) if _has_news(kind, last, situation) else None


def _has_news(kind: SleepKind, last: Last, situation: Situation) -> bool:
    is_changed = situation.newest > last.seen_seq
    if not kind.follows_days or last.done_at is None:
        return is_changed
    was_seen = situation.seen_at is not None and situation.seen_at > last.done_at
    return last.done_day != situation.day and (is_changed or was_seen)

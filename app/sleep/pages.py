"""What the page of the nights sees."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from app.core.sleeping import SleepKind
from app.sleep.deciding import Last, Situation, why_awake
from app.sleep.service import SleepFields
from app.web.locale import clock, ngettext, number
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class RunRow:
    """`soft` is what it cost; `stop_href` stops it, empty once it has ended."""

    name: str
    state: str
    soft: str
    when: datetime
    stop_href: str
    is_at_work: bool
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class KindRow:
    name: str
    label: str
    does: str
    is_on: bool
    last: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class SleepPage:
    """`stamp` moves with each change of a run; `state` says what the house is at, or what it waits for."""

    stamp: int
    state: str
    last_night: str
    runs: tuple[RunRow, ...]
    kinds: tuple[KindRow, ...]
    fields: SleepFields
    spent: str
    errors: Mapping[str, str] = field(default_factory=dict)
    asks_model: bool = False


def sleep_page(
    kinds: Sequence[SleepKind], situation: Situation, runs: Sequence[asyncpg.Record], stamp: int,
    night: asyncpg.Record, fields: SleepFields | None = None, errors: Mapping[str, str] | None = None,
) -> SleepPage:  # fmt: skip
    labels = {kind.name: _(kind.label) for kind in kinds}
    open_ = {row["kind"] for row in runs if row["ended_at"] is None}
    return SleepPage(
        stamp, _state(situation, [labels.get(name, name) for name in sorted(open_)]), told_night(night),
        tuple(_run(row, labels) for row in runs),
        tuple(_kind(kind, situation, kind.name in open_) for kind in kinds if situation.may_ask or not kind.asks_model),
        fields or typed(situation), _spent(situation), errors or {}, situation.may_ask,
    )  # fmt: skip


def told_night(night: asyncpg.Record) -> str:
    """A night in one line; empty where nothing was thought of."""
    if not night["kinds"]:
        return ""
    rows, found = night["rows"], night["found"]
    looked = ngettext("%(num)s row looked at", "%(num)s rows looked at", rows) % {"num": number(rows)}
    noticed = ngettext("%(num)s thing noticed", "%(num)s things noticed", found) % {"num": number(found)}
    return f"{looked}, {noticed}, {lasted(night['worked_ms'])}"


def lasted(milliseconds: int) -> str:
    """As long as anybody wants to know it."""
    seconds = milliseconds / 1000
    if seconds < 1:
        return _("under a second")
    if seconds < 100:
        return ngettext("%(num)s second", "%(num)s seconds", round(seconds)) % {"num": number(round(seconds))}
    return ngettext("%(num)s minute", "%(num)s minutes", round(seconds / 60)) % {"num": number(round(seconds / 60))}


def typed(situation: Situation) -> SleepFields:
    wishes = situation.wishes
    return SleepFields(
        "1" if wishes.is_on else "", str(wishes.seconds), str(wishes.rows), str(wishes.tokens),
        f"{wishes.opens:%H:%M}", f"{wishes.closes:%H:%M}", str(wishes.idle_minutes),
    )  # fmt: skip


def _state(situation: Situation, at_work: Iterable[str]) -> str:
    if names := ", ".join(at_work):
        return _("At work: %(names)s.") % {"names": names}
    wishes = situation.wishes
    said = {
        "off": _("Thinking by itself is switched off. What you ask for is done all the same."),
        "here": ngettext("It begins when nobody was here for %(num)s minute.",
                         "It begins when nobody was here for %(num)s minutes.", wishes.idle_minutes)
        % {"num": number(wishes.idle_minutes)},
        "hours": _("It begins at %(clock)s, once nobody is here.") % {"clock": f"{wishes.opens:%H:%M}"},
        "spent": _("This night's budget is spent; it goes on in the next."),
    }  # fmt: skip
    return said.get(why_awake(situation), _("It thinks whenever something is new."))


def _run(row: asyncpg.Record, labels: Mapping[str, str]) -> RunRow:
    counts = [ngettext("%(num)s row", "%(num)s rows", row["rows"]) % {"num": number(row["rows"])}]
    if row["state"] != "waiting":
        counts.insert(0, lasted(row["worked_ms"]))
    if row["tokens"]:
        counts.append(ngettext("%(num)s token", "%(num)s tokens", row["tokens"]) % {"num": number(row["tokens"])})
    if row["cost"]:
        counts.append(_("cost %(sum)s") % {"sum": number(float(row["cost"]))})
    open_ = row["ended_at"] is None
    return RunRow(
        labels.get(row["kind"], row["kind"]), _told_state(row), " · ".join([*counts, *_output(row)]), row["began_at"],
        f"/sleep/runs/{row['id']}/stop" if open_ and not row["is_stopping"] else "", open_,
        row["state"] in ("failed", "interrupted"),
    )  # fmt: skip


def _told_state(row: asyncpg.Record) -> str:
    state = {
        "waiting": _("waits for its turn"), "running": _("at work"), "done": _("done"),
        "woken": _("you came back; it goes on later"), "spent": _("budget spent; it goes on later"),
        "morning": _("the night was over; it goes on later"), "stopped": _("stopped"),
        "interrupted": _("interrupted; it goes on later"), "failed": _("failed: %(error)s") % {"error": row["error"]},
    }[row["state"]]  # fmt: skip
    if row["is_stopping"] and row["state"] == "running":
        state = _("stopping")
    marks = [_("dry run")] if row["is_dry"] else []
    marks += [_("went on")] if row["goes_on"] else []
    return " · ".join([state, *marks])


def _output(row: asyncpg.Record) -> list[str]:
    found = int(json.loads(row["output"]).get("found", 0))
    if not found:
        return []
    if row["is_dry"]:
        told = ngettext("%(num)s would be noticed", "%(num)s would be noticed", found)
    else:
        told = ngettext("%(num)s noticed", "%(num)s noticed", found)
    return [told % {"num": number(found)}]


def _kind(kind: SleepKind, situation: Situation, is_asked: bool) -> KindRow:
    done = situation.last.get(kind.name, Last()).done_at
    told = _("last done %(when)s") % {"when": clock(done)} if done else ""
    return KindRow(
        kind.name, _(kind.label), _(kind.does.label), kind.name not in situation.wishes.without, told, is_asked
    )  # fmt: skip


def _spent(situation: Situation) -> str:
    spent = situation.spent
    rows = ngettext("%(num)s row", "%(num)s rows", spent.rows) % {"num": number(spent.rows)}
    if spent.tokens:
        rows += ", " + ngettext("%(num)s token", "%(num)s tokens", spent.tokens) % {"num": number(spent.tokens)}
    if spent.cost:
        rows += ", " + _("cost %(sum)s") % {"sum": number(float(spent.cost))}
    return _("Spent this night: %(time)s, %(rows)s.") % {
        "time": lasted(int(spent.seconds * 1000)), "rows": rows
    }  # fmt: skip

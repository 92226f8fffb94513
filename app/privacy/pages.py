"""What the pages of privacy see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.privacy.judging import Sensitivity
from app.web.locale import exact_number, ngettext, number
from app.web.locale import gettext as _

SHOWN_RECORDS, MOST_HELD = 8, 100


@dataclass(frozen=True, slots=True)
class SentRecord:
    """As it is called now; without an address where it is gone."""

    title: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class CallRow:
    """`place` says where it went and whether it left the house; `soft` what it cost and what came of it."""

    purpose: str
    place: str
    left: bool
    when: datetime
    soft: str
    records: tuple[SentRecord, ...]
    more: int


@dataclass(frozen=True, slots=True)
class TotalRow:
    name: str
    left: bool
    told: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    href: str
    title: str
    told: str


@dataclass(frozen=True, slots=True)
class PrivacyPage:
    """`state` says what may be asked now, `readers` who reads for meaning. `wish` is what may leave, which is asked for
    where there is a choice: where anybody outside of the house is asked or reads."""

    state: str
    readers: tuple[str, ...]
    leaves: bool
    wish: str
    wishes: Mapping[str, str]
    totals: tuple[TotalRow, ...]
    calls: tuple[CallRow, ...]
    more_href: str
    is_first: bool
    held: tuple[HeldRow, ...]
    has_more_held: bool
    may_choose: bool


@dataclass(frozen=True, slots=True)
class RecordPage:
    """`level` is what holds, `why` the reason; `chosen` is empty where the rules have it."""

    title: str
    href: str
    back: str
    level: str
    why: str
    chosen: str
    levels: Mapping[str, str]
    told: str
    calls: tuple[CallRow, ...]


def level_words() -> dict[str, str]:
    return {
        "low": _("low"), "normal": _("normal"), "high": _("high: stays, unless you let it"),
        "critical": _("critical: never leaves the house"),
    }  # fmt: skip


def wish_words() -> dict[str, str]:
    return {
        "nothing": _("Nothing of mine"),
        "normal": _("What is low or normal"),
        "high": _("That, and what is high"),
    }


def call_rows(
    calls: Sequence[asyncpg.Record], titles: Mapping[UUID, asyncpg.Record], kinds: Mapping[str, Kind]
) -> tuple[CallRow, ...]:
    return tuple(_call(call, titles, kinds) for call in calls)


def total_rows(totals: Sequence[asyncpg.Record]) -> tuple[TotalRow, ...]:
    return tuple(_total(row) for row in totals)


def held_rows(held: Sequence[asyncpg.Record]) -> tuple[HeldRow, ...]:
    return tuple(
        HeldRow(
            f"/records/{row['id']}/privacy", _title(row),
            tell_level(Sensitivity(row["level"], tuple(row["reasons"]), row["is_chosen"])),
        ) for row in held[:MOST_HELD]
    )  # fmt: skip


def tell_state(model: asyncpg.Record | None, wish: str, *, is_read: bool) -> str:
    """Of the language model; `is_read` where a model of meaning outside of the house reads."""
    if model is None and is_read:
        return _("No language model is chosen.")
    if model is None:
        return _("No language model is chosen: nothing is asked, and nothing is sent.")
    names = {"model": model["name"], "host": urlsplit(model["address"]).hostname or ""}
    if model["is_local"]:
        return _("%(model)s at %(host)s is asked, a machine of this house: what it reads does not leave it.") % names
    if wish == "nothing":
        return _("%(model)s at %(host)s stands outside of this house. Nothing of yours is sent there.") % names
    return _("%(model)s at %(host)s stands outside of this house. What you let leave is sent there.") % names


def tell_reader(reader: asyncpg.Record) -> str:
    """Of a model of meaning outside of the house."""
    names = {"model": reader["name"], "address": reader["address"]}
    told = _(
        "%(model)s at %(address)s, outside of this house, reads for meaning what you let leave, and your questions."
    )
    held = ngettext(
        "%(num)s record of yours stays here and is found by words alone.",
        "%(num)s records of yours stay here and are found by words alone.", reader["held"],
    ) % {"num": number(reader["held"])}  # fmt: skip
    return f"{told % names} {held}" if reader["held"] else told % names


def tell_level(found: Sensitivity) -> str:
    words = {"low": _("low"), "normal": _("normal"), "high": _("high"), "critical": _("critical")}
    return f"{words[found.level]} · {tell_why(found)}"


def tell_why(found: Sensitivity) -> str:
    if found.is_chosen:
        return _("you said so")
    reasons = {
        "card": _("it holds the number of a payment card"), "bank": _("it holds the number of a bank account"),
        "identity": _("it holds a number that a state gave to somebody"),
        "secret": _("it holds a password or a key"), "health": _("it holds numbers of somebody's health"),
        "said": _("the record came with it"), "kind": _("as all of its kind"),
    }  # fmt: skip
    return ", ".join(reasons[reason] for reason in found.reasons if reason in reasons)


def tell_left(calls: Sequence[asyncpg.Record]) -> str:
    """Did this ever leave?"""
    left = sum(not call["is_local"] for call in calls)
    if left:
        return ngettext(
            "It left the house %(num)s time.", "It left the house %(num)s times.", left
        ) % {"num": number(left)}  # fmt: skip
    if calls:
        return _("It never left the house; a model in it has read it.")
    return _("It was never sent to a model.")


def _call(call: asyncpg.Record, titles: Mapping[UUID, asyncpg.Record], kinds: Mapping[str, Kind]) -> CallRow:
    shown = [_sent(titles.get(record), kinds) for record in call["record_ids"][:SHOWN_RECORDS]]
    purposes = {
        "telling": _("To tell what was noticed"),
        "clusters": _("To name a cluster"),
        "names": _("To find names"),
        "meaning": _("To read for their meaning"),
        "question": _("A question of yours, for its meaning"),
        "try": _("To try the model"),
    }
    return CallRow(
        purposes.get(call["purpose"], call["purpose"]), _place(call), not call["is_local"], call["at"], _soft(call),
        tuple(shown), max(0, len(call["record_ids"]) - SHOWN_RECORDS),
    )  # fmt: skip


def _sent(row: asyncpg.Record | None, kinds: Mapping[str, Kind]) -> SentRecord:
    if row is None or row["kind"] not in kinds:
        return SentRecord(_("a record that is gone"))
    return SentRecord(_title(row), kinds[row["kind"]].url(row["id"]))


def _place(call: asyncpg.Record) -> str:
    names = {"model": call["model"], "host": call["host"]}
    if call["is_local"]:
        return _("%(model)s at %(host)s, in this house") % names
    return _("%(model)s at %(host)s, outside of this house") % names


def _soft(call: asyncpg.Record) -> str:
    """As the log has it; the name of an error is no word of anybody's."""
    state = {
        "sent": _("sent, and nothing was heard of it"), "answered": _("answered"),
        "unusable": _("nothing of the answer could be used"),
        "failed": _("failed: %(error)s") % {"error": call["error"]},
        "cut": _("broken off, for you came back"),
    }[call["state"]]  # fmt: skip
    tokens = call["tokens_in"] + call["tokens_out"]
    told = ngettext("%(num)s token", "%(num)s tokens", tokens) % {"num": number(tokens)}
    parts = [state, _("about %(tokens)s") % {"tokens": told} if call["is_guessed"] else told]
    parts += [_cost(call["cost"])] if call["cost"] else []
    return " · ".join([*parts, _("%(num)s s") % {"num": number(round(call["milliseconds"] / 1000, 1))}])


def _total(row: asyncpg.Record) -> TotalRow:
    parts = [
        ngettext("%(num)s call", "%(num)s calls", row["calls"]) % {"num": number(row["calls"])},
        ngettext("%(num)s record", "%(num)s records", row["records"]) % {"num": number(row["records"])},
        ngettext("%(num)s token", "%(num)s tokens", row["tokens"]) % {"num": number(row["tokens"])},
    ]
    parts += [_cost(row["cost"])] if row["cost"] else []
    return TotalRow(_place(row), not row["is_local"], ", ".join(parts))


def _cost(cost: Decimal) -> str:
    return _("cost %(sum)s") % {"sum": exact_number(cost.normalize())}


def _title(row: asyncpg.Record) -> str:
    return row["title"] or row["preview"][:80] or _("Untitled")

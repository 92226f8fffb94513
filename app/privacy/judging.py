"""How delicate a record is: what its person said, else by its kind and by rules over its text, whichever is more.

Nothing is judged while something is saved. The connect slot judges what changed, for the lists of the page Privacy;
what is about to be sent is judged again, from the very words that would go (app/privacy/sending.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.record import Kind, RecordText, read_texts
from app.privacy.numbers import has_account, has_card, has_identity

LEVELS = ("low", "normal", "high", "critical")
# What a name alone says little of; anything else is normal before its text is looked at.
BY_KIND = {"topic": "low", "group": "low", "bookmark": "low"}
# Signs without a width, which would hide a number from whoever reads its digits.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))

_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:password|passwort|kennwort|passphrase|palavra-passe|senha|api[ -]?key|pin|puk|cvv|cvc)\b ?[:=]"
    r" ?(?=\S*[\d\W])\S{4,}",
    re.I,
)  # fmt: skip
# Words of what is measured in people, and a number close by in the same line.
_MEASURED = (
    r"blood pressure|blutdruck|tensão arterial|hba1c|blood sugar|blutzucker|glicemia|glucose|cholest|colesterol"
    r"|triglycer|triglic|creatinin|kreatinin|h[aä]?emoglobin|hämoglobin|hemoglobina|thrombozyten|platelets|leu[ck]ocyt"
    r"|leukozyten|psa[- ]wert|\bpsa\b|\btsh\b|viral load|viruslast|carga viral|\bcd4\b|\bbmi\b|ejection fraction"
    r"|phq-9|gad-7|resting heart rate|ruhepuls|insulin|insulina"
)
_HEALTH = re.compile(
    rf"(?:{_MEASURED})[^\n]{{0,30}}?\d|\d[^\n\d]{{0,12}}(?:mmhg|mg/dl|mmol/l|mmol/mol)\b"
    r"|\b(?:icd(?:-?10)?|diagnos\w*)\b[^\n]{0,40}?\b[A-TV-Z]\d\d(?:\.\d{1,2})?\b"
    r"|(?:tablet|pill\b|pills\b|dosis|dosage|prescri|verschrieb|verordnet|medika|medicat|comprimido|receitou)"
    r"[^\n]{0,40}?\d+(?:[.,]\d+)? ?(?:mg|µg|mcg|i\.?e\.?\b|iu\b)"
    r"|\d+(?:[.,]\d+)? ?(?:mg|µg|mcg|iu)\b[^\n]{0,30}?"
    r"(?:tablet|pill\b|pills\b|daily|täglich|twice|1-0-1|por dia|ao dia)",
    re.I,
)

READ = """
select r.id, r.kind, r.sensitivity as said, c.level as chosen from records r
  left join sensitivity_choices c on c.record_id = r.id
 where r.id = any($1) and r.deleted_at is null"""
KEEP = """
insert into sensitivities (record_id, user_id, level, reasons)
select r.id, r.user_id, f.level, string_to_array(f.reasons, ' ')
  from unnest($1::uuid[], $2::text[], $3::text[]) f(id, level, reasons) join records r on r.id = f.id
on conflict (record_id) do update set level = excluded.level, reasons = excluded.reasons, judged_at = now()
 where (sensitivities.level, sensitivities.reasons) is distinct from (excluded.level, excluded.reasons)"""
FORGET = "delete from sensitivities where record_id = any($1)"


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """`reasons` are names of rules, `kind` or `said` (by an import, say); `is_chosen` by the person."""

    level: str
    reasons: tuple[str, ...] = ()
    is_chosen: bool = False

    def is_above(self, level: str) -> bool:
        return LEVELS.index(self.level) > LEVELS.index(level)


def judge_text(text: str) -> Sensitivity:
    """By the rules alone."""
    plain = unicodedata.normalize("NFKC", text).translate(_UNSEEN)
    rules = {"card": has_card(plain), "bank": has_account(plain), "identity": has_identity(plain),
             "secret": bool(_SECRET.search(plain))}  # fmt: skip
    if reasons := tuple(name for name, holds in rules.items() if holds):
        return Sensitivity("critical", reasons)
    return Sensitivity("high", ("health",)) if _HEALTH.search(plain) else Sensitivity("low")


def judge_record(text: RecordText) -> Sensitivity:
    """With its properties, and by its kind."""
    found = judge_text("\n".join((text.title, text.body, text.custom_fields)))
    default = BY_KIND.get(text.kind, "normal")
    return found if found.is_above(default) else Sensitivity(default, ("kind",))


def weigh(found: Sensitivity, said: str, chosen: str | None) -> Sensitivity:
    """A person's choice holds for as long as the record says the same; else the more delicate of the two."""
    if chosen is not None and chosen == said:
        return Sensitivity(chosen, found.reasons, is_chosen=True)
    # `normal` is what every record says of itself until somebody says more.
    return Sensitivity(said, ("said",)) if said in ("high", "critical") and _is_more(said, found) else found


def _is_more(said: str, found: Sensitivity) -> bool:
    return LEVELS.index(said) > LEVELS.index(found.level)


def may_leave(levels: Iterable[Sensitivity], wish: str) -> bool:
    """Whether all of this may go to somebody else's machine, by what its person lets leave."""
    return wish in ("normal", "high") and not any(found.is_above(wish) for found in levels)


def judge_texts(texts: Iterable[RecordText]) -> list[tuple[UUID, Sensitivity]]:
    return [(text.id, judge_record(text)) for text in texts]


async def keep_judged(connection: asyncpg.Connection, judged: Sequence[tuple[UUID, Sensitivity]]) -> None:
    """What the rules found, for lists; what is normal by now has no row."""
    more = [(record, found) for record, found in judged if found.is_above("normal")]
    ids = {record for record, _found in more}
    await connection.execute(FORGET, [record for record, _found in judged if record not in ids])
    await connection.execute(
        KEEP, [record for record, _found in more], [found.level for _record, found in more],
        [" ".join(found.reasons) for _record, found in more],
    )  # fmt: skip


async def read_judged(
    connection: asyncpg.Connection, kinds: Mapping[str, Kind], ids: Sequence[UUID]
) -> dict[UUID, tuple[RecordText, Sensitivity]]:
    """The living ones of these with their words and how delicate these are, both as they are in this transaction."""
    rows = {row["id"]: row for row in await connection.fetch(READ, list(ids)) if row["kind"] in kinds}
    return {
        text.id: (text, weigh(judge_record(text), rows[text.id]["said"], rows[text.id]["chosen"]))
        for text in await read_texts(connection, kinds, list(rows))
    }

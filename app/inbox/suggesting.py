"""What could become of an item, each with its reason. Nothing is applied unless somebody says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.core.dating import read_moment
from app.core.filing import Item, Target
from app.core.record import Kind
from app.learning.names import words_of
from app.learning.pages import say_count
from app.learning.reading import Learned, people_called, usual_folders
from app.ports.models import Models
from app.search.near import find_near
from app.web.locale import clock, ngettext, number
from app.web.locale import gettext as _

MOST = 9
MOST_NEAR = 3
AROUND = """
select n.folder_id, f.name as folder, null as topic, n.id from notes n join folders f on f.id = n.folder_id
 where n.id = any($1) and f.deleted_at is null
union all
select null, null, t.label, rt.record_id from record_topics rt join topics t on t.id = rt.topic_id
 where rt.record_id = any($1) and t.deleted_at is null and t.merged_into is null
   and not exists (select from record_topics own where own.record_id = $2 and own.topic_id = rt.topic_id)"""
# By their whole names, as words of the text.
NAMED = """
select distinct on (c.id) c.id, c.full_name from names n join contacts c on c.id = n.record_id
 where c.deleted_at is null and not c.is_self and length(n.folded) > 2
   and position(' ' || n.folded || ' ' in $1) > 0
 order by c.id, length(n.folded) desc limit 3"""
TOPICS_SAID = """
select t.label from names n join topics t on t.id = n.record_id
 where t.deleted_at is null and t.merged_into is null and length(n.folded) > 2
   and position(' ' || n.folded || ' ' in $1) > 0
   and not exists (select from record_topics own where own.record_id = $2 and own.topic_id = t.id)
 order by length(n.folded) desc limit 2"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A form that is sent by one key: `action` with `fields`. `href` is where one can look first."""

    label: str
    reason: str
    action: str
    fields: tuple[tuple[str, str], ...]
    href: str = ""


async def suggest(
    connection: asyncpg.Connection,
    models: Models,
    kinds: Mapping[str, Kind],
    targets: Mapping[str, Target],
    item: Item,
    zone: str,
) -> tuple[Suggestion, ...]:
    near = (await find_near(connection, models, item.id))[:MOST_NEAR]
    said = " ".join(["", *words_of(f"{item.title} {item.content[:4000]}"), ""])
    around = await connection.fetch(AROUND, [row["id"] for row in near], item.id)
    usual = await usual_folders(connection, kinds, item.id, said)
    found = [
        *_by_type(targets, item),
        *_by_moment(item, zone),
        *_by_habit(usual),
        *_by_folder(around),
        *_by_topics([row[0] for row in await connection.fetch(TOPICS_SAID, said, item.id)], around),
        *_people(await connection.fetch(NAMED, said), await people_called(connection, kinds, said)),
        *(
            _near(row, kinds)
            for row in near
            if row["kind"] in {target.kind for target in targets.values() if target.join}
        ),
    ]
    # What two have a reason for is said with the first.
    first: dict[tuple[str, tuple[tuple[str, str], ...]], Suggestion] = {}
    for one in found:
        first.setdefault((one.action, one.fields), one)
    return tuple(first.values())[:MOST]


def _by_type(targets: Mapping[str, Target], item: Item) -> Iterable[Suggestion]:
    reasons = {
        "link": _("It is a link."), "todo": _("It reads like something to do."), "question": _("It is a question."),
        "quote": _("Somebody said it."), "idea": _("It is an idea."), "snippet": _("It reads like code."),
        "note": _("It is a note already."),
    }  # fmt: skip
    wanted = "link" if item.kind == "capture" and item.url and not item.content.strip() else item.capture_type
    for target in targets.values():
        if wanted in target.suits and (target.name != "bookmark" or item.address):
            reason = reasons.get(wanted, _("It is a thought."))
            yield Suggestion(_(target.label), reason, "/inbox/file", (("target", target.name),))
    if item.kind == "note":
        yield Suggestion(_("Keep as it is"), reasons["note"], "/inbox/file", (("target", "note"),))


def _by_moment(item: Item, zone: str) -> Iterable[Suggestion]:
    said = read_moment(f"{item.title} {item.content}", datetime.now(ZoneInfo(zone)))
    if said and said.moment > datetime.now(ZoneInfo(zone)):
        label = _("Until %(when)s") % {"when": clock(said.moment)}
        yield Suggestion(label, _("It names that time."), "/inbox/snooze", (("until", said.moment.isoformat()),))


def _by_habit(usual: Sequence[Learned]) -> Iterable[Suggestion]:
    """The usual folder of each topic, the surest first."""
    for one in usual:
        told = {"topic": one.about, "count": say_count(one)}
        reason = _("Where #%(topic)s lies: %(count)s.") % told
        if one.state != "counted":
            reason = _("You said that #%(topic)s lies there.") % told
        fields = (("target", "note"), ("folder", str(one.folder_id)))
        yield Suggestion(_("Note in %(folder)s") % {"folder": one.value}, reason, "/inbox/file", fields)


def _by_folder(around: Sequence[asyncpg.Record]) -> Iterable[Suggestion]:
    folders = Counter((row["folder_id"], row["folder"]) for row in around if row["folder_id"])
    for (folder_id, name), many in folders.most_common(1):
        reason = ngettext(
            "%(num)s of the nearest lies there.", "%(num)s of the nearest lie there.", many
        ) % {"num": number(many)}  # fmt: skip
        fields = (("target", "note"), ("folder", str(folder_id)))
        yield Suggestion(_("Note in %(folder)s") % {"folder": name}, reason, "/inbox/file", fields)


def _by_topics(said: Sequence[str], around: Sequence[asyncpg.Record]) -> Iterable[Suggestion]:
    near = Counter(row["topic"] for row in around if row["topic"])
    reasons = dict.fromkeys((label for label, _many in near.most_common(2)), _("What is near stands under it."))
    reasons |= dict.fromkeys(said, _("Its words name it."))
    for label, reason in list(reasons.items())[:2]:
        yield Suggestion(f"#{label}", reason, "/inbox/tag", (("topic", label),))


def _people(named: Sequence[asyncpg.Record], called: Sequence[Learned]) -> Iterable[Suggestion]:
    """By their whole names and other names that are on file, and by what they are usually called."""
    for row in named:
        yield _person(row["id"], row["full_name"], _("It names this person."))
    known = {row["id"] for row in named}
    for one in (one for one in called if one.about_id and one.about_id not in known):
        told = {"name": one.value, "count": say_count(one)}
        reason = _("You call them %(name)s: %(count)s.") % told
        if one.state != "counted":
            reason = _("You said that you call them %(name)s.") % told
        assert one.about_id
        yield _person(one.about_id, one.about, reason)


def _person(contact_id: UUID, name: str, reason: str) -> Suggestion:
    label = _("Add to %(title)s") % {"title": name}
    return Suggestion(label, reason, "/inbox/join", (("into", str(contact_id)),), f"/people/{contact_id}")


def _near(row: asyncpg.Record, kinds: Mapping[str, Kind]) -> Suggestion:
    title = row["title"] or row["preview"][:60] or _("Untitled")
    record_id: UUID = row["id"]
    return Suggestion(
        _("Add to %(title)s") % {"title": title}, _("Near in meaning."), "/inbox/join", (("into", str(record_id)),),
        kinds[row["kind"]].url(record_id),
    )  # fmt: skip

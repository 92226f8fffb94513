"""The page on which several people are put together, field by field, before they become one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency as Given
from litestar.response import Redirect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.combining import SINGLE, Person, combine, join_notes, said_rows, said_values, same_row
from app.contacts.fields import ROW_TYPES, ContactFields, check_fields
from app.contacts.labelling import field_label, list_label, value_label
from app.contacts.merging import merge_people, read_people
from app.core.errors import Conflict, Invalid
from app.web.auth import Visitor, make_shell
from app.web.fields import read_ids
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.shared import Shared
from app.web.toasts import say

VERSIONS = text("select id, version from contacts where id = any(:ids)")
# A picture is a name of its bytes, and of the rest a person makes no choice.
UNSHOWN = ("avatar",)
UNSHOWN_LISTS = ("groups", "relations")


@dataclass(frozen=True, slots=True)
class Choice:
    """`value` is the place of it among the field's values; `of` names whose it is."""

    value: int
    shown: str
    of: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class MergePage:
    """`people` are (id, name, version), the one that stays first; `is_fixed` where nobody else can."""

    people: tuple[tuple[UUID, str, int], ...]
    singles: tuple[Field, ...]
    lists: tuple[Field, ...]
    notes: str
    is_fixed: bool
    error: str = ""


@get("/people/merge")
async def show_merge(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """What they would become; `keep` says who stays."""
    ids = read_ids(request.query_params.getall("id", []))
    keep = read_ids(request.query_params.getall("keep", []))
    if not ids:
        return Redirect("/people/duplicates", status_code=303)
    return await _ask(request, visitor, shared, ids, keep[0] if keep else None)


@post("/people/merge", status_code=303)
async def merge(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    form = await request.form()
    ids, keep = read_ids(form.getall("id", [])), read_ids(form.getall("keep", []))
    try:
        async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
            people = await read_people(session, ids, keep[0] if keep else None)
            _check_seen(form, await _versions(session, people))
            fields = _chosen(people, ids, form)
            if problems := check_fields(fields):
                raise Invalid(next(iter(problems.values())))
            await merge_people(session, people, shared.kinds.values(), fields)
    except (Invalid, Conflict) as error:
        if len(ids) < 2:
            raise
        return await _ask(request, visitor, shared, ids, None, str(error), error.status)
    told = ngettext("%(num)s person is one now.", "%(num)s people are one now.", len(people))
    answer = Redirect(f"/people/{people[0].id}", status_code=303)
    return say(answer, told % {"num": number(len(people))}, action_id)


async def _ask(
    request: Request, visitor: Visitor, shared: Shared, ids: Sequence[UUID], keep: UUID | None, error: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    async with shared.database.writing(visitor.user_id) as session:
        people = await read_people(session, ids, keep)
        versions = await _versions(session, people)
        own = await session.scalar(text("select id from contacts where is_self"))
    page = merge_page(people, versions, is_fixed=own in versions, error=error)
    shell = make_shell(request, visitor, "people")
    return shared.pages.response(request, "contacts/merge.html", page, shell=shell, status=status)


def merge_page(people: Sequence[Person], versions: Mapping[UUID, int], *, is_fixed: bool, error: str = "") -> MergePage:
    names = {person.id: person.fields.full_name for person in people}
    singles = [(name, said_values(people, name)) for name in SINGLE if name not in UNSHOWN]
    lists = [(name, said_rows(people, name)) for name in ROW_TYPES if name not in UNSHOWN_LISTS]
    return MergePage(
        tuple((person.id, names[person.id], versions[person.id]) for person in people),
        tuple(Field(f"pick.{name}", field_label(name), tuple(
            Choice(place, value_label(name, value), _of(owners, names), place == 0)
            for place, (value, owners) in enumerate(values))) for name, values in singles if len(values) > 1),
        tuple(Field(f"take.{name}", list_label(name), tuple(
            Choice(place, shown_row(row.value), _of(row.owners, names), True)
            for place, row in enumerate(rows))) for name, rows in lists if rows),
        join_notes(people), is_fixed, error,
    )  # fmt: skip


def shown_row(row: Any) -> str:
    said = asdict(row)
    label = str(said.pop("label", "") or said.pop("service", "") or "")
    for hidden in ("e164", "id", "by", "done"):
        said.pop(hidden, None)
    value = ", ".join(str(part) for part in said.values() if part)
    return f"{value} ({label})" if label else value


def _of(owners: Sequence[UUID], names: Mapping[UUID, str]) -> str:
    return _("all of them") if len(owners) == len(names) else ", ".join(dict.fromkeys(names[one] for one in owners))


def _chosen(people: Sequence[Person], ids: Sequence[UUID], form: FormMultiDict) -> ContactFields:
    """What the form says, whose places are those of the order that the page had: that of its ids."""
    shown = sorted(people, key=lambda person: ids.index(person.id))
    picked: dict[str, Any] = {"notes": str(form["notes"]).replace("\r\n", "\n")} if "notes" in form else {}
    for name in SINGLE:
        values, given = said_values(shown, name), str(form.get(f"pick.{name}", ""))
        if given.isdecimal() and len(given) < 4 and int(given) < len(values):
            picked[name] = values[int(given)][0]
    return combine(people, picked, set(_dropped(shown, form)) if "is_whole" in form else ())


def _dropped(shown: Sequence[Person], form: FormMultiDict) -> Iterator[tuple[str, ...]]:
    """Where the form says nothing of a list that has rows, none of them is wanted."""
    for name in set(ROW_TYPES) - set(UNSHOWN_LISTS):
        taken = {str(place) for place in form.getall(f"take.{name}", [])}
        for place, row in enumerate(said_rows(shown, name)):
            if str(place) not in taken:
                yield (name, *same_row(name, row.value))


def _check_seen(form: FormMultiDict, versions: Mapping[UUID, int]) -> None:
    for person, version in versions.items():
        if str(form.get(f"version.{person}", version)) != str(version):
            raise Conflict(_("One of them was changed meanwhile; look at the choices once more."))


async def _versions(session: AsyncSession, people: Sequence[Person]) -> dict[UUID, int]:
    rows = await session.execute(VERSIONS, {"ids": [person.id for person in people]})
    return {row.id: row.version for row in rows}


ROUTES = [show_merge, merge]

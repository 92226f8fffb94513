"""A list's filter on its page: the chip that takes it away, and the form that sets another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.errors import Invalid
from app.properties import queries
from app.properties.filters import VERBS, PropertyFilter, read_filter
from app.search.keeping import KEPT
from app.web.auth import Reading, local_path
from app.web.shared import Shared

OTHERS = KEPT - {"property", *VERBS} | {"q"}


@dataclass(frozen=True, slots=True)
class FilterForm:
    """`others` is what else the list is narrowed to; `how` one of is, has and from."""

    action: str
    others: tuple[tuple[str, str], ...]
    name: str = ""
    how: str = "is"
    value: str = ""
    to: str = ""
    names: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class FilterChips:
    """`kept` are the filter's parts of the list's address; `form` is set when what was asked for cannot be used."""

    active: str
    remove_href: str
    form_href: str
    kept: tuple[tuple[str, str], ...]
    form: FilterForm | None = None


def try_filter(given: Mapping[str, Any]) -> tuple[PropertyFilter | None, str]:
    """The filter of an address, and what is wrong with it."""
    try:
        return read_filter(given), ""
    except Invalid as error:
        # The form keeps the words; the list shows whatever has the property.
        words = {verb: str(given.get(verb, "")) for verb in ("from", "to")}
        if given.get("how") == "from":
            words["from"] = str(given.get("value", ""))
        return PropertyFilter(str(given.get("property", "")), low=words["from"], high=words["to"]), str(error)


def filter_chips(path: str, prop: PropertyFilter | None, others: Mapping[str, str], problem: str = "") -> FilterChips:
    query = prop.query if prop else {}
    form = _form(path, prop, others, problem) if problem else None
    return FilterChips(
        active="" if problem or prop is None else prop.sentence,
        remove_href=f"{path}?{urlencode(others)}" if others else path,
        form_href="/properties/filter?" + urlencode({"list": path, **others, **query}),
        kept=tuple(query.items()),
        form=form,
    )


def _form(
    path: str, prop: PropertyFilter | None, others: Mapping[str, str], error: str = "", names: tuple[str, ...] = ()
) -> FilterForm:
    rest = tuple(others.items())
    if prop is None:
        return FilterForm(path, rest, names=names, error=error)
    how = "has" if prop.part else "from" if prop.low or prop.high else "is"
    return FilterForm(path, rest, prop.name, how, prop.word or prop.part or prop.low, prop.high, names, error)


@get("/properties/filter")
async def show_filter_form(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """The form by itself, so that a list's page reads no names that nobody asked for."""
    given = request.query_params
    prop, problem = try_filter(given)
    path = local_path(str(given.get("list", "/notes"))).partition("?")[0]
    others = {name: str(given[name]) for name in sorted(OTHERS & set(given)) if given[name]}
    form = _form(path, prop, others, problem, await queries.known_names(reading.connection))
    shell = reading.shell("")
    return shared.pages.response(request, "properties/filter.html", form, shell=shell, blocks=("property-filter",))


ROUTES = [show_filter_form]

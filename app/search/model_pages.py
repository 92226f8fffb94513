"""The page of models, for those who look after the house: which one reads, how far the next one is, and choosing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import HearthError, NotFound
from app.core.sealing import seal, unseal
from app.ports.addresses import leaves_the_house
from app.ports.embedding import EmbeddingError
from app.ports.models import GRACE
from app.search.choosing import (
    PRESETS,
    Wish,
    choose,
    choose_own,
    known_key,
    read_models,
    read_wish,
    wish_of,
)
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.locale import ngettext
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
DETAILS = {"query_prefix", "document_prefix", "dimensions", "batch_size", "timeout_seconds"}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model. `share` (0 to 100), `left` and `rate` are of the one that fills up; `until` of one given up."""

    id: int
    name: str
    address: str
    dimensions: int
    state: str
    is_paused: bool = False
    texts: int = 0
    filled: int = 0
    share: int = 0
    rate: str = ""
    left: str = ""
    trouble: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking a model: 0 dimensions when it gave no answer that can be used."""

    dimensions: int
    sentence: str


@dataclass(frozen=True, slots=True)
class ModelsPage:
    """`wish` is what the form shows, `errors` are by field. `own_name` is the one that comes along, unless listed."""

    models: tuple[ModelRow, ...]
    wish: Wish
    presets: tuple[str, ...]
    providers: Mapping[str, str]
    is_off: bool
    own_name: str
    leaves_the_house: bool
    errors: dict[str, str] = field(default_factory=dict)
    tried: Tried | None = None

    @property
    def opens_details(self) -> bool:
        return bool(self.errors.keys() & DETAILS)

    @property
    def filling(self) -> ModelRow | None:
        return next((row for row in self.models if row.state == "filling"), None)


@get("/settings/meaning")
async def show_models(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    _check(reading.visitor)
    wish = PRESETS.get(request.query_params.get("preset", ""), next(iter(PRESETS.values())))
    page = await _make_page(reading.connection, shared, wish)
    return shared.pages.response(
        request, "search/models.html", page, shell=reading.shell("settings"), blocks=("filling",)
    )


@post("/settings/meaning/try", status_code=200)
async def try_model(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Asks for one vector and saves nothing."""
    _check(visitor)
    wish, errors = read_wish(data)
    tried = Tried(0, "") if errors else await _try(shared, visitor, wish)
    return await _show_again(request, visitor, shared, wish, errors, tried)


@post("/settings/meaning", status_code=303)
async def choose_model(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Tried first: what does not answer now would fill nothing."""
    _check(visitor)
    wish, errors = read_wish(data)
    tried = Tried(0, "") if errors else await _try(shared, visitor, wish)
    if not tried.dimensions:
        return await _show_again(request, visitor, shared, wish, errors, tried, status=422)
    async with shared.database.reading(visitor.user_id) as connection:
        sealed = seal(shared.settings, wish.key) or await known_key(connection, wish)
        if await choose(connection, wish, tried.dimensions, sealed) is None:
            raise NotFound
    return _say_it_reads(wish.name)


@post("/settings/meaning/own", status_code=303)
async def choose_own_model(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Back to the model that comes along, also when its vectors were dropped long ago."""
    _check(visitor)
    own = shared.models.own
    if own is None:
        raise NotFound
    async with shared.database.reading(visitor.user_id) as connection:
        if await choose_own(connection, own) is None:
            raise NotFound
    return _say_it_reads(own.name)


@post("/settings/meaning/{model_id:int}/again", status_code=303)
async def take_up_again(model_id: FromPath[int], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """One that was given up and whose vectors are still there, or the one that came along."""
    _check(visitor)
    async with shared.database.reading(visitor.user_id) as connection:
        row = next((row for row in await read_models(connection) if row["id"] == model_id), None)
        if row is None or row["state"] != "retired":
            raise NotFound
        if await choose(connection, wish_of(row), row["dimensions"], row["sealed_key"]) is None:
            raise NotFound
    return say(Redirect("/settings/meaning", status_code=303), _("It reads on where it stopped."))


@post("/settings/meaning/{model_id:int}/{verb:str}", status_code=303)
async def steer_model(
    model_id: FromPath[int], verb: FromPath[str], visitor: Given[Visitor], shared: Given[Shared]
) -> Redirect:
    _check(visitor)
    words = {"pause": _("Paused."), "resume": _("It reads on."), "cancel": _("The model so far stays.")}
    if verb not in words or not -(2**15) <= model_id < 2**15:
        raise NotFound
    async with shared.database.reading(visitor.user_id) as connection:
        if not await connection.fetchval("select gate_steer_model($1, $2)", model_id, verb):
            raise NotFound
    return say(Redirect("/settings/meaning", status_code=303), words[verb])


def _say_it_reads(name: str) -> Redirect:
    sentence = _("%(name)s reads your texts now; the model so far answers until it has read all of them.")
    return say(Redirect("/settings/meaning", status_code=303), sentence % {"name": name})


def _check(visitor: Visitor) -> None:
    if visitor.role not in {"owner", "admin"}:
        raise NotFound


async def _try(shared: Shared, visitor: Visitor, wish: Wish) -> Tried:
    # The client for HTTP costs 8 MB, which a house with its own model need not pay.
    from app.ports.remote import RemoteModel, measure_dimensions

    try:
        async with shared.database.reading(visitor.user_id) as connection:
            key = wish.key or unseal(shared.settings, await known_key(connection, wish))
        model = RemoteModel(
            wish.provider, wish.address, wish.name, wish.dimensions, key, wish.query_prefix, wish.document_prefix,
            bool(wish.dimensions), wish.batch_size, wish.timeout_seconds,
        )  # fmt: skip
        began = time.monotonic()
        dimensions = await asyncio.to_thread(measure_dimensions, model)
    except (EmbeddingError, HearthError) as error:
        return Tried(0, str(error))
    words = _("It answers: %(dimensions)s dimensions, in %(ms)s ms.")
    return Tried(dimensions, words % {"dimensions": dimensions, "ms": int((time.monotonic() - began) * 1000)})


async def _show_again(
    request: Request, visitor: Visitor, shared: Shared, wish: Wish, errors: dict[str, str], tried: Tried,
    status: int = 200,
) -> Response:  # fmt: skip
    async with shared.database.reading(visitor.user_id) as connection:
        page = await _make_page(connection, shared, wish, errors, tried)
    shell = make_shell(request, visitor, "settings")
    return shared.pages.response(
        request, "search/models.html", page, shell=shell, blocks=("tried",),
        status=status, headers={"Cache-Control": "no-store"},
    )  # fmt: skip


async def _make_page(
    connection: asyncpg.Connection, shared: Shared, wish: Wish, errors: dict[str, str] | None = None,
    tried: Tried | None = None,
) -> ModelsPage:  # fmt: skip
    rows = tuple(_row(row) for row in await read_models(connection))
    away = leaves_the_house(wish.address)
    providers = {"ollama": "Ollama", "openai": _("OpenAI, and what is compatible with it")}
    own = shared.models.own
    listed = {row.name for row in rows if not row.address}
    own_name = own.name if own and own.name not in listed else ""
    return ModelsPage(rows, wish, tuple(PRESETS), providers, own is None, own_name, away, errors or {}, tried)


def _row(row: asyncpg.Record) -> ModelRow:
    texts, filled, rate = row["texts"], row["filled"], row["texts_a_second"]
    return ModelRow(
        row["id"], row["name"], row["address"], row["dimensions"], row["state"],
        is_paused=row["is_paused"], texts=texts, filled=filled, share=int(100 * filled / texts) if texts else 0,
        rate=f"{rate:.1f}" if rate and rate < 10 else f"{rate:.0f}" if rate else "",
        left=_time_left((texts - filled) / rate) if rate and not row["is_paused"] else "",
        trouble=row["trouble"], until=row["retired_at"] + GRACE if row["retired_at"] else None,
    )  # fmt: skip


def _time_left(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return ngettext("about a minute left", "about %(num)s minutes left", minutes)
    hours = round(minutes / 60)
    return ngettext("about an hour left", "about %(num)s hours left", hours)


ROUTES = [show_models, try_model, choose_model, choose_own_model, take_up_again, steer_model]

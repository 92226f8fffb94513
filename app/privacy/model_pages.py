"""The page of the language model, for those who look after the house: which one is asked, trying one, choosing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import asyncpg
import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from app.core.errors import HearthError, NotFound
from app.core.sealing import seal, unseal
from app.ports.languages import make_model
from app.ports.llm import Place, Prompt, Usage
from app.privacy.choosing import PRESETS, Wish, choose, give_up, known_key, read_chosen, read_wish
from app.privacy.ledger import tell_call
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.locale import number
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PAGE = "/settings/language-model"
HELLO = Prompt(
    'Answer as JSON: {"word": "…"}, with one English word for what is asked for.', "Where a fire burns inside a house."
)


class Word(msgspec.Struct):
    word: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking it."""

    is_well: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class LanguagePage:
    """`wish` is what the form shows, `errors` are by field; `chosen` is the name of the one that is asked now."""

    chosen: str
    chosen_address: str
    wish: Wish
    presets: tuple[str, ...]
    providers: Mapping[str, str]
    leaves_the_house: bool
    errors: Mapping[str, str] = field(default_factory=dict)
    tried: Tried | None = None


@get(PAGE)
async def show_language_model(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    _check(reading.visitor)
    preset = PRESETS.get(request.query_params.get("preset", ""))
    page = await _make_page(reading.connection, preset)
    return shared.pages.response(request, "privacy/model.html", page, shell=reading.shell("settings"))


@post(f"{PAGE}/try", status_code=200)
async def try_language_model(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Asks it for one word, with nothing of anybody's, and saves nothing."""
    _check(visitor)
    wish, errors = read_wish(data)
    tried = None if errors else await _try(shared, visitor, wish)
    return await _show_again(request, visitor, shared, wish, errors, tried)


@post(PAGE, status_code=303)
async def choose_language_model(
    request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Tried first: what does not answer now would fail every night."""
    _check(visitor)
    wish, errors = read_wish(data)
    tried = None if errors else await _try(shared, visitor, wish)
    if tried is None or not tried.is_well:
        return await _show_again(request, visitor, shared, wish, errors, tried, status=422)
    async with shared.database.reading(visitor.user_id) as connection:
        sealed = seal(shared.settings, wish.key) or await known_key(connection, wish)
        if not await choose(connection, wish, sealed):
            raise NotFound
    return say(Redirect(PAGE, status_code=303), _("%(name)s is asked from now on.") % {"name": wish.name})


@post(f"{PAGE}/give-up", status_code=303)
async def give_up_language_model(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    _check(visitor)
    async with shared.database.reading(visitor.user_id) as connection:
        if not await give_up(connection):
            raise NotFound
    return say(Redirect(PAGE, status_code=303), _("No language model is asked any more."))


def _check(visitor: Visitor) -> None:
    if visitor.role not in {"owner", "admin"}:
        raise NotFound


async def _try(shared: Shared, visitor: Visitor, wish: Wish) -> Tried:
    began = time.monotonic()
    try:
        async with shared.database.reading(visitor.user_id) as connection:
            key = wish.key or unseal(shared.settings, await known_key(connection, wish))
        place = wish.place(key)
        answer = await make_model(place).answer(HELLO, Word, 500)
    except HearthError as error:
        usage = getattr(error, "usage", Usage())
        await _log(shared, visitor, wish.place(""), usage, time.monotonic() - began, type(error).__name__)
        return Tried(False, str(error))
    seconds = time.monotonic() - began
    await _log(shared, visitor, place, answer.usage, seconds)
    told = _("It answers “%(word)s”: %(tokens)s tokens, in %(seconds)s s.")
    return Tried(True, told % {
        "word": answer.value.word[:40], "tokens": number(answer.usage.tokens), "seconds": number(round(seconds, 1)),
    })  # fmt: skip


async def _log(shared: Shared, visitor: Visitor, place: Place, usage: Usage, seconds: float, error: str = "") -> None:
    async with shared.database.reading(visitor.user_id) as connection:
        await tell_call(connection, "try", place, usage, seconds, error)


async def _show_again(
    request: Request, visitor: Visitor, shared: Shared, wish: Wish, errors: Mapping[str, str], tried: Tried | None,
    status: int = 200,
) -> Response:  # fmt: skip
    async with shared.database.reading(visitor.user_id) as connection:
        page = await _make_page(connection, wish, errors, tried)
    shell = make_shell(request, visitor, "settings")
    return shared.pages.response(
        request, "privacy/model.html", page, shell=shell, blocks=("tried",), status=status,
        headers={"Cache-Control": "no-store"},
    )  # fmt: skip


async def _make_page(
    connection: asyncpg.Connection, wish: Wish | None, errors: Mapping[str, str] | None = None,
    tried: Tried | None = None,
) -> LanguagePage:  # fmt: skip
    chosen = await read_chosen(connection)
    shown = wish or chosen or next(iter(PRESETS.values()))
    providers = {"ollama": "Ollama", "openai": _("OpenAI, and what is compatible with it")}
    return LanguagePage(
        chosen.name if chosen else "", chosen.address if chosen else "", shown, tuple(PRESETS), providers,
        not shown.is_local, errors or {}, tried,
    )  # fmt: skip


ROUTES = [show_language_model, try_language_model, choose_language_model, give_up_language_model]

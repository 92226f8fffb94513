"""What an administrator says of the language model: read from the form, and taken up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import asyncpg

from app.ports.addresses import leaves_the_house
from app.ports.llm import Place
from app.search.choosing import CONSENT, LONGEST, LONGEST_KEY, OLLAMA, is_address
from app.web.locale import gettext as _

SECONDS = (1, 900)
DEAREST = Decimal(100_000)

READ = "select provider, address, name, timeout_seconds, price_in, price_out from language_model"
SEALED = "select sealed_key from language_model where provider = $1 and address = $2"
CHOOSE = "select gate_choose_language_model($1, $2, $3, $4, $5, $6, $7, $8)"
GIVE_UP = "select gate_give_up_language_model()"


@dataclass(frozen=True, slots=True)
class Wish:
    """A model as the form has it; an empty key keeps the one that is known for the address."""

    provider: str = "ollama"
    address: str = ""
    name: str = ""
    key: str = field(default="", repr=False)
    timeout_seconds: str = "120"
    price_in: str = "0"
    price_out: str = "0"

    @property
    def is_local(self) -> bool:
        return not leaves_the_house(self.address)

    def place(self, key: str) -> Place:
        """Of one that was checked."""
        return Place(
            self.provider, self.address, self.name, key, self.is_local, int(self.timeout_seconds),
            read_price(self.price_in), read_price(self.price_out),
        )  # fmt: skip


PRESETS: Mapping[str, Wish] = {
    "qwen3:4b": Wish("ollama", OLLAMA, "qwen3:4b"),
    "gemma3:4b": Wish("ollama", OLLAMA, "gemma3:4b"),
    "openai": Wish("openai", "https://api.openai.com/v1", "gpt-4o-mini"),
}


def read_wish(data: Mapping[str, str]) -> tuple[Wish, dict[str, str]]:
    """The wish and, by the name of the field, what cannot be used of it."""
    clean = {name: value.replace("\0", "").strip() for name, value in data.items()}
    known = {name: clean[name] for name in Wish.__dataclass_fields__ if name in clean}
    wish = Wish(**known | {"address": clean.get("address", "").rstrip("/")})
    return wish, find_errors(wish)


def find_errors(wish: Wish) -> dict[str, str]:
    errors = {}
    if wish.provider not in {"ollama", "openai"}:
        errors["provider"] = _("Choose one of these.")
    if not is_address(wish.address):
        errors["address"] = _("An address as in http://127.0.0.1:11434, without name and password.")
    if not 0 < len(wish.name) <= LONGEST or not wish.name.isprintable():
        errors["name"] = _("Say how the model is called there.")
    if len(wish.key) > LONGEST_KEY or not wish.key.isascii() or not wish.key.isprintable():
        errors["key"] = _("That is no key.")
    seconds = wish.timeout_seconds
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 5 and SECONDS[0] <= int(seconds) <= SECONDS[1]):
        errors["timeout_seconds"] = _("From %(least)s to %(most)s.") % {"least": SECONDS[0], "most": SECONDS[1]}
    for name in ("price_in", "price_out"):
        try:
            read_price(getattr(wish, name))
        except ValueError:
            errors[name] = _("A sum like 0.15, or 0.")
    return errors


def read_price(typed: str) -> Decimal:
    """With a point or a comma; raises ValueError for what is no price."""
    try:
        price = Decimal(typed.replace(",", ".") or "0")
    except InvalidOperation:
        raise ValueError from None
    if not price.is_finite() or not 0 <= price <= DEAREST:
        raise ValueError
    return round(price, 4)


async def read_chosen(connection: asyncpg.Connection) -> Wish | None:
    """Without its key."""
    row = await connection.fetchrow(READ)
    if row is None:
        return None
    prices = (f"{row[name].normalize():f}" for name in ("price_in", "price_out"))
    return Wish(row["provider"], row["address"], row["name"], "", str(row["timeout_seconds"]), *prices)


async def known_key(connection: asyncpg.Connection, wish: Wish) -> str:
    """The sealed key that was given for the same address before."""
    return await connection.fetchval(SEALED, wish.provider, wish.address) or ""


async def choose(connection: asyncpg.Connection, wish: Wish, sealed_key: str) -> bool:
    """False for whoever may not."""
    place = wish.place("")
    is_taken = await connection.fetchval(
        CHOOSE, place.provider, place.address, place.name, sealed_key, place.is_local, place.timeout_seconds,
        place.price_in, place.price_out,
    )  # fmt: skip
    if is_taken and not place.is_local:
        await connection.execute(CONSENT)
    return bool(is_taken)


async def give_up(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval(GIVE_UP))

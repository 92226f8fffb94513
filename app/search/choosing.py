"""What an administrator says of a model: read from the form, tried, and taken up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import asyncpg

from app.ports.addresses import leaves_the_house
from app.ports.embedding import MOST_DIMENSIONS, Embedder
from app.web.locale import gettext as _

LONGEST = 200
LONGEST_KEY = 1000
BOUNDS = {"batch_size": (1, 256), "timeout_seconds": (1, 600), "dimensions": (0, MOST_DIMENSIONS)}
QWEN_ASKS = "Instruct: Given a question, retrieve notes that answer it\nQuery: "

LIST = """
select * from embedding_models order by state = 'active' desc, state = 'filling' desc, retired_at desc, id"""
CHOOSE = "select gate_choose_model($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
# Whoever names another's machine means their own notes; everybody else says so themselves, under Privacy.
CONSENT = "update users set may_leave = 'normal' where id = app_user_id() and may_leave = 'nothing'"
SEALED = "select sealed_key from embedding_models where provider = $1 and address = $2 and sealed_key <> '' limit 1"


@dataclass(frozen=True, slots=True)
class Wish:
    """A model as the form has it. `dimensions` 0 leaves them to the model; an empty key keeps the one that is known."""

    provider: str = "ollama"
    address: str = ""
    name: str = ""
    key: str = field(default="", repr=False)
    query_prefix: str = ""
    document_prefix: str = ""
    dimensions: int = 0
    batch_size: int = 32
    timeout_seconds: int = 30


OLLAMA = "http://127.0.0.1:11434"
# Prefixes as the models' makers give them: https://ollama.com/library/nomic-embed-text, and the card of
# Qwen/Qwen3-Embedding-0.6B, whose questions carry an instruction and whose texts carry none.
PRESETS: Mapping[str, Wish] = {
    "nomic-embed-text": Wish(
        "ollama", OLLAMA, "nomic-embed-text", query_prefix="search_query: ", document_prefix="search_document: "
    ),
    "qwen3-embedding:0.6b": Wish("ollama", OLLAMA, "qwen3-embedding:0.6b", query_prefix=QWEN_ASKS, batch_size=16),
    "openai": Wish("openai", "https://api.openai.com/v1", "text-embedding-3-small"),
}


def read_wish(data: Mapping[str, str]) -> tuple[Wish, dict[str, str]]:
    """The wish and, by the name of the field, what cannot be used of it."""
    clean = {name: value.replace("\0", "").replace("\r\n", "\n") for name, value in data.items()}
    numbers = {name: _read_number(clean.get(name, "")) for name in BOUNDS}
    wish = Wish(
        clean.get("provider", ""), clean.get("address", "").strip().rstrip("/"), clean.get("name", "").strip(),
        clean.get("key", "").strip(), clean.get("query_prefix", ""), clean.get("document_prefix", ""), **numbers,
    )  # fmt: skip
    return wish, find_errors(wish)


def find_errors(wish: Wish) -> dict[str, str]:
    errors = {}
    if wish.provider not in {"ollama", "openai"}:
        errors["provider"] = _("Choose one of these.")
    if not is_address(wish.address):
        errors["address"] = _("An address as in http://127.0.0.1:11434, without name and password.")
    if not 0 < len(wish.name) <= LONGEST or not wish.name.isprintable():
        errors["name"] = _("Say how the model is called there.")
    if len(wish.key) > LONGEST_KEY or not wish.key.isascii() or not (wish.key.isprintable()):
        errors["key"] = _("That is no key.")
    for name in ("query_prefix", "document_prefix"):
        if len(getattr(wish, name)) > LONGEST:
            errors[name] = _("At most two hundred letters.")
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(wish, name) <= most:
            errors[name] = _("From %(least)s to %(most)s.") % {"least": least, "most": most}
    return errors


def is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return known and plain and len(address) <= LONGEST and address.isprintable() and " " not in address


def _read_number(text: str) -> int:
    """-1, which no field takes, for what is no whole number; nothing said leaves it open."""
    digits = text.strip()
    return 0 if not digits else int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else -1


async def read_models(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """All rows of embedding_models, the answering one first."""
    return await connection.fetch(LIST)


async def known_key(connection: asyncpg.Connection, wish: Wish) -> str:
    """The sealed key that was given for the same address before."""
    return await connection.fetchval(SEALED, wish.provider, wish.address) or ""


async def choose(connection: asyncpg.Connection, wish: Wish, dimensions: int, sealed_key: str) -> int | None:
    """The id of the model that fills up now; None for whoever may not choose."""
    model_id: int | None = await connection.fetchval(
        CHOOSE, wish.provider, wish.address, wish.name, dimensions, wish.document_prefix, wish.query_prefix,
        sealed_key, bool(wish.dimensions), wish.batch_size, wish.timeout_seconds,
    )  # fmt: skip
    if model_id is not None and leaves_the_house(wish.address):
        await connection.execute(CONSENT)
    return model_id


async def choose_own(connection: asyncpg.Connection, own: Embedder) -> int | None:
    """The same for the model that comes along."""
    return await connection.fetchval(  # type: ignore[no-any-return]
        CHOOSE, own.provider, "", own.name, own.dimensions, "", "", "", False, 32, 30
    )


def wish_of(row: asyncpg.Record) -> Wish:
    """What was wished when this row was chosen, without its key."""
    names = ("provider", "address", "name", "query_prefix", "document_prefix", "batch_size", "timeout_seconds")
    return replace(Wish(**{name: row[name] for name in names}), dimensions=row["dimensions"] * row["asks_dimensions"])

"""Which language model the house asks: the one row of `language_model`; none where there is no row."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg

from app.core.sealing import Unreadable
from app.ports.llm import LanguageAway, LanguageModel, Place

READ = """
select provider, address, name, sealed_key, is_local, timeout_seconds, price_in, price_out from language_model"""


def make_model(place: Place) -> LanguageModel:
    """Its client costs what a house without a model need not pay (docs/dependencies.md)."""
    from app.ports.chat import ChatModel

    return ChatModel(place)


class Languages:
    """The chosen model, made once for as long as it stays the chosen one."""

    def __init__(self, unseal: Callable[[str], str] = str, make: Callable[[Place], LanguageModel] = make_model) -> None:
        self._unseal, self._make = unseal, make
        self._made: LanguageModel | None = None
        self._row: tuple[object, ...] = ()

    async def answering(self, connection: asyncpg.Connection) -> LanguageModel | None:
        """Raises LanguageAway where its key cannot be read."""
        row = await connection.fetchrow(READ)
        if row is None:
            return None
        if self._made is None or self._row != tuple(row):
            self._made, self._row = self._make(self._place(row)), tuple(row)
        return self._made

    def _place(self, row: asyncpg.Record) -> Place:
        try:
            key = self._unseal(row["sealed_key"])
        except Unreadable as error:
            raise LanguageAway(str(error)) from None
        return Place(
            row["provider"], row["address"], row["name"], key, row["is_local"], row["timeout_seconds"],
            row["price_in"], row["price_out"],
        )  # fmt: skip

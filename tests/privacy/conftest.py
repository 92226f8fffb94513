"""A house that asks the scripted server, which stands in it or, as far as the house knows, elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from app.kinds import KINDS
from app.ports.languages import Languages
from app.privacy.sending import Sender
from tests.ports.model_server import Asked, ModelServer, model_server

CHOOSE = """
insert into language_model (provider, address, name, is_local, timeout_seconds, price_in, price_out)
values ('ollama', $1, 'a-model', $2, 5, 1, 2)
on conflict (id) do update set address = excluded.address, is_local = excluded.is_local"""


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as server:
        server.usage = None
        yield server


@pytest.fixture
def choose(owner, server):
    """The model of the house; what is not local is outside of it, for whom `leave` is what may go there."""

    async def choose_model(*, local: bool = True, leave: str = "normal") -> None:
        await owner.execute(CHOOSE, server.address, local)
        await owner.execute("update users set may_leave = $1", leave)

    return choose_model


@pytest.fixture
def sender(worker_database) -> Sender:
    return Sender(worker_database, Languages(), KINDS)


def sections(asked: Asked) -> dict[str, str]:
    """What stands between the marks, by its name."""
    mark = asked.body["messages"][0]["content"].partition("<<<end ")[2].partition(">>>")[0]
    found = {}
    for piece in asked.words.split(f"\n<<<end {mark}>>>"):
        head, _break, words = piece.strip().partition(f" {mark}>>>\n")
        if head:
            found[head.removeprefix("<<<")] = words
    return found


def saying(*sentences: tuple[str, list[str]]) -> str:
    return json.dumps({"sentences": [{"text": text, "cites": cites} for text, cites in sentences]})

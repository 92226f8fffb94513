"""Language models over HTTP, against one that lies: what comes is of the shape that was asked for, or nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from app.ports import chat
from app.ports.chat import ChatModel
from app.ports.llm import BadAnswer, LanguageAway, LanguageError, Place, Prompt, ScriptedModel, decode_answer, reckon
from app.settings import PROJECT
from tests.ports.model_server import KEY, ModelServer, model_server

PROMPT = Prompt("Answer in JSON.", "What is warm? Süßstoff 🕯️")


class Word(msgspec.Struct):
    word: str


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def model(server: ModelServer, provider: str = "ollama", **place: object) -> ChatModel:
    return ChatModel(Place(provider, server.address, "a-model", KEY, **{"timeout_seconds": 5, **place}))


@pytest.mark.parametrize(("provider", "path"), [("ollama", "/v1/chat/completions"), ("openai", "/chat/completions")])
async def test_what_is_asked_and_what_comes(server, provider, path):
    heard: list[str] = []
    answer = await model(server, provider).answer(PROMPT, Word, 50, heard.append)
    assert answer.value == Word("hearth") and "".join(heard) == '{"word": "hearth"}' and len(heard) > 1
    (asked,) = server.asked
    assert (asked.path, asked.key) == (path, f"Bearer {KEY}")
    assert [message["content"] for message in asked.body["messages"]] == [PROMPT.task, PROMPT.words]
    assert asked.body["max_tokens"] == 50 and asked.body["stream"] is True
    assert asked.body["response_format"]["json_schema"]["schema"]["$defs"]["Word"]["required"] == ["word"]
    assert "tools" not in asked.body


async def test_tokens_and_their_price(server):
    place = {"price_in": Decimal("2.5"), "price_out": Decimal(10)}
    usage = (await model(server, **place).answer(PROMPT, Word)).usage
    assert (usage.tokens_in, usage.tokens_out, usage.is_guessed) == (40, 6, False)
    assert usage.cost == Decimal("0.00016")


@pytest.mark.parametrize(
    "told",
    [None, {}, {"prompt_tokens": -5, "completion_tokens": -1}, {"prompt_tokens": 10**15, "completion_tokens": 10**15},
     {"prompt_tokens": "many", "completion_tokens": [1]}, {"prompt_tokens": True, "completion_tokens": None}, 7],
)  # fmt: skip
async def test_token_counts_that_cannot_be_are_reckoned_here(server, told):
    server.usage = told
    usage = (await model(server).answer(PROMPT, Word)).usage
    assert usage.is_guessed and 0 < usage.tokens_in <= PROMPT.size and 0 < usage.tokens_out < 50


@pytest.mark.parametrize(
    "how", ["cut", "html", "broken chunk", "odd chunk", "error chunk", "tools", "huge", "huge line", "bomb"]
)
async def test_what_cannot_be_used_is_an_error_and_no_answer(server, monkeypatch, how):
    monkeypatch.setattr(chat, "MOST_ANSWER_BYTES", 2**20)
    server.hows = [how]
    with pytest.raises(BadAnswer) as caught:
        await model(server).answer(PROMPT, Word)
    assert caught.value.usage.tokens > 0 and KEY not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "Sure! Here you are.", '{"word": ', '{"word": 7}', '{"other": "x"}', "[]", "null", '{"word": "a"} and more',
     "[" * 100_000, '{"word": "\ud800"}'],
)  # fmt: skip
async def test_what_is_not_of_the_shape_is_no_answer(server, text):
    server.say = lambda _asked: text
    with pytest.raises(BadAnswer):
        await model(server).answer(PROMPT, Word)


@pytest.mark.parametrize(
    "text", ['<think>\nHm: {"word": "no"}\n</think>\n{"word": "yes"}', '```json\n{"word": "yes"}\n```']
)
def test_what_stands_around_the_answer_is_left_out(text):
    assert decode_answer(text, Word, reckon(Place("", "", ""), 0, 0, (0, 0), 0)) == Word("yes")


@pytest.mark.parametrize(
    ("hows", "requests"),
    [(["429"], 3), (["500"], 3), (["503"], 3), (["401"], 1), (["403"], 1), (["never"], 1), (["never ends"], 1)],
)  # fmt: skip
async def test_what_may_be_answered_later_is_asked_again_and_then_away(server, hows, requests):
    server.hows = hows
    began = time.monotonic()
    with pytest.raises(LanguageAway) as caught:
        await model(server, timeout_seconds=1).answer(PROMPT, Word)
    assert time.monotonic() - began < 5 and len(server.asked) == requests
    assert KEY not in str(caught.value) and "warm" not in str(caught.value)


@pytest.mark.parametrize("how", ["429", "500"])
async def test_what_fails_once_is_answered_by_the_second_try(server, how):
    server.hows = [how, "well"]
    assert (await model(server).answer(PROMPT, Word)).value == Word("hearth")


async def test_a_server_that_knows_no_schemas_is_asked_without(server):
    server.hows = ["no schemas"]
    asker = model(server)
    for requests in (2, 3):
        assert (await asker.answer(PROMPT, Word)).value == Word("hearth")
        assert len(server.asked) == requests
    assert "response_format" not in server.asked[-1].body


async def test_what_is_refused_is_no_answer_and_a_redirect_is_not_followed(server):
    for how in ("400", "404", "302"):
        server.hows, server.asked[:] = [how], []
        with pytest.raises(LanguageError) as caught:
            await model(server).answer(PROMPT, Word)
        assert not isinstance(caught.value, LanguageAway) and how in str(caught.value)
        assert all(asked.path == "/v1/chat/completions" for asked in server.asked)


async def test_a_dead_address_is_away(server):
    place = replace(model(server).place, address="http://127.0.0.1:1")
    with pytest.raises(LanguageAway):
        await ChatModel(place).answer(PROMPT, Word)


async def test_a_name_that_calls_itself_local_and_leads_out_of_the_house_gets_nothing(server):
    places = iter([["93.184.215.14"], ["127.0.0.1", "93.184.215.14"], [], ["127.0.0.1"]])

    async def resolve(_host: str, _port: int) -> list[str]:
        return next(places)

    asker = ChatModel(replace(model(server).place, address=server.address.replace("127.0.0.1", "nas")), resolve)
    for _time in range(3):
        with pytest.raises(LanguageError):
            await asker.answer(PROMPT, Word)
    assert not server.asked
    # One that is local is connected to at the address that was looked at: nobody here knows the name.
    assert (await asker.answer(PROMPT, Word)).value == Word("hearth")


async def test_proxies_of_the_surroundings_are_not_asked(server, monkeypatch):
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await model(server).answer(PROMPT, Word)).value == Word("hearth")


async def test_whoever_stops_waiting_is_let_go_at_once(server):
    server.hows = ["never"]
    asking = asyncio.create_task(model(server).answer(PROMPT, Word))
    while not server.asked:
        await asyncio.sleep(0.01)
    asking.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert time.monotonic() - began < 1


async def test_the_stand_in_says_what_it_is_told():
    scripted = ScriptedModel('{"word": "one"}', "no")
    assert (await scripted.answer(PROMPT, Word)).value == Word("one")
    for _time in range(2):
        with pytest.raises(BadAnswer):
            await scripted.answer(PROMPT, Word)
    assert scripted.prompts == [PROMPT] * 3


def test_a_house_that_asks_none_does_not_pay_for_the_client():
    looks = "import sys, app.main, app.worker; sys.exit(any(map(sys.modules.get, ('openai', 'pydantic', 'httpx'))))"
    assert subprocess.run([sys.executable, "-c", looks], cwd=PROJECT, timeout=60).returncode == 0

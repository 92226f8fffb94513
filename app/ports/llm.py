"""The door to language models: a task and words in, an answer of the asked shape out. None is the default.

What stands behind it (app/ports/chat.py, by the `openai` client) is imported only in a house that chose a model. An
answer is somebody else's text: it is bounded, decoded into the shape that was asked for, and a model that asks for
tools instead has given none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

import msgspec

from app.core.errors import HearthError

T = TypeVar("T")
Hear = Callable[[str], None]
MILLION = Decimal(1_000_000)
# A model that thinks aloud says so first; one that was asked for JSON may fence it all the same.
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.S)
_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*)\n```\Z", re.S)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is, how long it may take, and what a million tokens cost there. `is_local`: its address is of this
    house, which is looked at again at each connection."""

    provider: str
    address: str
    name: str
    key: str = field(default="", repr=False)
    is_local: bool = True
    timeout_seconds: int = 120
    price_in: Decimal = Decimal(0)
    price_out: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Prompt:
    """`task` is the house's own; `words` hold what others wrote, each piece marked as such by whoever made it."""

    task: str
    words: str

    @property
    def size(self) -> int:
        """In bytes, as it is sent."""
        return len(self.task.encode("utf-8", "replace")) + len(self.words.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Usage:
    """`is_guessed`: the other side said nothing that can be so, and it was reckoned from what went over the wire."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal = Decimal(0)
    is_guessed: bool = False

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    value: T
    usage: Usage


class LanguageError(HearthError):
    """There is no answer. `usage` is what it cost all the same."""

    def __init__(self, sentence: str, usage: Usage | None = None) -> None:
        super().__init__(sentence)
        self.usage = usage or Usage()


class LanguageAway(LanguageError):
    """Nothing is wrong with what was asked: it cannot be reached now, or wants to be left alone."""


class BadAnswer(LanguageError):
    """It said something, of which nothing can be used."""


class LanguageModel(Protocol):
    """A model that was chosen. `answer` raises LanguageError; `hear` is given each piece as it comes."""

    place: Place

    async def answer(
        self, prompt: Prompt, shape: type[T], most_tokens: int = 1000, hear: Hear | None = None
    ) -> Answer[T]: ...


def decode_answer(text: str, shape: type[T], usage: Usage) -> T:
    """Raises BadAnswer for anything but the shape."""
    said = _THOUGHT.sub("", text).strip()
    fenced = _FENCED.match(said)
    try:
        return msgspec.json.decode((fenced[1] if fenced else said).encode(), type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadAnswer("The model's answer is not what was asked for.", usage) from error


def reckon(place: Place, sent: int, heard: int, told: Sequence[object], most_tokens: int) -> Usage:
    """From the bytes sent and heard, and what the other side `told` of tokens in and out where that can be so: no
    token is less than a byte, and hardly one more than forty."""
    tokens_in, guessed_in = _believe(told[0], sent // 40, sent + 1000, sent)
    tokens_out, guessed_out = _believe(told[1], heard // 40, max(heard, 4 * most_tokens) + 1000, heard)
    cost = (tokens_in * place.price_in + tokens_out * place.price_out) / MILLION
    return Usage(tokens_in, tokens_out, round(cost, 6), guessed_in or guessed_out)


def _believe(told: object, least: int, most: int, size: int) -> tuple[int, bool]:
    if isinstance(told, int) and not isinstance(told, bool) and least <= told <= most:
        return told, False
    return (size + 3) // 4, True


class ScriptedModel:
    """The stand-in for tests: says what it is told to, one after the other and then the last again, and remembers."""

    def __init__(self, *texts: str, place: Place | None = None) -> None:
        self.place = place or Place("fake", "http://127.0.0.1:1", "scripted")
        self.texts = list(texts)
        self.prompts: list[Prompt] = []

    async def answer(
        self, prompt: Prompt, shape: type[T], most_tokens: int = 1000, hear: Hear | None = None
    ) -> Answer[T]:
        self.prompts.append(prompt)
        text = self.texts[min(len(self.prompts), len(self.texts)) - 1]
        if hear is not None:
            hear(text)
        usage = reckon(self.place, prompt.size, len(text.encode()), (None, None), most_tokens)
        return Answer(decode_answer(text, shape, usage), usage)

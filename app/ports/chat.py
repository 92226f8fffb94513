"""Language models that answer over HTTP: Ollama, and whatever speaks the chat call of OpenAI, by its own client.

Only an administrator says where they are. No tools are offered, no redirect and no proxy is followed, and what calls
itself local is connected to only where its name leads to this house at that moment, at the very address looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from app.ports.addresses import Resolver, is_public, resolve_name
from app.ports.chat_client import openai
from app.ports.llm import (
    Answer,
    BadAnswer,
    Hear,
    LanguageAway,
    LanguageError,
    Place,
    Prompt,
    Usage,
    decode_answer,
    reckon,
)

T = TypeVar("T")
CONNECT_SECONDS = 5.0
RETRIES = 2
MOST_ADDRESSES = 3
# Each token comes in an envelope of some three hundred bytes.
MOST_ANSWER_BYTES = 4 * 2**20
MOST_ANSWER_LETTERS = 40_000


class _TooMuchError(Exception):
    """More than any answer."""


@dataclass(slots=True)
class _Said:
    """What was heard so far, and what the other side says of tokens."""

    text: str = ""
    bytes: int = 0
    told: tuple[object, object] = (None, None)
    asks_tools: bool = False


class ChatModel:
    def __init__(self, place: Place, resolve: Resolver = resolve_name) -> None:
        self.place = place
        self._resolve = resolve
        # Some servers know no schemas and refuse what asks for one.
        self._knows_schemas = True

    async def answer(
        self, prompt: Prompt, shape: type[T], most_tokens: int = 1000, hear: Hear | None = None
    ) -> Answer[T]:
        said, seconds = _Said(), self.place.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._ask(prompt, shape, most_tokens, said, hear)
        except (TimeoutError, openai.APITimeoutError):
            usage = self._usage(prompt, said, most_tokens)
            raise LanguageAway(f"{self.place.name} did not answer within {seconds} s.", usage) from None
        except _TooMuchError:
            usage = self._usage(prompt, said, most_tokens)
            raise BadAnswer(f"{self.place.name} said more than any answer.", usage) from None
        except openai.APIError as error:
            raise self._trouble(error, self._usage(prompt, said, most_tokens)) from None
        except (ValueError, TypeError, AttributeError, LookupError, httpx.HTTPError) as error:
            usage = self._usage(prompt, said, most_tokens)
            raise BadAnswer(f"{self.place.name} answered with something that is no answer.", usage) from error
        usage = self._usage(prompt, said, most_tokens)
        if said.asks_tools:
            raise BadAnswer(f"{self.place.name} asked for tools, of which there are none.", usage)
        return Answer(decode_answer(said.text, shape, usage), usage)

    async def _ask(self, prompt: Prompt, shape: type[Any], most_tokens: int, said: _Said, hear: Hear | None) -> None:
        async with self._client(await self._look_where()) as client:
            try:
                await self._listen(client, prompt, shape if self._knows_schemas else None, most_tokens, said, hear)
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if not self._knows_schemas:
                    raise
                self._knows_schemas = False
                await self._listen(client, prompt, None, most_tokens, said, hear)

    async def _listen(
        self, client: openai.AsyncOpenAI, prompt: Prompt, shape: type[Any] | None, most_tokens: int, said: _Said,
        hear: Hear | None,
    ) -> None:  # fmt: skip
        """Piece by piece, so that nobody has to wait for the end of what is too long."""
        async with await client.chat.completions.create(**self._request(prompt, shape, most_tokens)) as stream:
            async for chunk in stream:
                piece = _read_chunk(chunk, said)
                said.text, said.bytes = said.text + piece, said.bytes + len(piece.encode("utf-8", "replace"))
                if said.asks_tools:
                    return
                if len(said.text) > MOST_ANSWER_LETTERS:
                    raise _TooMuchError
                if hear is not None and piece:
                    hear(piece)

    def _request(self, prompt: Prompt, shape: type[Any] | None, most_tokens: int) -> dict[str, Any]:
        # What OpenAI's own newer models refuse by its old name, other servers know by that alone.
        is_theirs = urlsplit(self.place.address).hostname == "api.openai.com"
        asked: dict[str, Any] = {
            "model": self.place.name,
            "messages": [{"role": "system", "content": prompt.task}, {"role": "user", "content": prompt.words}],
            "stream": True, "stream_options": {"include_usage": True},
            "max_completion_tokens" if is_theirs else "max_tokens": most_tokens,
        }  # fmt: skip
        if shape is not None:
            schema = {"name": "answer", "schema": msgspec.json.schema(shape)}
            asked["response_format"] = {"type": "json_schema", "json_schema": schema}
        return asked

    def _client(self, addresses: Sequence[str]) -> openai.AsyncOpenAI:
        seconds = httpx.Timeout(self.place.timeout_seconds, connect=CONNECT_SECONDS)
        # Nothing of the surroundings has a say in where it goes: no proxy, no .netrc, no other base.
        http = httpx.AsyncClient(transport=_Pinned(addresses), timeout=seconds, follow_redirects=False, trust_env=False)
        base = self.place.address.rstrip("/") + ("/v1" if self.place.provider == "ollama" else "")
        return openai.AsyncOpenAI(
            api_key=self.place.key or "none", base_url=base, timeout=seconds, max_retries=RETRIES, http_client=http
        )

    async def _look_where(self) -> Sequence[str]:
        parts = urlsplit(self.place.address)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]
        try:
            found = list(await self._resolve(host, port))
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise LanguageAway(f"{self.place.name}: nobody knows where {host} is.")
        if self.place.is_local and any(is_public(address) for address in found):
            raise LanguageError(f"{host} was taken for a machine of this house, and leads out of it. Nothing was sent.")
        return found[:MOST_ADDRESSES]

    def _usage(self, prompt: Prompt, said: _Said, most_tokens: int) -> Usage:
        return reckon(self.place, prompt.size, said.bytes, said.told, most_tokens)

    def _trouble(self, error: openai.APIError, usage: Usage) -> LanguageError:
        """In a sentence; what the other side says is left out, for it tends to repeat a part of a key or a text."""
        name, status = self.place.name, getattr(error, "status_code", 0)
        if isinstance(error, openai.APIConnectionError):
            return LanguageAway(f"{name} cannot be reached ({type(error.__cause__ or error).__name__}).")
        if status in {401, 403}:
            return LanguageAway(f"{name}: the key was refused ({status}).")
        if status == 429:
            return LanguageAway(f"{name}: too many requests for now.")
        if status == 408 or status >= 500:
            return LanguageAway(f"{name}: the server has trouble of its own ({status}).")
        if status:
            return LanguageError(f"{name} refused what was asked ({status}).")
        return BadAnswer(f"{name} broke off its answer.", usage)


def _read_chunk(chunk: Any, said: _Said) -> str:
    """The client takes what comes: of all this nothing need be there, or be what it is said to be."""
    if getattr(chunk, "usage", None) is not None:
        said.told = (
            getattr(chunk.usage, "prompt_tokens", None), getattr(chunk.usage, "completion_tokens", None)
        )  # fmt: skip
    choices = getattr(chunk, "choices", None) or ()
    if not choices:
        return ""
    delta = choices[0].delta
    asks = getattr(delta, "tool_calls", None) or getattr(delta, "function_call", None)
    said.asks_tools = said.asks_tools or bool(asks) or choices[0].finish_reason in {"tool_calls", "function_call"}
    content = getattr(delta, "content", None)
    return content if isinstance(content, str) else ""


class _Pinned(httpx.AsyncBaseTransport):
    """To these addresses, whatever their name leads to by now; the name stays what TLS and the Host header ask for."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._inner = httpx.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        # A small answer can be packed into one that fills the memory.
        request.headers["accept-encoding"] = "identity"
        response = await self._connect(request)
        response.headers.pop("content-encoding", None)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Bounded(response.stream)
        return response

    async def _connect(self, request: httpx.Request) -> httpx.Response:
        """`localhost` is two addresses, of which a server may listen at one."""
        trouble: Exception = httpx.ConnectError("no address")
        for address in self._addresses:
            request.url = request.url.copy_with(host=address)
            try:
                return await self._inner.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                trouble = error
        raise trouble

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass
class _Bounded(httpx.AsyncByteStream):
    inner: httpx.AsyncByteStream
    read: int = field(default=0)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.inner:
            self.read += len(piece)
            if self.read > MOST_ANSWER_BYTES:
                raise _TooMuchError
            yield piece

    async def aclose(self) -> None:
        await self.inner.aclose()

"""What goes back to a client: an answer, in pieces where it may be long, and refusals that a program understands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field

from litestar.types import Send

from app.core.errors import HearthError
from app.dav.xml import CARD, DAV, document, href, tag, words

XML = "application/xml; charset=utf-8"
SENTENCE = "{urn:hearth}sentence"
PHRASES = {200: "OK", 403: "Forbidden", 404: "Not Found", 507: "Insufficient Storage"}
# A piece of a long answer: enough that sending it is worth the while.
CHUNK = 32 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes | AsyncIterator[str] = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(HearthError):
    """A rule of the protocol that a request broke, by the element that names it; `inner` is what it holds, as XML."""

    def __init__(self, status: int, rule: str, sentence: str, inner: str = "") -> None:
        super().__init__(sentence)
        self.status, self.rule, self.inner = status, rule, inner


def refuse(error: HearthError, headers: Mapping[str, str] | None = None) -> Answer:
    """As a program reads it: the rule that was broken, and a sentence for whoever looks at its log."""
    rule = tag(error.rule, error.inner) if isinstance(error, Refused) else ""
    body = document(DAV + "error", rule + tag(SENTENCE, words(str(error))))
    return Answer(error.status, body.encode(), {"Content-Type": XML, **(headers or {})})


def multistatus(pieces: AsyncIterator[str], token: str = "") -> Answer:
    return Answer(207, _whole(pieces, token), {"Content-Type": XML})


async def _whole(pieces: AsyncIterator[str], token: str) -> AsyncIterator[str]:
    start, _, end = document(DAV + "multistatus", "\0").partition("\0")
    yield start
    async for piece in pieces:
        yield piece
    if token:
        yield tag(DAV + "sync-token", words(token))
    yield end


def entry(path: str, found: Iterable[str], missing: Iterable[str] = (), status: int = 404) -> str:
    """One resource's properties: those it has, as XML, and the names of those it has not (or may not: `status`)."""
    parts = href(path)
    if has := "".join(found):
        parts += _propstat(has, 200)
    if has_not := "".join(tag(name) for name in missing):
        parts += _propstat(has_not, status)
    return tag(DAV + "response", parts if has or has_not else parts + _propstat("", 200))


def without(path: str, status: int = 404, rule: str = "") -> str:
    """A resource of which there is nothing to tell but this."""
    error = tag(DAV + "error", tag(rule)) if rule else ""
    return tag(DAV + "response", href(path) + _status(status) + error)


def _propstat(inner: str, status: int) -> str:
    return tag(DAV + "propstat", f"<d:prop>{inner}</d:prop>" + _status(status))


def _status(status: int) -> str:
    return tag(DAV + "status", f"HTTP/1.1 {status} {PHRASES[status]}")


def uid_conflict(sentence: str, path: str) -> Refused:
    return Refused(409, CARD + "no-uid-conflict", sentence, href(path))


async def send_answer(send: Send, answer: Answer, *, headless: bool = False) -> None:
    """`headless`: to HEAD, the same without its body."""
    body = answer.body
    headers = {"Cache-Control": "private, no-cache", "DAV": "1, 3, addressbook", **answer.headers}
    if isinstance(body, bytes) and answer.status != 204:
        headers["Content-Length"] = str(len(body))
    raw = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    pieces = _pieces(body)
    # What fails before its first word still becomes a proper refusal.
    first = await anext(pieces, b"")
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    if not headless:
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _pieces(body: bytes | AsyncIterator[str]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    gathered = ""
    async for piece in body:
        gathered += piece
        if len(gathered) >= CHUNK:
            yield gathered.encode()
            gathered = ""
    yield gathered.encode()

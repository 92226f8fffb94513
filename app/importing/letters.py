"""A mail as it was saved (`.eml`): what it says, who sent it, what came with it.

What cannot be taken apart is kept as it is, with a note that says so: nothing of a mail is ever lost to its mistakes.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import errors
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from app.importing.decoding import decode
from app.importing.markup import read_html
from app.importing.sources import UnreadableError
from app.web.locale import gettext as _

POLICY = email.policy.default
MOST_PARTS, DEEPEST = 500, 20
LONGEST_RAW = 500_000
LONGEST_HEADER = 2_000
# Of these the parts of a mail cannot be told any more; a strange header alone breaks nothing.
_BROKEN = (
    errors.NoBoundaryInMultipartDefect, errors.StartBoundaryNotFoundDefect, errors.CloseBoundaryNotFoundDefect,
    errors.MultipartInvariantViolationDefect, errors.MisplacedEnvelopeHeaderDefect,
    errors.MissingHeaderBodySeparatorDefect, errors.FirstHeaderLineIsContinuationDefect,
    errors.InvalidBase64LengthDefect, errors.InvalidMultipartContentTransferEncodingDefect,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that came with it; its name is the sender's."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """`identity` is the same whenever the same mail comes again, by whatever way; `notice` says what is wrong."""

    identity: str
    subject: str
    text: str
    dated: datetime | None
    enclosed: tuple[Enclosed, ...]
    notice: str = ""


def read_letter(raw: bytes) -> Letter:
    try:
        message = email.message_from_bytes(raw, policy=POLICY)
        assert isinstance(message, EmailMessage)
        if not any(message.get(name) for name in ("from", "subject", "date", "message-id", "to", "received")):
            return _as_it_is(raw, None)
        if any(isinstance(defect, _BROKEN) for part in (message, *message.walk()) for defect in part.defects):
            return _as_it_is(raw, message)
        return _letter(message)
    except Exception:  # noqa: BLE001 (the library raises whatever a mail makes it: then the mail is kept as it is)
        return _as_it_is(raw, None)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is read, and what only comes along, both in the sender's order."""

    texts: tuple[EmailMessage, ...] = ()
    files: tuple[EmailMessage, ...] = ()


def _letter(message: EmailMessage) -> Letter:
    parts = _take_apart(message)
    said = "\n\n".join(words.strip("\n") for part in parts.texts if (words := _words(part)).strip())
    enclosed = tuple(_enclosed(part, number) for number, part in enumerate(parts.files, 1))
    text = "\n\n".join(part for part in ("  \n".join(_heads(message)), said) if part)
    return Letter(_identity(message, said, enclosed), _header(message, "subject"), text, _dated(message), enclosed)


def _take_apart(part: EmailMessage, depth: int = 0) -> _Parts:
    """A mail within a mail stays whole. Raises ValueError for a tangle."""
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        is_read = part.get_content_type() in ("text/plain", "text/html") and not (
            part.get_content_disposition() == "attachment" or part.get_filename()
        )
        return _Parts(texts=(part,)) if is_read else _Parts(files=(part,))
    inner = [_take_apart(one, depth + 1) for one in _held(part)]
    if part.get_content_subtype() == "alternative" and inner:
        # The same words in several forms: the plain one if it says anything, with the files of all of them.
        best = next((one for one in inner if any(_is_plain(text) for text in one.texts)), None)
        texts = (best or next((one for one in inner if one.texts), inner[0])).texts
    else:
        texts = tuple(text for one in inner for text in one.texts)
    return _Parts(texts, tuple(file for one in inner for file in one.files))


def _held(part: EmailMessage) -> list[EmailMessage]:
    held = part.get_payload()
    if not isinstance(held, list) or len(held) > MOST_PARTS:
        raise ValueError("no parts, or too many")
    return [one for one in held if isinstance(one, EmailMessage)]


def _is_plain(part: EmailMessage) -> bool:
    return part.get_content_type() == "text/plain" and bool(_words(part).strip())


def _words(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    try:
        text = raw.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError, ValueError):
        text = _decoded(raw)
    text = text.replace("\r\n", "\n").replace("\0", "\ufffd")
    return read_html(text).text if part.get_content_type() == "text/html" else text


def _enclosed(part: EmailMessage, number: int) -> Enclosed:
    if part.get_content_maintype() == "message":
        return _message_within(part, number)
    content = part.get_payload(decode=True)
    ending = {"text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics"}.get(part.get_content_type(), ".bin")
    return Enclosed(part.get_filename() or f"{number}{ending}", content if isinstance(content, bytes) else b"")


def _message_within(part: EmailMessage, number: int) -> Enclosed:
    """Another mail, or what a server reports of one."""
    held = part.get_payload()
    inner = held[0] if isinstance(held, list) and len(held) == 1 else None
    if part.get_content_type() == "message/rfc822" and isinstance(inner, EmailMessage):
        return Enclosed(f"{_header(inner, 'subject')[:80] or number}.eml", bytes(inner))
    return Enclosed(part.get_filename() or f"{number}.txt", bytes(part))


def _heads(message: EmailMessage) -> Iterator[str]:
    for name, label in (("from", _("From")), ("to", _("To")), ("cc", _("Copy to"))):
        if said := _header(message, name):
            yield f"{label}: {said}"


def _header(message: EmailMessage, name: str) -> str:
    """On one line. Half of a surrogate pair stands for a byte that was none of its charset."""
    said = " ".join(str(message.get(name, "")).split())[:LONGEST_HEADER]
    return said.encode("utf-8", "replace").decode().replace("\0", "")


def _dated(message: EmailMessage) -> datetime | None:
    try:
        dated = parsedate_to_datetime(str(message.get("date", "")))
        dated = (dated if dated.tzinfo else dated.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return dated if dated.year >= 1970 and dated <= datetime.now(UTC) else None


def _identity(message: EmailMessage, said: str, enclosed: tuple[Enclosed, ...]) -> str:
    """Its own id is anybody's to choose, so it says nothing alone: two that share one are both kept."""
    digest = hashlib.sha256()
    for part in (_header(message, "subject"), _header(message, "from"), _header(message, "date"), said):
        digest.update(part.encode("utf-8", "replace") + b"\0")
    for file in enclosed:
        digest.update(hashlib.sha256(file.content).digest())
    return f"{_header(message, 'message-id')[:200]}#{digest.hexdigest()[:32]}"


def _as_it_is(raw: bytes, message: EmailMessage | None) -> Letter:
    text = _decoded(raw)
    notice = _("This mail is malformed, so it is kept as it came.")
    source = text.replace("\r\n", "\n").replace("\0", "\ufffd")
    fence = "`" * max(3, _longest_run(source) + 1)
    kept = f"{notice}\n\n{fence}\n{source[:LONGEST_RAW].strip(chr(10))}\n{fence}"
    # What a text cannot hold as it was, and what is too long for one, comes along as a file.
    is_whole = len(source) <= LONGEST_RAW and text.encode("utf-8", "replace") == raw and "\0" not in text
    digest = hashlib.sha256(raw).hexdigest()
    enclosed = () if is_whole else (Enclosed(f"{digest[:12]}.eml", raw),)
    subject, dated = "", None
    if message is not None:
        subject, dated = _safe_subject(message), _dated_or_none(message)
    return Letter(f"#{digest[:32]}", subject, kept, dated, enclosed, notice)


def _decoded(raw: bytes) -> str:
    """By whatever it may be; a mail is never refused for being none of it."""
    try:
        return decode(raw)[0]
    except UnreadableError:
        return raw.decode("cp1252", "replace")


def _longest_run(text: str) -> int:
    longest = run = 0
    for sign in text:
        run = run + 1 if sign == "`" else 0
        longest = max(longest, run)
    return longest


def _safe_subject(message: EmailMessage) -> str:
    try:
        return _header(message, "subject")
    except Exception:  # noqa: BLE001 (as above)
        return ""


def _dated_or_none(message: EmailMessage) -> datetime | None:
    try:
        return _dated(message)
    except Exception:  # noqa: BLE001 (as above)
        return None

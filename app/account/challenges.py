"""What a passkey signs: random bytes, when they end, and our word over both for one purpose and one browser.

They seal themselves, so that asking for a challenge saves nothing and no stranger fills a table. Each is taken once:
who brings it is counted by the tries at sign-in, under their lock, and the second to bring it is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Literal

from app.account.service import WINDOW
from app.core.database import Database

Purpose = Literal["sign-in", "add"]
SECONDS = 300
RANDOM, END, WORD = 16, 8, 32
LONGEST_ANSWER = 65_536
BROKEN = (ValueError, LookupError, TypeError, RecursionError)


def make_challenge(key: bytes, purpose: Purpose, bound_to: str) -> bytes:
    """`bound_to` is what only this browser has: its visit's cookie, or its session."""
    plain = secrets.token_bytes(RANDOM) + (int(time.time()) + SECONDS).to_bytes(END, "big")
    return plain + _word(key, purpose, bound_to, plain)


def is_ours(key: bytes, purpose: Purpose, bound_to: str, challenge: bytes) -> bool:
    plain, word = challenge[:-WORD], challenge[-WORD:]
    if not bound_to or len(plain) != RANDOM + END:
        return False
    right = hmac.compare_digest(word, _word(key, purpose, bound_to, plain))
    return right and int.from_bytes(plain[RANDOM:], "big") >= time.time()


def _word(key: bytes, purpose: Purpose, bound_to: str, plain: bytes) -> bytes:
    return hmac.digest(key, f"passkey:{purpose}:{bound_to}:".encode() + plain, "sha256")


async def take_once(database: Database, challenge: bytes) -> bool:
    """Whether nobody brought it before. It is kept for longer than it lasts."""
    key = hashlib.sha256(b"challenge:" + challenge).digest()
    async with database.anonymous() as connection:
        return await connection.fetchval("select gate_count_attempt($1, $2)", key, WINDOW) == 1  # type: ignore[no-any-return]


def read_answer(answer: str) -> tuple[bytes, bytes]:
    """The credential's id and the challenge in a device's answer; both empty where it is none.

    Read here, before the library: what carries no challenge of ours never loads it.
    """
    try:
        if len(answer) > LONGEST_ANSWER:
            return b"", b""
        given = json.loads(answer)
        client = json.loads(from_base64url(given["response"]["clientDataJSON"]))
        return from_base64url(given["id"]), from_base64url(client["challenge"])
    except BROKEN:
        return b"", b""


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def to_base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()

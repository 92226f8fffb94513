"""The second step at sign-in: a code by the clock (TOTP, RFC 6238), or one of ten codes kept on paper.

Its libraries are imported at their first use: together they would take 3 MB in every web process.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from uuid import UUID

import asyncpg

from app.core.database import Database
from app.core.errors import Invalid
from app.web.locale import gettext as _

HALF_COOKIE = "hearth_half"
HALF_SECONDS = 300
STEP_SECONDS = 30
CODES = 10


def seal_half(key: bytes, user_id: UUID) -> str:
    """What a browser holds between the password and the code: who it is, until when, and our word for both."""
    plain = f"{user_id}.{int(time.time()) + HALF_SECONDS}"
    return f"{plain}.{_word(key, plain)}"


def open_half(key: bytes, sealed: str) -> UUID | None:
    """Who passed the first step; None for what is not ours or has run out."""
    plain, _, word = sealed.rpartition(".")
    if not hmac.compare_digest(word.encode(), _word(key, plain).encode()):
        return None
    user_id, _, until = plain.partition(".")
    return UUID(user_id) if int(until) >= time.time() else None


def _word(key: bytes, plain: str) -> str:
    return hmac.digest(key, b"half:" + plain.encode(), "sha256").hex()


async def is_needed(database: Database, user_id: UUID) -> bool:
    async with database.anonymous() as connection:
        return await connection.fetchval("select gate_second_step($1) is not null", user_id)  # type: ignore[no-any-return]


async def check_code(database: Database, user_id: UUID, code: str) -> bool:
    """Whether the code is right, by the clock or from the paper; either is taken once."""
    async with database.anonymous() as connection:
        secret = await connection.fetchval("select gate_second_step($1)", user_id)
        if secret is None:
            return False
        if step := find_step(secret, code, time.time()):
            return await connection.fetchval("select gate_use_step($1, $2)", user_id, step)  # type: ignore[no-any-return]
        return await connection.fetchval("select gate_use_recovery($1, $2)", user_id, hash_code(code))  # type: ignore[no-any-return]


def find_step(secret: str, code: str, now: float) -> int | None:
    """The half-minute whose code this is, one to either side of now for clocks that differ."""
    digits = code.replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    import pyotp

    current = int(now) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    return next((step for step in (current, current - 1, current + 1)
                 if hmac.compare_digest(totp.generate_otp(step), digits)), None)  # fmt: skip


def hash_code(code: str) -> bytes:
    return hashlib.sha256(code.replace("-", "").replace(" ", "").lower().encode()).digest()


async def begin(connection: asyncpg.Connection, user_id: UUID) -> str:
    """A new secret that counts from its first code on; one that was begun before is given again."""
    import pyotp

    return await connection.fetchval(  # type: ignore[no-any-return]
        "insert into second_steps (user_id, secret) values ($1, $2) "
        "on conflict (user_id) do update set created_at = second_steps.created_at returning secret",
        user_id, pyotp.random_base32(),
    )  # fmt: skip


async def confirm(connection: asyncpg.Connection, user_id: UUID, code: str) -> list[str]:
    """Switch it on; the ten codes for the paper, which are shown this once. Raises Invalid for a wrong code."""
    secret = await connection.fetchval("select secret from second_steps where user_id = $1", user_id)
    step = find_step(secret, code, time.time()) if secret else None
    if step is None:
        raise Invalid(_("This is not the code that the app shows now; wait for the next one and try again."))
    await connection.execute(
        "update second_steps set confirmed_at = now(), last_step = $2 where user_id = $1", user_id, step
    )
    return await _write_codes(connection, user_id)


async def _write_codes(connection: asyncpg.Connection, user_id: UUID) -> list[str]:
    codes = [f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}" for _number in range(CODES)]
    await connection.execute("delete from recovery_codes where user_id = $1", user_id)
    await connection.executemany(
        "insert into recovery_codes (user_id, code_hash) values ($1, $2)",
        [(user_id, hash_code(code)) for code in codes],
    )
    return codes


async def switch_off(connection: asyncpg.Connection, user_id: UUID) -> None:
    await connection.execute("delete from second_steps where user_id = $1", user_id)
    await connection.execute("delete from recovery_codes where user_id = $1", user_id)


def draw_qr(secret: str, email: str) -> str:
    """The secret as authenticator apps read it, as inline SVG."""
    import pyotp
    import segno

    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Hearth")
    return segno.make(address, error="m").svg_inline(scale=4, border=2, dark="#1a1612", light="#fffdf9")

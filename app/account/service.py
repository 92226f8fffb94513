"""Signing in and out, the first owner, and a person's own settings."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import asyncpg
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.database import Database
from app.core.errors import Invalid, TooMany
from app.core.house import read_house
from app.web.auth import hash_token, new_token
from app.web.locale import gettext as _

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256
WINDOW = timedelta(minutes=15)
PER_EMAIL, PER_ADDRESS = 10, 30

# OWASP's second recommendation (19 MiB, two passes, one lane): a 1 GB machine can do it for several at once.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class WrongSignIn(Invalid):
    status = 422


async def hash_password(password: str) -> str:
    return await asyncio.to_thread(_hasher.hash, password)


def password_problem(password: str) -> str:
    """A sentence about a password that cannot be taken; empty when it can."""
    if len(password) < SHORTEST_PASSWORD:
        sentence = _("A password has at least %(least)s characters; four words are easy to keep in mind.")
        return sentence % {"least": SHORTEST_PASSWORD}
    if len(password) > LONGEST_PASSWORD:
        return _("A password has at most %(most)s characters.") % {"most": LONGEST_PASSWORD}
    return ""


def account_errors(data: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a new person's name, e-mail address and password, by field."""
    errors = {}
    if not data.get("name", "").strip() or "\0" in data["name"]:
        errors["name"] = _("Say how you are called; it can be changed later.")
    email = data.get("email", "").strip()
    if "@" not in email[1:-1] or " " in email or "\0" in email or len(email) > 254:
        errors["email"] = _("An e-mail address has an @ in it, as in ana@example.org.")
    if problem := password_problem(data.get("password", "")):
        errors["password"] = problem
    return errors


async def check_sign_in(database: Database, email: str, password: str, *, address: str) -> UUID:
    """Whose address and password these are. Raises WrongSignIn, without saying what was wrong, or TooMany."""
    email = email.replace("\0", "").strip().lower()
    keys = [_attempt_key("email", email), _attempt_key("address", address)]
    async with database.anonymous() as connection:
        await _count_attempts(connection, keys)
    async with database.anonymous() as connection:
        found = await connection.fetchrow("select * from gate_find_sign_in($1)", email)
    right = await asyncio.to_thread(_verify, found["password_hash"] if found else None, password)
    if not found or not right or found["status"] != "active":
        raise WrongSignIn(_("This e-mail address and password do not fit together."))
    async with database.anonymous() as connection:
        await connection.execute("select gate_forget_attempts($1)", keys[0])
    if _hasher.check_needs_rehash(found["password_hash"]):
        await _store_hash(database, found["user_id"], await hash_password(password))
    return found["user_id"]  # type: ignore[no-any-return]


async def count_code(database: Database, user_id: UUID) -> None:
    """One more try at the second step. Raises TooMany."""
    async with database.anonymous() as connection:
        tries = await connection.fetchval(
            "select gate_count_attempt($1, $2)", _attempt_key("code", str(user_id)), WINDOW
        )
    if tries > PER_EMAIL:
        raise TooMany(_("Too many tries. Wait a quarter of an hour and sign in again."))


async def count_passkey(database: Database, credential_id: bytes, address: str) -> None:
    """One more try with this passkey and from this address. Raises TooMany."""
    async with database.anonymous() as connection:
        await _count_attempts(
            connection, [_attempt_key("passkey", credential_id.hex()), _attempt_key("address", address)]
        )


async def forget_passkey_tries(database: Database, credential_id: bytes) -> None:
    async with database.anonymous() as connection:
        await connection.execute("select gate_forget_attempts($1)", _attempt_key("passkey", credential_id.hex()))


async def check_password(database: Database, user_id: UUID, password: str) -> None:
    """Raises WrongSignIn when it is not this person's, TooMany when whoever found an open session guesses at it."""
    key = _attempt_key("password", str(user_id))
    async with database.reading(user_id) as connection:
        if await connection.fetchval("select gate_count_attempt($1, $2)", key, WINDOW) > PER_EMAIL:
            raise TooMany(_("Too many tries. Wait a quarter of an hour and try again."))
        stored = await connection.fetchval("select password_hash from users where id = $1", user_id)
    if not await asyncio.to_thread(_verify, stored, password):
        raise WrongSignIn(_("This is not your current password."))
    async with database.anonymous() as connection:
        await connection.execute("select gate_forget_attempts($1)", key)


async def open_session(database: Database, user_id: UUID, *, agent: str, old_token: str = "") -> str:
    """Make a session and end the one this browser had: a token known before sign-in is worth nothing after it."""
    token = new_token()
    async with database.reading(user_id) as connection:
        house = await read_house(connection)
        await connection.execute(
            "delete from sessions where token_hash = $1 or expires_at < now()", hash_token(old_token)
        )
        await connection.execute(
            "insert into sessions (user_id, token_hash, user_agent, expires_at) values ($1, $2, $3, $4)",
            user_id, hash_token(token), agent[:300], datetime.now(UTC) + timedelta(days=house.session_days),
        )  # fmt: skip
        await connection.execute("update users set last_login_at = now() where id = $1", user_id)
    return token


async def make_owner(
    database: Database, *, email: str, name: str, password: str, time_zone: str, locale: str
) -> UUID | None:
    """The first user, or None when somebody was faster."""
    hashed = await hash_password(password)
    async with database.anonymous() as connection:
        return await connection.fetchval(  # type: ignore[no-any-return]
            "select gate_create_owner($1, $2, $3, $4, $5)",
            email.strip().lower(),
            name.strip(),
            hashed,
            time_zone,
            locale,
        )


async def change_password(database: Database, user_id: UUID, session_id: UUID, current: str, new: str) -> None:
    """Ends all other sessions. Raises WrongSignIn when the current password is not right."""
    await check_password(database, user_id, current)
    await _store_hash(database, user_id, await hash_password(new))
    async with database.reading(user_id) as connection:
        await connection.execute("delete from sessions where id <> $1", session_id)


async def change_email(database: Database, user_id: UUID, current: str, email: str) -> str:
    """What is wrong with the new address, empty when it is theirs now. Raises WrongSignIn for a wrong password.

    Contact Zero follows by a trigger.
    """
    email = email.strip().lower()
    if problem := account_errors({"name": "-", "email": email, "password": "-" * SHORTEST_PASSWORD}).get("email"):
        return problem
    await check_password(database, user_id, current)
    try:
        async with database.reading(user_id) as connection:
            await connection.execute("update users set email = $2, updated_at = now() where id = $1", user_id, email)
    except asyncpg.UniqueViolationError:
        return _("This address is in use here already.")
    return ""


async def _store_hash(database: Database, user_id: UUID, hashed: str) -> None:
    async with database.reading(user_id) as connection:
        await connection.execute(
            "update users set password_hash = $2, updated_at = now() where id = $1", user_id, hashed
        )


async def _count_attempts(connection: asyncpg.Connection, keys: list[bytes]) -> None:
    for key, most in zip(keys, (PER_EMAIL, PER_ADDRESS), strict=True):
        if await connection.fetchval("select gate_count_attempt($1, $2)", key, WINDOW) > most:
            raise TooMany(_("Too many tries. Wait a quarter of an hour and sign in again."))


def _attempt_key(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind}:{value}".encode()).digest()


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def _verify(stored: str | None, password: str) -> bool:
    """Takes as long for an unknown address as for a wrong password."""
    try:
        return _hasher.verify(stored or _nobodys_hash(), password[: LONGEST_PASSWORD + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False

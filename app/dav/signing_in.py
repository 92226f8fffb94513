"""Who asks: an e-mail address and an app password, as HTTP Basic. Cookies are not looked at, so no page can ask."""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from dataclasses import dataclass
from uuid import UUID

from app.account.app_passwords import SCOPE, hash_app_password
from app.account.service import PER_ADDRESS, PER_EMAIL, WINDOW
from app.core.database import Database
from app.core.errors import Forbidden, TokenNeeded, TooMany
from app.web.locale import gettext as _
from app.web.locale import use_locale

CHALLENGE = {"WWW-Authenticate": 'Basic realm="Hearth", charset="UTF-8"'}
TELL_SCOPE = "select email from users where id = $1"


@dataclass(frozen=True, slots=True)
class Client:
    user_id: UUID
    name: str


async def sign_in(database: Database, authorization: str, address: str) -> Client:
    """Raises TokenNeeded, TooMany after too many wrong tries, Forbidden where the token is for other things.

    Only what is wrong is counted: nobody guesses 150 bits, and a phone that asks every quarter of an hour with a
    password that was taken back must lock out neither its person's other devices nor their signing in.
    """
    email, password = _read(authorization)
    if not password:
        raise TokenNeeded(_("Sign in with your e-mail address and an app password."))
    async with database.anonymous() as connection:
        row = await connection.fetchrow("select * from gate_open_token($1)", hash_app_password(password))
        known = row and await connection.fetchval(TELL_SCOPE, row["user_id"])
        if row is not None and known == email:
            use_locale(row["locale"], row["time_zone"])
            if SCOPE not in row["scopes"]:
                raise Forbidden(_("This token may not do that: it lacks the scope “%(scope)s”.") % {"scope": SCOPE})
            return Client(row["user_id"], row["name"])
    await _count(database, email, address)
    raise TokenNeeded(_("This e-mail address and app password do not fit together."))


async def _count(database: Database, email: str, address: str) -> None:
    async with database.anonymous() as connection:
        for kind, value, most in (("email", email, PER_EMAIL), ("address", address, PER_ADDRESS)):
            key = hashlib.sha256(f"carddav-{kind}:{value}".encode(errors="replace")).digest()
            tries = await connection.fetchval("select gate_count_attempt($1, $2)", key, WINDOW)
            if tries > most:
                # Not within the transaction, which would take the count back.
                break
        else:
            return
    raise TooMany(_("Too many tries. Wait a quarter of an hour and sign in again."))


def _read(authorization: str) -> tuple[str, str]:
    scheme, _space, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        email, _colon, password = b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return email.strip().lower(), password

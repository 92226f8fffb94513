"""Passkeys (WebAuthn): a key that a device keeps and unlocks by finger, face or PIN.

The device makes sure who holds it (user verification is required), so a passkey stands for password and second step.
The library is imported at its first use, and in a thread: it would take 19 MB in every web process, and half a second.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.account import service
from app.account.challenges import BROKEN, SECONDS, is_ours, make_challenge, read_answer, take_once, to_base64url
from app.account.relying_party import RelyingParty
from app.account.service import WrongSignIn
from app.core.database import Database
from app.core.errors import Invalid
from app.web.locale import gettext as _

log = structlog.get_logger()
LONGEST_NAME = 100
ALGORITHMS = (-8, -7, -257)
"""EdDSA, ECDSA on P-256, RSA: what devices sign with, the best first."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a device tells of a key that it made, as the columns of `passkeys`."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Use:
    """What a device's signature proves."""

    user_handle: bytes | None
    sign_count: int
    backed_up: bool


def sign_in_options(key: bytes, visit: str, party: RelyingParty) -> dict[str, Any]:
    """For any passkey of this house that the device has. Made without the library: every visit to the door asks."""
    challenge = make_challenge(key, "sign-in", visit)
    return {
        "challenge": to_base64url(challenge), "timeout": SECONDS * 1000, "rpId": party.id, "allowCredentials": [],
        "userVerification": "required",
    }  # fmt: skip


async def check_sign_in(
    database: Database, key: bytes, visit: str, party: RelyingParty, answer: str, *, address: str
) -> UUID:
    """Whose passkey has signed our challenge. Raises WrongSignIn or TooMany."""
    credential_id, challenge = read_answer(answer)
    await service.count_passkey(database, credential_id, address)
    if not is_ours(key, "sign-in", visit, challenge) or not await take_once(database, challenge):
        raise WrongSignIn(_("That took too long. Try again."))
    async with database.anonymous() as connection:
        found = await connection.fetchrow("select * from gate_find_passkey($1)", credential_id)
    if not found or found["status"] != "active" or found["relying_party"] != party.id:
        raise _refusal()
    use = await asyncio.to_thread(_verify_use, answer, challenge, party, found["public_key"])
    if use is None or use.user_handle != found["user_id"].bytes:
        raise _refusal()
    await _count_use(database, found["user_id"], found["id"], use)
    await service.forget_passkey_tries(database, credential_id)
    return found["user_id"]  # type: ignore[no-any-return]


async def _count_use(database: Database, user_id: UUID, passkey_id: UUID, use: Use) -> None:
    """A device's counter only grows, so one that did not tells of a copy; many devices count nothing at all."""
    async with database.reading(user_id) as connection:
        counted = await connection.fetchval(
            "update passkeys set sign_count = $2, backed_up = $3, last_used_at = now() where id = $1 "
            "and (sign_count < $2 or (sign_count = 0 and $2 = 0)) returning true",
            passkey_id, use.sign_count, use.backed_up,
        )  # fmt: skip
    if not counted:
        log.warning("passkey.counter_went_back", user=str(user_id), passkey=str(passkey_id))
        raise WrongSignIn(
            _(
                "This passkey was used elsewhere since it was last used here, as a copy of it would be. Sign in with "
                "your password, and remove it in your account."
            )
        )


def _refusal() -> WrongSignIn:
    """The same for whoever is unknown, suspended or wrong."""
    return WrongSignIn(_("This passkey opens nothing here. It may have been removed, or made for another address."))


async def new_options(
    connection: asyncpg.Connection, key: bytes, session: str, user_id: UUID, party: RelyingParty
) -> dict[str, Any]:
    """For a key that the device finds by itself, and none that it has for this house already."""
    email, name = await connection.fetchrow(  # type: ignore[misc]  # everybody has a Contact Zero
        "select u.email, c.full_name from users u join contacts c on c.user_id = u.id and c.is_self"
    )
    known = await connection.fetch("select credential_id, transports from passkeys where relying_party = $1", party.id)
    return {
        "rp": {"id": party.id, "name": "Hearth"},
        "user": {"id": to_base64url(user_id.bytes), "name": email, "displayName": name},
        "challenge": to_base64url(make_challenge(key, "add", session)), "timeout": SECONDS * 1000,
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        "excludeCredentials": [
            {"type": "public-key", "id": to_base64url(row["credential_id"]), "transports": row["transports"]}
            for row in known
        ],
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": True, "userVerification": "required",
        },
        "attestation": "none",
    }  # fmt: skip


async def add(
    database: Database, key: bytes, session: str, user_id: UUID, party: RelyingParty, answer: str, name: str
) -> None:
    """Keep what the device made. Raises Invalid with a sentence."""
    challenge = read_answer(answer)[1]
    if not party.id or not is_ours(key, "add", session, challenge) or not await take_once(database, challenge):
        raise Invalid(_("That took too long. Try again."))
    made = await asyncio.to_thread(_verify_new, answer, challenge, party)
    if made is None:
        raise Invalid(_("The device's answer cannot be used, so no passkey was added. Try again."))
    try:
        async with database.reading(user_id) as connection:
            await connection.execute(
                "insert into passkeys (user_id, credential_id, public_key, sign_count, transports, backed_up, "
                "relying_party, name) values ($1, $2, $3, $4, $5, $6, $7, $8)", user_id, made.credential_id,
                made.public_key, made.sign_count, made.transports, made.backed_up, party.id, name,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Invalid(_("This passkey was added already.")) from None


def name_problem(name: str) -> str:
    """A sentence about a name that cannot be taken; empty when it can."""
    if not name or "\0" in name:
        return _("Give it a name by which you know it again.")
    return "" if len(name) <= LONGEST_NAME else _("A shorter name, please: a hundred characters are enough.")


def _verify_new(answer: str, challenge: bytes, party: RelyingParty) -> NewPasskey | None:
    from webauthn import verify_registration_response
    from webauthn.helpers import parse_registration_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        credential = parse_registration_credential_json(answer)
        made = verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=party.id, expected_origin=party.origin,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, *BROKEN) as error:
        log.info("passkey.not_made", reason=str(error))
        return None
    ways = [way.value for way in credential.response.transports or ()]
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count, ways, made.credential_backed_up)


def _verify_use(answer: str, challenge: bytes, party: RelyingParty, public_key: bytes) -> Use | None:
    from webauthn import verify_authentication_response
    from webauthn.helpers import parse_authentication_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        credential = parse_authentication_credential_json(answer)
        used = verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=party.id, expected_origin=party.origin,
            credential_public_key=public_key, require_user_verification=True,
            # The counter is compared where it is stored (`_count_use`), so that two uses at once are not both right.
            credential_current_sign_count=0,
        )  # fmt: skip
    except (WebAuthnException, *BROKEN) as error:
        log.info("passkey.refused", reason=str(error))
        return None
    return Use(credential.response.user_handle, used.new_sign_count, used.credential_backed_up)

"""A software authenticator: what a phone or a security key does with a passkey, and what a forger would try."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, MAY_BE_KEPT, IS_KEPT, WITH_KEY = 0x01, 0x04, 0x08, 0x10, 0x40
ECDSA, EDDSA, RSA = -7, -8, -257


@dataclass
class Device:
    """`counts` is by how much its counter grows; many devices count nothing at all."""

    origin: str = "http://localhost"
    host: str = "localhost"
    flags: int = PRESENT | VERIFIED | MAY_BE_KEPT | IS_KEPT
    algorithm: int = ECDSA
    counts: int = 0
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""
    key: Any = None

    def make(self, options: dict[str, Any]) -> str:
        """Its answer to navigator.credentials.create()."""
        self.key, public = _new_key(self.algorithm)
        self.user_handle = base64url_to_bytes(options["user"]["id"])
        named = len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(self.flags | WITH_KEY) + bytes(16) + named + encode_cbor(public)
        attested = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=self._client_data("webauthn.create", options), attestationObject=attested,
            transports=["internal", "hybrid"],
        )  # fmt: skip

    def sign(self, options: dict[str, Any]) -> str:
        """Its answer to navigator.credentials.get()."""
        self.counter += self.counts
        data, client = self._data(self.flags), self._client_data("webauthn.get", options)
        signature = _sign(self.key, data + hashlib.sha256(client).digest())
        return self._answer(
            clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=self.user_handle
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, purpose: str, options: dict[str, Any]) -> bytes:
        said = {"type": purpose, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, **response: Any) -> str:
        name = bytes_to_base64url(self.credential_id)
        told = {key: bytes_to_base64url(v) if isinstance(v, bytes) else v for key, v in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": told})


def _new_key(algorithm: int) -> tuple[Any, dict[int, Any]]:
    """A private key, and its public one as COSE writes it."""
    if algorithm == EDDSA:
        private = ed25519.Ed25519PrivateKey.generate()
        return private, {1: 1, 3: EDDSA, -1: 6, -2: private.public_key().public_bytes_raw()}
    if algorithm == RSA:
        big = rsa.generate_private_key(65537, 2048)
        return big, {1: 3, 3: RSA, -1: big.public_key().public_numbers().n.to_bytes(256, "big"), -2: b"\1\0\1"}
    curve = ec.generate_private_key(ec.SECP256R1())
    at = curve.public_key().public_numbers()
    return curve, {1: 2, 3: ECDSA, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")}


def _sign(key: Any, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), SHA256())
    return key.sign(data, ec.ECDSA(SHA256()))

"""The house's own certificates in `secrets/`: made at the first start, looked at again at each."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.core.errors import HearthError
from app.settings import Settings
from app.tls.authority import Pair, is_good_for, issue, lasts, make_authority, permitted, utc_now
from app.tls.files import authority_key_file, files_of
from app.tls.names import Names, names_of


@dataclass(frozen=True, slots=True)
class Kept:
    """`left_out`: the names that the authority may not vouch for."""

    authority: Pair
    server: Pair
    left_out: tuple[str, ...]


def keep_certificates(settings: Settings, now: datetime | None = None) -> Kept:
    """The authority, made once, and a certificate of it that is good for a while and for every name of this machine."""
    now = now or utc_now()
    names = names_of(settings)
    authority = _keep_authority(settings, names, now)
    allowed = permitted(authority.certificate, names)
    file = files_of(settings).certificate
    server = _read(file)
    if server is None or not is_good_for(server, authority, allowed, now):
        server = issue(authority, allowed, now)
        _write(file, server.pem())
    left_out = (*sorted(names.dns - allowed.dns), *sorted(map(str, names.addresses - allowed.addresses)))
    return Kept(authority, server, left_out)


def _keep_authority(settings: Settings, names: Names, now: datetime) -> Pair:
    file = authority_key_file(settings)
    authority = _read(file)
    if authority is None and file.exists():
        # Every device would have to trust another one: that is for a person to decide.
        raise HearthError(f"{file} is no certificate authority of Hearth. Put it back from a backup, or remove it.")
    if authority is None or not lasts(authority.certificate, now):
        made = make_authority(names, socket.gethostname(), now)
        authority = _write_once(file, made) if authority is None else _replace(file, made)
    public = files_of(settings).authority
    if public and (not public.exists() or public.read_bytes() != authority.public()):
        _write(public, authority.public())
    return authority


def _read(file: Path) -> Pair | None:
    try:
        return Pair.read(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _write_once(file: Path, made: Pair) -> Pair:
    """Two processes at a first start agree on one authority."""
    draft = _draft(file, made.pem())
    try:
        os.link(draft, file)
    except FileExistsError:
        return Pair.read(file.read_bytes())
    finally:
        draft.unlink()
    return made


def _replace(file: Path, made: Pair) -> Pair:
    _write(file, made.pem())
    return made


def _write(file: Path, content: bytes) -> None:
    _draft(file, content).replace(file)


def _draft(file: Path, content: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(content)
    return draft

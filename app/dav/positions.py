"""How far a client has heard: a place in the change log that no later commit can fall behind.

`seq` is handed out before a transaction commits, so its order is not that of commits. A place is therefore counted by
transactions: a client has heard of all whose id lies below the oldest one still running when it asked, and within a
page that was cut off, of those up to (xid, seq, contact). A first listing that was cut off goes on after a contact,
and hears afterwards of all that changed since it began.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

NOBODY = UUID(int=0)
_TOKEN = re.compile(r"urn:hearth:people:([0-9a-f]{32}):([0-9a-f]{16}):(\d{1,19})-(\d{1,18})-([0-9a-f]{32})(-first)?")
MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Position:
    """`is_first`: still amid the first listing, which began when all below `xid` was known and is at `contact`."""

    xid: int
    seq: int = 0
    contact: UUID = NOBODY
    is_first: bool = False


def write_token(user_id: UUID, life: str, position: Position) -> str:
    """`life` names this database: one that was restored has another, and its clients begin anew."""
    place = f"{position.xid}-{position.seq}-{position.contact.hex}"
    return f"urn:hearth:people:{user_id.hex}:{life}:{place}{'-first' if position.is_first else ''}"


def read_token(token: str, user_id: UUID, life: str) -> Position | None:
    """None for what was never said to this person by this database."""
    found = _TOKEN.fullmatch(token)
    if found is None or (found[1], found[2]) != (user_id.hex, life) or int(found[3]) > MOST:
        return None
    return Position(int(found[3]), int(found[4]), UUID(found[5]), bool(found[6]))

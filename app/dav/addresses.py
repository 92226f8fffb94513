"""Where things lie below /dav: one principal, one home and one book for each person, and in it a card for each contact.

/dav/                              where a client begins
/dav/{user}/                       the principal
/dav/{user}/books/                 the home
/dav/{user}/books/people/          the book
/dav/{user}/books/people/{name}    a card, by the name that a client or Hearth gave it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

ROOT = "/dav/"
BOOK = "people"
LONGEST_NAME = 255
Place = Literal["root", "principal", "home", "book", "card"]


@dataclass(frozen=True, slots=True)
class Address:
    """`name` is a card's, without any quoting."""

    place: Place
    user_id: UUID | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Addresses:
    """How the places of one person are written outside; `prefix` is the path that the house lives below."""

    prefix: str
    user_id: UUID

    @property
    def root(self) -> str:
        return f"{self.prefix}{ROOT}"

    @property
    def principal(self) -> str:
        return f"{self.root}{self.user_id}/"

    @property
    def home(self) -> str:
        return f"{self.principal}books/"

    @property
    def book(self) -> str:
        return f"{self.home}{BOOK}/"

    def card(self, name: str) -> str:
        return self.book + quote(name, safe="")

    def of(self, address: Address) -> str:
        named = {"root": self.root, "principal": self.principal, "home": self.home, "book": self.book}
        return named.get(address.place) or self.card(address.name)

    def card_name(self, href: str) -> str | None:
        """The name of the card that a client means by this href; None where it is none of this book's."""
        try:
            path = urlsplit(href).path
        except ValueError:
            return None
        address = read_address(path.removeprefix(self.prefix) if self.prefix else path)
        return address.name if address and address.place == "card" and address.user_id == self.user_id else None


def read_address(path: str) -> Address | None:
    """What lies at this path, quoted as it was sent; None for nothing."""
    if path.rstrip("/") == ROOT.rstrip("/"):
        return Address("root")
    if not path.startswith(ROOT):
        return None
    parts = [unquote(part, errors="surrogateescape") for part in path[len(ROOT) :].split("/")]
    is_folder = parts[-1] == ""
    parts = parts[:-1] if is_folder else parts
    user_id = _read_id(parts[0])
    if user_id is None:
        return None
    match parts[1:]:
        case []:
            return Address("principal", user_id)
        case ["books"]:
            return Address("home", user_id)
        case ["books", "people"]:
            return Address("book", user_id)
        case ["books", "people", name] if not is_folder and is_name(name):
            return Address("card", user_id, name)
    return None


def is_name(name: str) -> bool:
    """Whether a card may be called so: it can be stored, and shown in a path."""
    if not 0 < len(name) <= LONGEST_NAME or name in {".", ".."}:
        return False
    return name.isprintable() and "/" not in name and not any("\ud800" <= sign <= "\udfff" for sign in name)


def _read_id(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None

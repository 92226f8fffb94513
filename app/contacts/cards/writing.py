"""A person as a vCard: 4.0, or 3.0 for phones that know nothing newer."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from itertools import count

from app.contacts.cards.card import OWN_PREFIX, Card, CardDate, CardHandle, JCard, Labelled
from app.contacts.cards.labels import types_of

VERSIONS = ("4.0", "3.0")
WIDTH = 75  # octets of a line, as every RFC of it says
PRODUCT = "-//Hearth//EN"
NAME_PARTS = ("last_name", "first_name", "middle_name", "prefix", "suffix")
ADDRESS_PARTS = ("po_box", "extra", "street", "city", "region", "postcode", "country")
# What IMPP is for; others have a profile.
MESSENGERS = {
    "xmpp", "sip", "irc", "aim", "icq", "msn", "yahoo", "skype", "gtalk", "qq", "matrix", "signal", "telegram", "ymsgr",
}  # fmt: skip
PLAIN_PARAM = re.compile(r"[\w ./+@-]*")
ITEM = re.compile(r"item(\d+)", re.I)


def write_card(card: Card, version: str = "4.0") -> str:
    return "".join(_fold(line) for line in _Writing(card, version).lines())


def write_cards(cards: Iterable[Card], version: str = "4.0") -> Iterator[str]:
    return (write_card(card, version) for card in cards)


class _Writing:
    def __init__(self, card: Card, version: str) -> None:
        self.card, self.is_old = card, version == "3.0"
        taken = (ITEM.fullmatch(str(kept[1].get("group", ""))) for kept in card.extra)
        self.items = count(max((int(found[1][:6]) for found in taken if found), default=0) + 1)

    def lines(self) -> Iterator[str]:
        card = self.card
        yield from ("BEGIN:VCARD", f"VERSION:{'3.0' if self.is_old else '4.0'}", f"PRODID:{PRODUCT}")
        yield from self._text("UID", card.uid)
        yield from self._text("FN", card.full_name)
        yield from self._name()
        yield from self._text("NICKNAME", card.nickname)
        yield from self._text("X-PRONOUNS" if self.is_old else "PRONOUNS", card.pronouns)
        yield from self._company()
        yield from self._text("TITLE", card.role_title)
        for name, entries in (("EMAIL", card.emails), ("TEL", card.phones), ("URL", card.urls)):
            for place, entry in enumerate(entries):
                yield from self._labelled(name, entry.label, escape(entry.value), place == 0 < len(entries) - 1)
        for address in card.addresses:
            value = ";".join(escape(getattr(address, part)) for part in ADDRESS_PARTS)
            yield from self._labelled("ADR", address.label, value)
        for handle in card.handles:
            yield self._handle(handle)
        for dated in card.dates:
            yield from self._date(dated)
        if card.categories:
            yield "CATEGORIES:" + ",".join(escape(word) for word in card.categories)
        yield from self._text("NOTE", card.notes)
        yield from self._photo()
        for key, values in card.own.items():
            yield from (f"{OWN_PREFIX.upper()}{key.upper()}:{escape(value)}" for value in values)
        yield from (_kept(kept) for kept in card.extra)
        yield from self._text("REV", card.rev)
        yield "END:VCARD"

    def _text(self, name: str, value: str) -> Iterator[str]:
        if value:
            yield f"{name}:{escape(value)}"

    def _name(self) -> Iterator[str]:
        """3.0 wants N, and phones show nothing else; the parameter says that nobody knows which part is which."""
        parts = [getattr(self.card, part) for part in NAME_PARTS]
        if any(parts):
            yield "N:" + ";".join(escape(part) for part in parts)
        elif self.is_old:
            yield f"N;X-HEARTH-GUESS=1:;{escape(self.card.full_name)};;;"

    def _company(self) -> Iterator[str]:
        """Not where a kept ORG says it, and its units."""
        begin = f"{escape(self.card.company)};"
        if self.card.company and not any(k[0] == "org" and str(k[3]).startswith(begin) for k in self.card.extra):
            yield f"ORG:{escape(self.card.company)}"

    def _labelled(self, name: str, label: str, value: str, is_first: bool = False) -> Iterator[str]:
        types = types_of(label)
        group = "" if types is not None else f"item{next(self.items)}."
        words = [word.upper() if self.is_old else word for word in types or ()]
        words += ["PREF"] if is_first and self.is_old else []
        params = "".join(f";TYPE={word}" for word in words) + (";PREF=1" if is_first and not self.is_old else "")
        yield f"{group}{name}{params}:{value}"
        if group:
            yield f"{group}X-ABLabel:{escape(label)}"

    def _handle(self, handle: CardHandle) -> str:
        if handle.service in MESSENGERS:
            return f"IMPP:{handle.service}:{escape(handle.value)}"
        name = "X-SOCIALPROFILE" if self.is_old else "SOCIALPROFILE"
        return f"{name};{_param('SERVICE-TYPE', handle.service)};VALUE=text:{escape(handle.value)}"

    def _date(self, dated: CardDate) -> Iterator[str]:
        known = {"birthday": "BDAY", "anniversary": "X-ANNIVERSARY" if self.is_old else "ANNIVERSARY"}
        name = known.get(dated.label, "X-ABDATE")
        group = "" if dated.label in known else f"item{next(self.items)}."
        if self.is_old:
            omitted = dated.date.startswith("--")
            day = dated.date.replace("--", "1604-", 1) if omitted else dated.date
            yield f"{group}{name}{';X-APPLE-OMIT-YEAR=1604' if omitted else ''};VALUE=date:{day}"
        else:
            yield f"{group}{name}:{'--' * dated.date.startswith('--')}{dated.date.replace('-', '')}"
        if group:
            yield f"{group}X-ABLabel:{escape(dated.label)}"

    def _photo(self) -> Iterator[str]:
        if photo := self.card.photo:
            content = base64.b64encode(photo.content).decode()
            kind = (photo.media_type or "image/jpeg").partition("/")[2].upper()
            yield (
                f"PHOTO;ENCODING=b;TYPE={kind}:{content}"
                if self.is_old
                else (f"PHOTO:data:{photo.media_type or 'image/jpeg'};base64,{content}")
            )


def labelled(entries: Iterable[tuple[str, str]]) -> tuple[Labelled, ...]:
    return tuple(Labelled(label or "", value) for label, value in entries)


def escape(text: str) -> str:
    return _storable(text).replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


def _kept(kept: JCard) -> str:
    name, params, _type, value = kept
    group = f"{params['group']}." if params.get("group") else ""
    written = "".join(
        ";" + _param(str(key).upper(), *(given if isinstance(given, list) else [given]))
        for key, given in params.items()
        if key != "group"
    )
    return f"{group}{str(name).upper()}{written}:{_storable(str(value))}"


def _param(name: str, *values: str) -> str:
    return f"{name}=" + ",".join(_param_value(str(value)) for value in values)


def _param_value(value: str) -> str:
    """As RFC 6868 says; between quotes where a sign of it would end the value."""
    value = _storable(value).replace("^", "^^").replace("\n", "^n").replace('"', "^'")
    return value if PLAIN_PARAM.fullmatch(value) else f'"{value}"'


def _storable(text: str) -> str:
    """A vCard is made of lines: of the signs below a blank only a line's end has a form in it."""
    return "".join(sign if sign >= " " or sign in "\n\t" else " " for sign in text.replace("\r\n", "\n"))


def _fold(line: str) -> str:
    """In lines of at most 75 octets, none of which ends amid a sign."""
    line = line.replace("\n", "\\n")
    if len(line) <= WIDTH and line.isascii():
        return line + "\r\n"
    pieces, piece, size = [], "", 0
    for sign in line:
        width = len(sign.encode("utf-8", "replace"))
        if size + width > WIDTH:
            pieces.append(piece)
            piece, size = "", 1
        piece, size = piece + sign, size + width
    return "\r\n ".join([*pieces, piece]) + "\r\n"

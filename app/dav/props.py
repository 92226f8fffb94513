"""The properties of what lies in an address book, by where it lies. A property that nobody asked for costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any
from xml.etree.ElementTree import Element

import asyncpg

from app.core.errors import Invalid
from app.dav.addresses import Address, Addresses
from app.dav.answers import entry
from app.dav.asking import MOST_CARD
from app.dav.xml import CARD, CS, DAV, href, tag, words
from app.web.locale import gettext as _

REPORTS = (CARD + "addressbook-multiget", CARD + "addressbook-query", DAV + "sync-collection")
COLLATIONS = ("i;ascii-casemap", "i;octet", "i;unicode-casemap")
VERSIONS = ("3.0", "4.0")


@dataclass(frozen=True, slots=True)
class Site:
    """What properties tell of: the person, and how far their book is."""

    addresses: Addresses
    name: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`names` in the order asked for; `is_all`: whatever there is to tell without being asked."""

    names: tuple[str, ...] = ()
    is_all: bool = False
    only_names: bool = False


Tell = Callable[[Site, Any], str]


def read_wanted(root: Element | None) -> Wanted:
    """From a request's prop, allprop or propname; no body asks for all."""
    if root is None or root.find(DAV + "allprop") is not None:
        included = root.find(DAV + "include") if root is not None else None
        return Wanted(
            tuple(element.tag for element in included if isinstance(element.tag, str)) if included else (), True
        )
    if root.find(DAV + "propname") is not None:
        return Wanted(is_all=True, only_names=True)
    prop = root.find(DAV + "prop")
    if prop is None:
        raise Invalid(_("The request does not say which properties it asks for."))
    return Wanted(tuple(element.tag for element in prop if isinstance(element.tag, str)))


def tell(place: str, site: Site, wanted: Wanted, path: str, card: asyncpg.Record | None = None, extra: str = "") -> str:
    """The entry of one resource; `card` is a row of list_members, `extra` a property that is written already."""
    known = KNOWN[place]
    row: Any = card
    names: Iterable[str] = wanted.names
    if wanted.is_all:
        names = [*(name for name in known if name not in UNASKED), *(n for n in wanted.names if n in known)]
    if wanted.only_names:
        return entry(path, [tag(name) for name in known])
    names = list(dict.fromkeys(names))
    found = [tag(name, known[name](site, row)) for name in names if name in known]
    return entry(path, [*found, extra], [name for name in names if name not in known])


def path_of(site: Site, address: Address) -> str:
    return site.addresses.of(address)


def etag(row: Any) -> str:
    return f'"{row["etag"]}"'


def _kinds(*names: str) -> Tell:
    return lambda _site, _row: "".join(tag(name) for name in names)


def _text(of: Callable[[Site, Any], str]) -> Tell:
    return lambda site, row: words(of(site, row))


def _privileges(*names: str) -> Tell:
    inner = "".join(tag(DAV + "privilege", tag(DAV + name)) for name in names)
    return lambda _site, _row: inner


def _reports(_site: Site, _row: Any) -> str:
    return "".join(tag(DAV + "supported-report", tag(DAV + "report", tag(name))) for name in REPORTS)


def _formats(_site: Site, _row: Any) -> str:
    return "".join(f'<c:address-data-type content-type="text/vcard" version="{version}"/>' for version in VERSIONS)


def _collations(_site: Site, _row: Any) -> str:
    return "".join(tag(CARD + "supported-collation", name) for name in COLLATIONS)


READS = ("read", "read-current-user-privilege-set")
WRITES = (*READS, "write", "write-content", "bind", "unbind")
COMMON: dict[str, Tell] = {
    DAV + "current-user-principal": lambda site, _row: href(site.addresses.principal),
    DAV + "owner": lambda site, _row: href(site.addresses.principal),
    DAV + "principal-collection-set": lambda site, _row: href(site.addresses.root),
    DAV + "current-user-privilege-set": _privileges(*READS),
    DAV + "supported-report-set": _kinds(),
}
KNOWN: dict[str, dict[str, Tell]] = {
    "root": COMMON | {
        DAV + "resourcetype": _kinds(DAV + "collection"),
        DAV + "displayname": _text(lambda _site, _row: "Hearth"),
    },
    "principal": COMMON | {
        DAV + "resourcetype": _kinds(DAV + "collection", DAV + "principal"),
        DAV + "displayname": _text(lambda site, _row: site.name),
        DAV + "principal-URL": lambda site, _row: href(site.addresses.principal),
        DAV + "alternate-URI-set": _kinds(),
        DAV + "group-membership": _kinds(),
        CARD + "addressbook-home-set": lambda site, _row: href(site.addresses.home),
    },
    "home": COMMON | {
        DAV + "resourcetype": _kinds(DAV + "collection"),
        DAV + "displayname": _text(lambda site, _row: site.name),
    },
    "book": COMMON | {
        DAV + "resourcetype": _kinds(DAV + "collection", CARD + "addressbook"),
        DAV + "displayname": _text(lambda _site, _row: _("People")),
        DAV + "current-user-privilege-set": _privileges(*WRITES),
        DAV + "supported-report-set": _reports,
        DAV + "sync-token": _text(lambda site, _row: site.token),
        CS + "getctag": _text(lambda site, _row: site.token),
        CARD + "addressbook-description": _text(lambda _site, _row: _("The people in Hearth")),
        CARD + "supported-address-data": _formats,
        CARD + "supported-collation-set": _collations,
        CARD + "max-resource-size": lambda _site, _row: str(MOST_CARD),
    },
    "card": {
        DAV + "getetag": lambda _site, row: words(etag(row)),
        DAV + "getcontenttype": lambda _site, _row: "text/vcard; charset=utf-8",
        DAV + "resourcetype": _kinds(),
        DAV + "displayname": _text(lambda _site, row: row["full_name"]),
        DAV + "getlastmodified": lambda _site, row: format_datetime(row["updated_at"], usegmt=True),
        DAV + "creationdate": lambda _site, row: row["created_at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        DAV + "current-user-privilege-set": _privileges(*READS, "write", "write-content"),
        DAV + "current-user-principal": COMMON[DAV + "current-user-principal"],
        DAV + "owner": COMMON[DAV + "owner"],
    },
}  # fmt: skip
# What the standards want told to those alone who ask for it by name.
UNASKED = {
    DAV + "supported-report-set", DAV + "sync-token", DAV + "owner", DAV + "current-user-principal",
    DAV + "current-user-privilege-set", DAV + "principal-collection-set", DAV + "alternate-URI-set",
    DAV + "principal-URL", DAV + "group-membership", CS + "getctag", CARD + "addressbook-home-set",
    CARD + "addressbook-description", CARD + "supported-address-data", CARD + "supported-collation-set",
    CARD + "max-resource-size",
}  # fmt: skip

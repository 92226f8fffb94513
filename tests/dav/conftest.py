"""A phone: a client that knows an address, an e-mail address and an app password, and nothing else."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import httpx
import pytest

from app.account.app_passwords import hash_app_password, new_app_password
from app.contacts.fields import ContactFields
from app.contacts.service import add_contact
from tests.conftest import Person, make_client

D, C = "{DAV:}", "{urn:ietf:params:xml:ns:carddav}"
SPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav" xmlns:s="http://calendarserver.org/ns/"'
ETAG = "<d:prop><d:getetag/></d:prop>"
DATA = "<d:prop><d:getetag/><c:address-data/></d:prop>"


@dataclass
class Phone:
    http: httpx.AsyncClient
    person: Person
    password: str

    @property
    def principal(self) -> str:
        return f"/dav/{self.person.id}/"

    @property
    def book(self) -> str:
        return f"{self.principal}books/people/"

    async def ask(self, method: str, path: str = "", body: str | bytes = "", **headers: str) -> httpx.Response:
        basic = b64encode(f"{self.person.email}:{self.password}".encode()).decode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path = path if path.startswith("/") else self.book + path
        content = body.encode() if isinstance(body, str) else body
        return await self.http.request(
            method, path, content=content, headers={"Authorization": f"Basic {basic}", **named}
        )

    async def propfind(self, path: str, props: str, depth: str = "0") -> dict[str, Entry]:
        body = f"<d:propfind {SPACES}><d:prop>{props}</d:prop></d:propfind>"
        return entries(await self.ask("PROPFIND", path, body, Depth=depth))[0]

    async def etags(self) -> dict[str, str]:
        found = await self.propfind("", "<d:getetag/>", "1")
        return {path.removeprefix(self.book): e.text("getetag") for path, e in found.items() if path != self.book}

    async def put(self, name: str, card: str, **headers: str) -> httpx.Response:
        return await self.ask("PUT", name, card, **{"Content-Type": "text/vcard", **headers})

    async def report(self, name: str, inner: str) -> httpx.Response:
        space = "d" if name == "sync-collection" else "c"
        return await self.ask("REPORT", "", f"<{space}:{name} {SPACES}>{inner}</{space}:{name}>", Depth="1")

    async def sync(self, token: str = "", limit: int = 0, prop: str = ETAG) -> tuple[dict[str, Entry], str]:
        most = f"<d:limit><d:nresults>{limit}</d:nresults></d:limit>" if limit else ""
        inner = f"<d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level>{most}{prop}"
        found, token = entries(await self.report("sync-collection", inner))
        return {path.removeprefix(self.book): entry for path, entry in found.items()}, token


@dataclass
class Entry:
    status: int
    props: Mapping[str, ElementTree.Element]
    missing: tuple[str, ...]

    def text(self, name: str) -> str:
        return next(e.text or "" for tag, e in self.props.items() if tag.endswith("}" + name))


def entries(answer: httpx.Response) -> tuple[dict[str, Entry], str]:
    """By their addresses, and the sync token."""
    assert answer.status_code == 207, answer.text
    root = ElementTree.fromstring(answer.content)
    found = {}
    for response in root.findall(D + "response"):
        status = int((response.findtext(D + "status") or "x 200").split()[1])
        props, missing = {}, []
        for stat in response.findall(D + "propstat"):
            if " 200 " in stat.findtext(D + "status"):
                props = {e.tag: e for e in stat.find(D + "prop")}
            else:
                missing += [e.tag for e in stat.find(D + "prop")]
        found[response.findtext(D + "href")] = Entry(status, props, tuple(missing))
    return found, root.findtext(D + "sync-token") or ""


def make_card(name: str, uid: str, *lines: str, version: str = "3.0") -> str:
    family, _, given = name.rpartition(" ")[::-1]
    n = f"N:{family};{given};;;"
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", f"FN:{name}", n, *lines, "END:VCARD", ""])


async def make_phone(app: Any, owner: Any, person: Person, scope: str = "people") -> Phone:
    password = new_app_password()
    await owner.execute("select set_config('app.user_id', $1, false)", str(person.id))
    await owner.execute(
        "insert into personal_tokens (user_id, name, token_hash, scopes, expires_at) "
        "values ($1, 'Phone', $2, array[$3], now() + interval '1 day')",
        person.id, hash_app_password(password), scope,
    )  # fmt: skip
    return Phone(make_client(app), person, password)


@pytest.fixture
async def phone(application, owner, alice) -> AsyncIterator[Phone]:
    made = await make_phone(application, owner, alice)
    yield made
    await made.http.aclose()


@pytest.fixture
async def bobs_phone(application, owner, bob) -> AsyncIterator[Phone]:
    made = await make_phone(application, owner, bob)
    yield made
    await made.http.aclose()


async def add_person(database: Any, person: Person, name: str, actor: str = "person", **fields: Any) -> UUID:
    async with database.writing(person.id, actor) as session:
        return (await add_contact(session, person.id, ContactFields(full_name=name, **fields))).id


async def name_of(database: Any, person: Person, contact_id: UUID) -> str:
    async with database.reading(person.id) as connection:
        return await connection.fetchval("select full_name from contacts where id = $1", contact_id)


def sentence(answer: httpx.Response) -> str:
    return re.search(r"<x:sentence[^>]*>(.*?)</x:sentence>", answer.text)[1]

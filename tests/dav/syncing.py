"""vdirsyncer, as a person runs it: a folder of cards on one side, the house on the other."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import httpx

from app.account.app_passwords import hash_app_password, new_app_password
from tests.dav.conftest import DATA, SPACES, make_card
from tests.house import House

EMAIL = "ana@example.org"
KEEP_PASSWORD = """
insert into personal_tokens (user_id, name, token_hash, scopes, expires_at)
select id, 'vdirsyncer', $1, array['people'], now() + interval '1 day' from users where email = $2"""
# Of the card and not of the person.
ASIDE = ("REV", "PRODID", "VERSION")
CONFIG = """
[general]
status_path = "{folder}/status"
[pair people]
a = "here"
b = "hearth"
collections = ["people"]
conflict_resolution = "b wins"
[storage here]
type = "filesystem"
path = "{folder}/cards"
fileext = ".vcf"
[storage hearth]
type = "carddav"
url = "{url}"
username = "{email}"
password = "{password}"
"""


@dataclass
class Sides:
    """Both sides of the synchronisation."""

    folder: Path
    house: House
    password: str
    book: str = ""

    @property
    def cards(self) -> Path:
        return self.folder / "cards" / "people"

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "vdirsyncer", "-c", str(self.folder / "config"), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "HOME": str(self.folder), "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip

    def sync(self) -> str:
        """What it did, line by line."""
        running = self.start("sync")
        told, _none = running.communicate(timeout=300)
        assert running.returncode == 0, told
        return told

    def here(self) -> dict[str, frozenset[str]]:
        """Each card by its UID."""
        return by_uid(file.read_text() for file in self.cards.glob("*.vcf"))

    def there(self) -> dict[str, frozenset[str]]:
        answer = self.ask("PROPFIND", "", f"<d:propfind {SPACES}><d:prop><d:getetag/></d:prop></d:propfind>", Depth="1")
        paths = [e.text for e in ElementTree.fromstring(answer).iter("{DAV:}href") if e.text != self.book]
        hrefs = "".join(f"<d:href>{path}</d:href>" for path in paths)
        asked = f"<c:addressbook-multiget {SPACES}>{DATA}{hrefs}</c:addressbook-multiget>"
        root = ElementTree.fromstring(self.ask("REPORT", "", asked))
        return by_uid(e.text for e in root.iter("{urn:ietf:params:xml:ns:carddav}address-data"))

    def ask(self, method: str, name: str, body: str = "", **headers: str) -> bytes:
        basic = b64encode(f"{EMAIL}:{self.password}".encode()).decode()
        path = name if name.startswith("/") else self.book + name
        answer = httpx.request(
            method, self.house.url + path, content=body.encode(), timeout=60,
            headers={"Authorization": f"Basic {basic}", **headers},
        )  # fmt: skip
        assert answer.status_code < 300, answer.text
        return answer.content

    def file_of(self, uid: str) -> Path:
        return next(file for file in self.cards.glob("*.vcf") if f"UID:{uid}\n" in file.read_text().replace("\r", ""))

    def path_of(self, uid: str) -> str:
        """Where the card with this UID lies on the other side, asked as an address book asks."""
        match = f'<c:text-match match-type="equals" collation="i;octet">{uid}</c:text-match>'
        asked = f'{DATA}<c:filter><c:prop-filter name="UID">{match}</c:prop-filter></c:filter>'
        root = ElementTree.fromstring(
            self.ask("REPORT", "", f"<c:addressbook-query {SPACES}>{asked}</c:addressbook-query>")
        )
        return next(root.iter("{DAV:}href")).text

    def write(self, uid: str, name: str, *lines: str) -> None:
        (self.cards / f"{uid}.vcf").write_text(make_card(name, uid, *lines))

    def change(self, uid: str, before: str, after: str) -> None:
        file = self.file_of(uid)
        file.write_text(file.read_text().replace(before, after))

    def change_there(self, uid: str, before: str, after: str) -> None:
        path = self.path_of(uid)
        self.ask("PUT", path, self.ask("GET", path).decode().replace(before, after))


def by_uid(cards) -> dict[str, frozenset[str]]:
    found = {}
    for card in cards:
        lines = card.replace("\r", "").replace("\n ", "").strip().split("\n")
        uid = next(line for line in lines if line.startswith("UID:"))
        found[uid] = frozenset(line for line in lines if not line.startswith(ASIDE))
    return found


def make_sides(folder: Path, house: House) -> Sides:
    house.add_person(EMAIL)
    password = new_app_password()
    house._run_as_owner(KEEP_PASSWORD, hash_app_password(password), EMAIL)
    sides = Sides(folder, house, password)
    (folder / "config").write_text(CONFIG.format(folder=folder, url=house.url, email=EMAIL, password=password))
    sides.cards.mkdir(parents=True)
    root = sides.ask(
        "PROPFIND",
        "/dav/",
        f"<d:propfind {SPACES}><d:prop><d:current-user-principal/></d:prop></d:propfind>",
        Depth="0",
    )
    principal = ElementTree.fromstring(root).find(".//{DAV:}current-user-principal/{DAV:}href").text
    sides.book = f"{principal}books/people/"
    finding = sides.start("discover")
    told, _none = finding.communicate("y\n" * 5, timeout=60)
    assert finding.returncode == 0, told
    return sides


def fill(sides: Sides, count: int) -> None:
    """Half on each side, with what phones know of people."""
    for number in range(count):
        uid, name = f"person-{number:04}", f"Given{number} Family{number}"
        lines = [
            f"EMAIL;TYPE=WORK:p{number}@example.org", f"TEL;TYPE=CELL:+49 171 {number:07}", "ORG:Vogel & Söhne",
            f"NOTE:Met on day {number}\\, by the river\\nand again", f"BDAY;VALUE=date:19{number % 90 + 10}-02-03",
            f"X-COLOUR:{number}",
        ]  # fmt: skip
        if number % 2:
            sides.write(uid, name, *lines)
        else:
            sides.ask("PUT", f"{uid}.vcf", make_card(name, uid, *lines), **{"Content-Type": "text/vcard"})

"""Bringing people in over HTTP: vCards as they are, a table after a look at what its columns mean."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from app.contacts.cards.card import Card
from app.contacts.cards.table import MEANINGS, Table, decode_table, guess_meanings, read_table, table_cards
from app.contacts.labelling import field_label
from app.core.errors import Invalid, TooLarge, Unavailable
from app.importing.sources import CARDS
from app.importing.staging import Staging
from app.importing.tables import no_table, write_as_cards
from app.importing.uploads import Uploads
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.shared import Shared

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
LARGEST_TABLE = 4 * 2**20
PREVIEWED = 5
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class PeopleImportPage:
    limit_mb: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    head: str
    samples: str
    meaning: str


@dataclass(frozen=True, slots=True)
class TablePage:
    """`preview` are (name, what else is known) of the first few, as they would come in; `count` of them in all."""

    name: str
    text: str
    columns: tuple[Column, ...]
    meanings: tuple[tuple[str, str], ...]
    preview: tuple[tuple[str, str], ...]
    count: int
    error: str = ""


@get("/people/import")
async def show_people_import(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = PeopleImportPage(shared.settings.max_upload_mb)
    return shared.pages.response(request, "importing/people.html", page, shell=reading.shell("people"))


@post("/people/import", status_code=303)
async def take_people(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """vCards go on at once; of a table it is asked what its columns are."""
    given = [file for file in (await request.form()).getall("files", []) if isinstance(file, UploadFile)]
    files = [file for file in given if file.filename]
    try:
        if len(files) == 1 and files[0].filename.lower().endswith(".csv"):
            text = decode_table(await files[0].read(LARGEST_TABLE + 1))
            return _ask(request, visitor, shared, files[0].filename, text)
        if not files or not all(file.filename.lower().endswith(CARDS) for file in files):
            raise Invalid(_("Choose a .vcf file, as phones and address books write it, or one .csv table."))
        import_id = await _uploads(visitor, shared).take([(file.filename, file.file) for file in files])
    except (Invalid, TooLarge, Unavailable) as error:
        page = PeopleImportPage(shared.settings.max_upload_mb, str(error))
        shell = make_shell(request, visitor, "people")
        return shared.pages.response(request, "importing/people.html", page, shell=shell, status=422)
    finally:
        for file in given:
            await file.close()
    return Redirect(f"/imports/{import_id}", status_code=303)


@post("/people/import/table", status_code=303)
async def take_table(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """With `preview`, the same page again, by the columns that were said."""
    name, text = data.get("name", ""), data.get("text", "")
    meanings = tuple(data.get(f"column.{place}", "") for place in range(_width(text)))
    if "preview" in data or not set(meanings) <= set(MEANINGS):
        return _ask(request, visitor, shared, name, text, meanings)
    try:
        cards = write_as_cards(text, meanings)
        stem = PurePath(name).stem or "people"
        import_id = await _uploads(visitor, shared).take([(f"{stem}.vcf", io.BytesIO(cards))])
    except (Invalid, TooLarge, Unavailable) as error:
        return _ask(request, visitor, shared, name, text, meanings, str(error))
    return Redirect(f"/imports/{import_id}", status_code=303)


def _ask(
    request: Request, visitor: Visitor, shared: Shared, name: str, text: str, meanings: Sequence[str] = (),
    error: str = "",
) -> Response:  # fmt: skip
    page = table_page(name, text, meanings, error)
    shell = make_shell(request, visitor, "people")
    status = 422 if error else 200
    return shared.pages.response(request, "importing/table.html", page, shell=shell, status=status)


def table_page(name: str, text: str, meanings: Sequence[str] = (), error: str = "") -> TablePage:
    """Raises Invalid where it is no table."""
    if len(text) > LARGEST_TABLE:
        raise Invalid(_("A table holds at most %(most)s MB.") % {"most": LARGEST_TABLE // 2**20})
    try:
        table = read_table(text)
    except ValueError:
        raise Invalid(no_table()) from None
    said = [meaning if meaning in MEANINGS else "" for meaning in meanings] or list(guess_meanings(table.heads))
    columns = tuple(
        Column(
            f"column.{place}", head, " · ".join([row[place] for row in table.rows if row[place]][:SAMPLES])[:120], mean
        )
        for place, (head, mean) in enumerate(zip(table.heads, said, strict=False))
    )
    cards = list(table_cards(table, said))
    preview = tuple((card.full_name, _told(card)) for card in cards[:PREVIEWED])
    return TablePage(name, text, columns, tuple((m, meaning_label(m)) for m in MEANINGS), preview, len(cards), error)


def _samples(table: Table, place: int) -> str:
    return " · ".join([row[place] for row in table.rows if row[place]][:SAMPLES])[:120]


def _told(card: Card) -> str:
    reached = (*card.emails, *card.phones, *card.urls)
    said = (card.role_title, card.company, *(one.value for one in reached), *(one.date for one in card.dates))
    return " · ".join(part for part in said if part)


def meaning_label(meaning: str) -> str:
    name, _sign, label = meaning.partition(":")
    names = {
        "": _("leave it out"), "categories": _("Groups"), "birthday": _("Birthday"), "anniversary": _("Anniversary"),
        "email": _("E-mail"), "phone": _("Phone"), "url": _("On the net"), "street": _("Street"),
        "extra": _("Address, second line"), "po_box": _("P.O. box"), "city": _("City"), "region": _("Region"),
        "postcode": _("Postcode"), "country": _("Country"),
    }  # fmt: skip
    labels = {
        "home": _("home"), "work": _("work"), "cell": _("mobile"), "fax": _("fax"), "home fax": _("fax at home"),
        "work fax": _("fax at work"), "pager": _("pager"), "other": _("other"),
    }  # fmt: skip
    shown = names.get(name) or field_label(name)
    return f"{shown} ({labels[label]})" if label else shown


def _width(text: str) -> int:
    try:
        return len(read_table(text).heads)
    except ValueError:
        return 0


def _uploads(visitor: Visitor, shared: Shared) -> Uploads:
    most = shared.settings.max_upload_mb * 2**20
    return Uploads(shared.database, Staging(shared.settings.imports_dir), visitor.user_id, most)


ROUTES = [show_people_import, take_people, take_table]

"""Bringing things in over HTTP: what a newcomer is asked, the upload in parts, each import's own page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Invalid, NotFound, TooLarge, Unavailable
from app.importing import queries
from app.importing.doors import read_doors
from app.importing.pages import WelcomePage, arrive_page, import_page, read_standing
from app.importing.staging import Staging
from app.importing.uploads import PART, Uploads, WrongPlace
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.rendering import is_fragment
from app.web.shared import Shared

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/welcome")
async def show_welcome(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """Shown once by itself, after a person moved in; without the frame, since there is nowhere to go yet."""
    page = WelcomePage(reading.shell("").csrf_token)
    return shared.pages.response(request, "importing/welcome.html", page, shell=None)


@get("/import")
async def show_arrive(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = arrive_page(await queries.list_imports(reading.connection), shared.settings.max_upload_mb)
    return shared.pages.response(request, "importing/index.html", page, shell=reading.shell("import"))


@get("/imports/{import_id:uuid}")
async def show_import(
    request: Request, import_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await queries.read_import(reading.connection, import_id)
    if row is None:
        raise NotFound
    standing = await read_standing(reading.connection, reading.visitor.user_id, row)
    open_ = row["state"] == "done" and row["place"] == "notes" and not standing.is_undone
    doors = await read_doors(reading, shared.kinds, datetime.now(UTC)) if open_ else None
    page = import_page(row, standing, doors, shared.settings.max_upload_mb)
    shell = reading.shell("import")
    if request.headers.get("hx-target") == "progress" and not page.is_at_work:
        # It is over: what stood empty until now comes along.
        return shared.pages.fragments(
            request, "importing/show.html", page, ["progress", "doors", "report"], shell=shell
        )
    return shared.pages.response(request, "importing/show.html", page, shell=shell, blocks=("progress", "doors"))


@get("/imports/{import_id:uuid}/dropped")
async def show_dropped(
    request: Request, import_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    """How far it is, on the page that it was dropped on; `hearth:arrived` tells that page when it is all in."""
    row = await queries.read_import(reading.connection, import_id)
    if row is None:
        raise NotFound
    if not is_fragment(request):
        return Redirect(f"/imports/{import_id}", status_code=303)
    standing = await read_standing(reading.connection, reading.visitor.user_id, row)
    page = import_page(row, standing, None, shared.settings.max_upload_mb)
    answer = shared.pages.fragments(request, "importing/dropped.html", page, ["dropped"], shell=reading.shell(""))
    if not page.is_at_work:
        answer.headers["HX-Trigger-After-Settle"] = "hearth:arrived"
    return answer


@post("/imports", status_code=201)
async def begin(data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Answers the page's own script: where to go on, or the sentence why not."""
    size = data.get("size", "")
    try:
        if not (size.isascii() and size.isdecimal() and len(size) < 16):
            raise Invalid(_("An upload begins with its size."))
        uploads = _uploads(visitor, shared)
        import_id, offset = await uploads.begin(
            data.get("name", ""), int(size), data.get("fingerprint", ""), _place(data)
        )
    except (Invalid, TooLarge, Unavailable) as error:
        return Response({"problem": str(error)}, status_code=error.status)
    return Response({"id": str(import_id), "offset": offset})


@get("/imports/{import_id:uuid}/part")
async def tell_offset(import_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    return Response(
        {"offset": await _uploads(visitor, shared).received(import_id)}, headers={"Cache-Control": "no-store"}
    )


@post("/imports/{import_id:uuid}/part", status_code=200, request_max_body_size=PART)
async def take_part(
    request: Request, import_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """The bytes themselves, from ?offset= on; 409 tells where the upload really ends."""
    uploads, given = _uploads(visitor, shared), request.query_params.get("offset", "")
    here = await uploads.received(import_id)
    if not (given.isascii() and given.isdecimal() and len(given) < 16):
        return Response({"offset": here}, status_code=400)
    try:
        return Response({"offset": await uploads.receive(import_id, int(given), await request.body())})
    except WrongPlace as error:
        return Response({"offset": error.offset, "over": error.is_over}, status_code=error.status)
    except Invalid as error:
        return Response({"problem": str(error)}, status_code=422)


@post("/imports/files", status_code=303)
async def take_files(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """The same without JavaScript: one form, which came in one piece."""
    form = await request.form()
    given = [file for file in form.getall("files", []) if isinstance(file, UploadFile)]
    files = [(file.filename, file.file) for file in given if file.filename]
    try:
        if not files:
            raise Invalid(_("No file was chosen. Choose a .zip of your notes, or the .md files themselves."))
        import_id = await _uploads(visitor, shared).take(files, _place(form))
    except (Invalid, TooLarge, Unavailable) as error:
        return await _show_problem(request, visitor, shared, str(error))
    finally:
        for file in given:
            await file.close()
    return Redirect(f"/imports/{import_id}", status_code=303)


@post("/imports/{import_id:uuid}/cancel", status_code=303)
async def cancel(import_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    await _uploads(visitor, shared).cancel(import_id)
    return Redirect(f"/imports/{import_id}", status_code=303)


async def _show_problem(request: Request, visitor: Visitor, shared: Shared, problem: str) -> Response:
    async with shared.database.reading(visitor.user_id) as connection:
        rows = await queries.list_imports(connection)
    page = arrive_page(rows, shared.settings.max_upload_mb, problem)
    shell = make_shell(request, visitor, "import")
    return shared.pages.response(request, "importing/index.html", page, shell=shell, status=422)


def _place(form: Mapping[str, Any]) -> str:
    """Where it is meant to go."""
    return "inbox" if form.get("place") == "inbox" else "notes"


def _uploads(visitor: Visitor, shared: Shared) -> Uploads:
    most = shared.settings.max_upload_mb * 2**20
    return Uploads(shared.database, Staging(shared.settings.imports_dir), visitor.user_id, most)


ROUTES = [show_welcome, show_arrive, show_import, show_dropped, begin, tell_offset, take_part, take_files, cancel]

"""What the drawn editor asks for while somebody writes."""

from __future__ import annotations

from urllib.parse import quote

from litestar import Request, get
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.core.errors import NotFound
from app.core.text import fold
from app.notes.queries import FILES_BY_NAME
from app.web.auth import Reading


@get("/notes/file")
async def find_file(request: Request, reading: Given[Reading]) -> Redirect:
    """Where the file of that name is, so that a picture that was written a moment ago is shown at once."""
    folded = fold(request.query_params.get("name", "").replace("\0", "").rpartition("/")[2])
    row = await reading.connection.fetchrow(FILES_BY_NAME, [folded]) if folded else None
    if row is None:
        raise NotFound
    return Redirect(
        f"/files/{row['id']}/{quote(row['name'])}", status_code=303, headers={"Cache-Control": "private, no-cache"}
    )


ROUTES = [find_file]

"""Files come to a person. Here, since a person's own package knows nothing of how notes keep files."""

from __future__ import annotations

from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from app.notes.attaching import receive_files
from app.notes.attachments import keep_files
from app.web.auth import Visitor
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.shared import Shared
from app.web.toasts import say


@post("/people/{contact_id:uuid}/files", status_code=303)
async def attach_to_person(
    request: Request, contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    # Before the files are read, which may be long: nobody sends them in vain.
    async with shared.database.reading(visitor.user_id) as connection:
        await _check_person(connection, contact_id)
    back, action_id = Redirect(f"/people/{contact_id}#files", status_code=303), uuid4()
    try:
        arrived = await receive_files((await request.form()).getall("files", []), shared)
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            await _check_person(connection, contact_id)
            most = shared.settings.max_files_mb * 2**20
            await keep_files(connection, visitor.user_id, contact_id, arrived, most)
    except (Invalid, TooLarge, Unavailable) as error:
        return say(back, str(error))
    told = ngettext("%(num)s file added.", "%(num)s files added.", len(arrived))
    return say(back, told % {"num": number(len(arrived))}, action_id)


async def _check_person(connection: asyncpg.Connection, contact_id: UUID) -> None:
    """Raises NotFound or Conflict."""
    row = await connection.fetchrow("select deleted_at is not null as away from contacts where id = $1", contact_id)
    if row is None:
        raise NotFound
    if row["away"]:
        raise Conflict(_("This person is in the trash; restore them before you add files."))


ROUTES = [attach_to_person]

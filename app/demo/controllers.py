"""Looking around first: the demo moves into an account that is still empty."""

from __future__ import annotations

from litestar import post
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.core.errors import Conflict
from app.web.auth import Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say


@post("/welcome/demo", status_code=303)
async def move_in(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    # What reads the demo's files takes memory, which a house at rest shall not give.
    from app.demo.service import build_demo

    try:
        action_id = await build_demo(shared.database, visitor.user_id)
    except Conflict as error:
        return say(Redirect("/", status_code=303), str(error))
    return say(Redirect("/", status_code=303), _("Somebody's notes have moved in, to look around."), action_id)


ROUTES = [move_in]

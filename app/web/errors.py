"""Error pages: what happened, what it means for the person's text, and a way on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response

from app.web.auth import known_shell
from app.web.locale import gettext as _
from app.web.rendering import VARY_AT_THE_DOOR, Renderer, answer


@dataclass(frozen=True, slots=True)
class ErrorPage:
    status: int
    title: str
    sentence: str


def show_error(pages: Renderer, request: Request[Any, Any, Any], status: int, sentence: str) -> Response[bytes]:
    title, fallback = error_words(status)
    page = ErrorPage(status, title, sentence or fallback)
    block = "error" if request.headers.get("hx-request") == "true" else None
    html = pages.html("errors/error.html", page, known_shell(request), block)
    return answer(request, html, status, {"Vary": VARY_AT_THE_DOOR})


def error_words(status: int) -> tuple[str, str]:
    """A title and a sentence for a status that came without one."""
    known = {
        400: (_("That cannot be used"), _("Something in this request is not what the page expects.")),
        403: (_("Not allowed"), _("Nothing was changed.")),
        404: (_("Nothing here"), _("There is nothing at this address, or it is not yours.")),
        405: (_("Not that way"), _("This address does not take this kind of request.")),
        409: (_("Changed meanwhile"), _("Somebody, or another tab, was faster.")),
        413: (_("Too large"), _("This is more than the server takes at once.")),
        429: (_("Too many tries"), _("Wait a little and try again.")),
        503: (
            _("Not ready"),
            _("The database does not answer just now. Your page will work again in a moment."),
        ),
    }
    return known.get(
        status, (_("Something broke"), _("The fault is ours and is in the log. Nothing of yours is lost."))
    )

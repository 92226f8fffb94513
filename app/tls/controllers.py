"""How HTTPS comes to a house, told to whoever asks: a phone has to read it before anybody signs in there."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.errors import NotFound
from app.tls.files import fingerprint, read_authority
from app.web.auth import is_plain, make_shell, read_visitor
from app.web.shared import Shared

PUBLIC = {"public": True}


@dataclass(frozen=True, slots=True)
class HttpsPage:
    """`fingerprint` is that of the house's own authority, empty where it has none."""

    is_plain: bool
    is_encrypted: bool
    fingerprint: str


@get("/help/https", opt=PUBLIC)
async def show_https(request: Request, shared: Given[Shared]) -> Response:
    authority = read_authority(shared.settings)
    page = HttpsPage(
        is_plain(request, shared.settings),
        request.scope["scheme"] == "https",
        fingerprint(authority) if authority else "",
    )
    visitor = await read_visitor(request, shared)
    shell = make_shell(request, visitor, "account") if visitor else None
    return shared.pages.response(request, "tls/https.html", page, shell=shell)


@get("/authority.crt", opt=PUBLIC, sync_to_thread=False)
def send_authority(shared: Given[Shared]) -> Response:
    """No attachment: by its type alone a phone offers to take it in instead of putting it among the downloads."""
    authority = read_authority(shared.settings)
    if authority is None:
        raise NotFound
    return Response(authority.encode(), media_type="application/x-x509-ca-cert", headers={"Cache-Control": "no-cache"})


ROUTES = [show_https, send_authority]

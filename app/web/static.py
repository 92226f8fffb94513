"""Serving the assets: for ever under a name with its hash, 304 where asked."""

from __future__ import annotations

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from app.web.assets import Asset
from app.web.shared import Shared

FOREVER = "public, max-age=31536000, immutable"


@get("/static/{path:path}", sync_to_thread=False, opt={"public": True}, include_in_schema=False)
def serve_asset(request: Request, path: FromPath[str], shared: Given[Shared]) -> Response[bytes]:
    found = shared.assets.find(path.lstrip("/"))
    if found is None:
        raise NotFoundException
    asset, hashed = found
    headers = {
        "ETag": f'"{asset.hash}"',
        "Cache-Control": FOREVER if hashed else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if asset.hash in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
    body, encoding = _encoded(asset, request.headers.get("accept-encoding", ""))
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(body, headers=headers, media_type=asset.media_type)


def _encoded(asset: Asset, accepted: str) -> tuple[bytes, str]:
    if "br" in accepted and asset.brotli:
        return asset.brotli, "br"
    if "gzip" in accepted and asset.gzip:
        return asset.gzip, "gzip"
    return asset.content, ""

"""What a browser needs to show and send without a network: the service worker, its page, and the outbox's pass.

The worker's own address never changes, its text does with every release that changes anything it knows; browsers
compare the two at each visit. docs/offline.md tells the whole.
"""

from __future__ import annotations

import hashlib
import json

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.web.assets import Assets
from app.web.auth import COOKIE, Visitor, csrf_token, read_visitor, user_key
from app.web.shared import Shared

SCRIPT = "pages/worker.js"
# Fetched when the worker is installed, so that a page which was kept looks and works as it should.
AHEAD = (
    "app.css",
    "app.js",
    "capture.css",
    "icon.svg",
    "pages/capture.js",
    "pages/guessing.json",
    "pages/line.js",
    "pages/outbox.js",
)
NEVER_KEPT = {"Cache-Control": "no-store"}


@get("/worker.js", opt={"public": True}, sync_to_thread=False)
def show_worker(shared: Given[Shared]) -> Response[bytes]:
    # It speaks for the whole house, also where a proxy shows it below a path.
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
    return Response(worker_script(shared.assets), headers=headers, media_type="text/javascript; charset=utf-8")


@get("/offline", opt={"public": True})
async def show_offline(request: Request, shared: Given[Shared]) -> Response:
    """In the language of whoever is signed in; what it lists is written in by the worker."""
    await read_visitor(request, shared)
    return shared.pages.response(request, "shell/offline.html", None, shell=None)


@get("/outbox/pass", sync_to_thread=False)
def show_pass(request: Request, visitor: Given[Visitor]) -> Response[dict[str, str]]:
    """Who is signed in by now, and the token of their forms: what waited may have outlived both."""
    token = csrf_token(request.app.state.csrf_secret, request.cookies.get(COOKIE, ""))
    return Response({"owner": user_key(visitor.user_id), "token": token}, headers=NEVER_KEPT)


def worker_script(assets: Assets) -> bytes:
    known = {
        name: assets.url(name).lstrip("/") for name in assets.names() if name in AHEAD or name.startswith("pages/")
    }
    found = assets.find(SCRIPT)
    assert found is not None
    body = found[0].content
    version = hashlib.sha256(json.dumps(known).encode() + body).hexdigest()[:12]
    house = {"version": version, "assets": known, "ahead": AHEAD}
    return f"const HOUSE = {json.dumps(house)};\n".encode() + body


ROUTES = [show_worker, show_offline, show_pass]

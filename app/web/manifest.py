"""What a phone reads to put Hearth on its home screen. It does so over HTTPS (or on the machine itself) only.

Its addresses are relative to its own, so that it holds below any path.
"""

from __future__ import annotations

import json

from litestar import Response, get
from litestar.di import NamedDependency as Given

from app.web.locale import current_locale
from app.web.locale import gettext as _
from app.web.shared import Shared

ICONS = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any"),
         ("icon-maskable-512.png", "512x512", "maskable"), ("icon.svg", "any", "any"))  # fmt: skip
NIGHT = "#1a1612"


@get("/manifest.webmanifest", opt={"public": True}, sync_to_thread=False)
def show_manifest(shared: Given[Shared]) -> Response[bytes]:
    manifest = {
        "id": ".", "name": "Hearth", "short_name": "Hearth", "start_url": ".", "scope": ".", "display": "standalone",
        "lang": current_locale(), "background_color": NIGHT, "theme_color": NIGHT,
        "icons": [
            {"src": shared.assets.url(name).lstrip("/"), "sizes": sizes, "purpose": purpose}
            for name, sizes, purpose in ICONS
        ],
        # What another app shares arrives as a form, which only fills in the page to capture on.
        "share_target": {
            "action": "share", "method": "POST", "enctype": "multipart/form-data",
            "params": {"title": "title", "text": "text", "url": "url",
                       "files": [{"name": "files", "accept": ["*/*"]}]},
        },
        "shortcuts": [
            {"name": _("Catch a thought"), "url": "capture"},
            {"name": _("New note"), "url": "notes/new"},
            {"name": _("Search"), "url": "search"},
        ],
    }  # fmt: skip
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}
    return Response(json.dumps(manifest).encode(), headers=headers, media_type="application/manifest+json")


ROUTES = [show_manifest]

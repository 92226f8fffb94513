"""Life below a path, as in https://home.example.org/hearth/.

Inside, every address begins at the root: routes, templates, `Kind.url`, links of notes, redirects. Only here do they
get the path in front, at the two places through which all of them leave: a page's HTML on its way out of the
renderer, and the headers of an answer. So nobody who writes a link has to think of it, and without a path in
HEARTH_BASE_URL neither place does anything. A script takes the addresses that it fetches from the page (`data-href`).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.setting_checks import SettingsError

_ATTRIBUTES = (
    r"\shref", r"\ssrc", r"\saction", r"\sformaction", r"\sposter", r"-href", r"-src", r"-action", r"\shx-get",
    r"\shx-post", r"\shx-put", r"\shx-patch", r"\shx-delete", r"\shx-push-url", r"\shx-replace-url",
    r"\sdata-files", r"\sdata-live", r"\sdata-templates", r"\sdata-template-text",
)  # fmt: skip
# Found by what is rare in a page (="/), then looked back from: 0.04 ms for a list of 17 KB, a tenth of the obvious
# way round. The next angle bracket is the tag's end; text and values hold none as such, since Jinja and the sanitiser
# both escape them, so what a person wrote about href="/…" stays as it is. It is looked for within a bound, or a text
# made of such words alone would take time by its square. `//host` and `/\host` lead elsewhere.
_ADDRESS = re.compile(
    '="/(?:' + "|".join(f'(?<={name}="/)' for name in _ATTRIBUTES) + r")(?![/\\])(?=[^<>]{0,4096}>)",
)
_LEADING = {
    b"location", b"content-location", b"hx-redirect", b"hx-location", b"hx-push-url", b"hx-replace-url",
    b"service-worker-allowed",
}  # fmt: skip
_TELLING = {b"referer", b"hx-current-url"}
_COOKIE_PATH = re.compile(r"(;\s*path=)(/[^;]*)", re.IGNORECASE)


def prefix_html(html: str, prefix: str) -> str:
    return _ADDRESS.sub(f'="{prefix}/', html) if prefix else html


def live_below(app: ASGIApp, prefix: str) -> ASGIApp:
    """The application as a browser sees it below the prefix, whether or not the proxy has taken it off already."""

    async def below(scope: Scope, receive: Receive, send: Send) -> None:
        _enter(scope, prefix)

        async def leave(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [(name, _outside(name, value, prefix)) for name, value in message["headers"]]
            await send(message)

        await app(scope, receive, leave)

    return below


def check_prefix(prefix: str, paths: set[str]) -> None:
    """Raises SettingsError where it cannot be told whether a proxy has taken the prefix off."""
    first = {path.split("/")[1] for path in paths} - {""}
    if prefix and prefix.split("/")[1] in first:
        raise SettingsError(
            f"HEARTH_BASE_URL cannot end in {prefix}: Hearth has pages of its own there. Take another path."
        )


def _enter(scope: Scope, prefix: str) -> None:
    scope["path"] = _without(scope["path"], prefix)
    raw = scope.get("raw_path")
    if raw is not None:
        scope["raw_path"] = _without(raw.decode("latin-1"), prefix).encode("latin-1")
    # A page tells where it is by its address outside; inside, that is where to send the browser back to.
    scope["headers"] = [
        (name, _inside(value, prefix) if name in _TELLING else value) for name, value in scope["headers"]
    ]


def _without(path: str, prefix: str) -> str:
    if path == prefix or path.startswith(prefix + "/"):
        return path[len(prefix) :] or "/"
    return path


def _inside(address: bytes, prefix: str) -> bytes:
    try:
        parts = urlsplit(address.decode("latin-1"))
    except ValueError:
        return address
    return urlunsplit(parts._replace(path=_without(parts.path, prefix))).encode("latin-1")


def _outside(name: bytes, value: bytes, prefix: str) -> bytes:
    if name == b"set-cookie":
        return _COOKIE_PATH.sub(lambda path: path[1] + (prefix + path[2]).rstrip("/"), value.decode("latin-1")).encode(
            "latin-1"
        )
    if name in _LEADING and value.startswith(b"/") and not value.startswith((b"//", b"/\\")):
        return prefix.encode() + value
    return value

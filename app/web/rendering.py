"""Templates: one serves the whole page and each of its blocks alone.

A block's name is its element's id and htmx's target. A GET whose HX-Target names a block that the controller
allows gets that block; everything else, and htmx restoring its history, gets the page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, Template
from litestar import Request, Response
from markupsafe import Markup

from app.web import locale
from app.web.assets import Assets
from app.web.compression import ENCODING, compress, is_compressed
from app.web.kept import Kept
from app.web.prefix import prefix_html
from app.web.templates import make_environment
from app.web.toasts import FORGET, Toast

VARY = "Accept-Encoding, HX-Request, HX-Target, HX-History-Restore-Request, Cookie"
OWNER = "Hearth-Owner"
"""Whose a page is, for the service worker (static/pages/worker.js), which keeps it for nobody else."""
NOBODY = "nobody"
VARY_AT_THE_DOOR = VARY + ", Accept-Language"
"""Whoever is not signed in is spoken to as their browser asks."""

MOST_KEPT = 16_000_000
"""Characters of rendered pieces that a process keeps: some 25,000 rows, or 2,000 long notes."""
MOST_BODIES = 2_000_000
"""Bytes of whole answers, compressed, that a process keeps: some 400."""
FIRST_TAG = re.compile(r"<[a-z][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Look:
    """How a person wants their pages (static/css/settings.css); `system` leaves it to the device."""

    theme: str = "system"
    density: str = "calm"
    motion: str = "system"


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame around every page shows; `section` is the current entry of the rail, `toast` is shown once.

    `leaves_at`: when this account is deleted, for whoever asked for that. `waiting`: how much lies in the
    inbox, a hundred standing for all beyond.
    """

    section: str
    user_name: str
    csrf_token: str
    locale: str = "en"
    time_zone: str = "UTC"
    role: str = ""
    toast: Toast | None = None
    look: Look = Look()
    leaves_at: datetime | None = None
    waiting: int = 0
    user_key: str = ""
    """Tells what one person wrote in this browser from what another did; opens nothing."""


class Renderer:
    """Renders in the language of whoever asks; templates see `page`, `shell` and the environment's globals alone."""

    def __init__(self, assets: Assets, prefix: str = "") -> None:
        self.kept = Kept[str](MOST_KEPT)
        self._bodies = Kept[bytes](MOST_BODIES)
        self._prefix = prefix
        self._assets = assets
        self._environments: dict[str, Environment] = {}

    def environment(self) -> Environment:
        language = locale.current_locale()
        if language not in self._environments:
            self._environments[language] = environment = make_environment(language, self._assets.url)
            environment.globals["kept"] = self._kept_macro
        return self._environments[language]

    def macro(self, macro: str, **values: Any) -> Markup:
        """One macro of ui.html, rendered by itself."""
        return Markup(getattr(self.environment().globals["ui"], macro)(**values))  # noqa: S704 (a template's output)

    def _kept_macro(self, macro: str, shell: Shell) -> Markup:
        """A macro that shows nothing but the shell."""
        html = self.kept.find((macro, shell))
        return Markup(html if html is not None else self.kept.keep((macro, shell), self.macro(macro, shell=shell)))  # noqa: S704

    def html(self, name: str, page: object, shell: Shell | None, block: str | None = None) -> str:
        """What leaves the house: the one place where its addresses get the path that it lives below."""
        template = self.template(name)
        if block is None:
            return prefix_html(template.render(page=page, shell=shell), self._prefix)
        context = template.new_context({"page": page, "shell": shell})
        return prefix_html("".join(template.blocks[block](context)), self._prefix)

    def template(self, name: str) -> Template:
        template = self.environment().get_template(name)
        if not isinstance(template.globals, dict):
            # As the loader leaves it, a chain of mappings that each rendering copies key by key.
            template.globals = dict(template.globals)
        return template

    def response(
        self, request: Request[Any, Any, Any], name: str, page: object, *, shell: Shell | None,
        blocks: Collection[str] = (), status: int = 200, headers: Mapping[str, str] | None = None,
        keep: bool = False,
    ) -> Response[bytes]:  # fmt: skip
        """The page, or the one of `blocks` that htmx asked for.

        `keep`: one that is asked for again and again, and whose `page` can be hashed, is rendered and compressed once
        for as long as it shows the same.
        """
        target = request.headers.get("hx-target", "")
        restoring = request.headers.get("hx-history-restore-request") == "true"
        # An id may hold a hyphen, a block's name may not.
        block = target.replace("-", "_") if target in blocks and not restoring else None
        given = {**({} if shell else {"Vary": VARY_AT_THE_DOOR}), **(headers or {})}
        if shell and shell.user_key and block is None:
            given.setdefault(OWNER, shell.user_key)
        if shell and shell.toast and block is None:
            given["Set-Cookie"] = FORGET
        if keep and not (shell and shell.toast):
            accepted = request.headers.get("accept-encoding", "")
            return _send(self._kept_body(name, page, shell, block, accepted), status, given)
        return answer(request, self.html(name, page, shell, block), status, given)

    def _kept_body(self, name: str, page: object, shell: Shell | None, block: str | None, accepted: str) -> bytes:
        # Language and day are the only things that a template knows besides the two that it is given.
        key = name, block, page, shell, ENCODING in accepted, locale.current_locale(), locale.today()
        body = self._bodies.find(key)
        if body is None:
            body = self._bodies.keep(key, compress(self.html(name, page, shell, block).encode(), accepted))
        return body

    def fragments(
        self, request: Request[Any, Any, Any], name: str, page: object, blocks: Sequence[str], *, shell: Shell | None,
    ) -> Response[bytes]:  # fmt: skip
        """What a change answers htmx with: the target's block, then the others to be swapped out of band."""
        first, *others = (self.html(name, page, shell, block).strip() for block in blocks)
        return answer(request, "\n".join([first, *map(_out_of_band, others)]))


def is_fragment(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks for a piece (not for a whole page by a boosted link)."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def _out_of_band(html: str) -> str:
    return FIRST_TAG.sub(lambda tag: f'{tag.group()} hx-swap-oob="true"', html, count=1)


def answer(
    request: Request[Any, Any, Any], html: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    return _send(compress(html.encode(), request.headers.get("accept-encoding", "")), status, headers)


def _send(body: bytes, status: int, headers: Mapping[str, str] | None) -> Response[bytes]:
    given = {"Vary": VARY, "Cache-Control": "private, no-cache", **(headers or {})}
    if is_compressed(body):
        given["Content-Encoding"] = ENCODING
    return Response(body, status_code=status, media_type="text/html; charset=utf-8", headers=given)

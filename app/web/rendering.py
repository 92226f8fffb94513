"""Templates: one serves the whole page and each of its blocks alone.

A block's name is its element's id and htmx's target. A GET whose HX-Target names a block that the controller
allows gets that block; everything else, and htmx restoring its history, gets the page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from litestar import MediaType, Request, Response
from markupsafe import Markup

from app.settings import PROJECT, Settings
from app.web import locale
from app.web.assets import Assets

VARY = "HX-Request, HX-Target, HX-History-Restore-Request, Cookie"
FIRST_TAG = re.compile(r"<[a-z][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame around every page shows; `section` is the current entry of the rail."""

    section: str
    user_name: str
    csrf_token: str
    locale: str = "en"
    time_zone: str = "UTC"
    role: str = ""


class Renderer:
    """Holds the template environment; templates see `page`, `shell` and the globals set here, nothing else."""

    def __init__(self, settings: Settings, assets: Assets) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(PROJECT / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True, auto_reload=False, cache_size=-1,
            extensions=["jinja2.ext.i18n"],
        )  # fmt: skip
        self._environment.install_gettext_callables(locale.gettext, locale.ngettext, newstyle=True)  # type: ignore[attr-defined]
        self._environment.globals.update(asset=assets.url)
        self._environment.filters.update(
            day=locale.day, brief=locale.brief, moment=locale.moment, iso=locale.iso, number=locale.number
        )
        # A block that is rendered alone sees no import of its template's top level: hence a global.
        self._environment.globals["ui"] = self._environment.get_template("ui.html").module

    def template(self, name: str) -> Template:
        return self._environment.get_template(name)

    def macro(self, macro: str, **values: Any) -> Markup:
        """One macro of ui.html, rendered by itself."""
        return Markup(getattr(self._environment.globals["ui"], macro)(**values))  # noqa: S704 (a template's output)

    def html(self, name: str, page: object, shell: Shell | None, block: str | None = None) -> str:
        template = self.template(name)
        with locale.use_locale(shell.locale if shell else "en", shell.time_zone if shell else "UTC"):
            if block is None:
                return template.render(page=page, shell=shell)
            return "".join(template.blocks[block](template.new_context({"page": page, "shell": shell})))

    def response(
        self, request: Request[Any, Any, Any], name: str, page: object, *, shell: Shell | None,
        blocks: Collection[str] = (), status: int = 200, headers: Mapping[str, str] | None = None,
    ) -> Response[str]:  # fmt: skip
        """The page, or the one of `blocks` that htmx asked for."""
        target = request.headers.get("hx-target", "")
        restoring = request.headers.get("hx-history-restore-request") == "true"
        # An id may hold a hyphen, a block's name may not.
        block = target.replace("-", "_") if target in blocks and not restoring else None
        return _answer(self.html(name, page, shell, block), status, headers)

    def fragments(
        self, name: str, page: object, blocks: Sequence[str], *, shell: Shell | None, status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response[str]:  # fmt: skip
        """What a change answers htmx with: the target's block, then the others to be swapped out of band."""
        first, *others = (self.html(name, page, shell, block).strip() for block in blocks)
        return _answer("\n".join([first, *map(_out_of_band, others)]), status, headers)


def is_fragment(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks for a piece (not for a whole page by a boosted link)."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-boosted") != "true"


def _out_of_band(html: str) -> str:
    return FIRST_TAG.sub(lambda tag: f'{tag.group()} hx-swap-oob="true"', html, count=1)


def _answer(html: str, status: int, headers: Mapping[str, str] | None) -> Response[str]:
    given = {"Vary": VARY, "Cache-Control": "private, no-cache", **(headers or {})}
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=given)

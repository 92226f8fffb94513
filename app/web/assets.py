"""Static files under names that carry their content's hash, compressed once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from posixpath import dirname, normpath, relpath

import brotli
from litestar import MediaType

# Order of the cascade layers; what is not named here follows in the order of names.
CSS_ORDER = ("tokens", "base", "prose", "shell", "forms", "lists", "note", "properties")
# All that the page to capture on needs, which has to be there at once on a slow line.
CAPTURE_CSS = ("tokens", "base", "shell", "forms", "lists", "toast", "settings", "switcher", "outbox")
# What a module of ours imports, always by a path beside its own.
IMPORT = re.compile(rb'(?:(?<= from ")|(?<=^import "))\.{1,2}/[a-z0-9_./-]+\.js(?=";)', re.MULTILINE)
TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/manifest+json")


@dataclass(frozen=True)
class Asset:
    name: str
    content: bytes
    media_type: str

    @cached_property
    def hash(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:12]

    @cached_property
    def brotli(self) -> bytes | None:
        # Once per process, so the slowest quality is the right one.
        return brotli.compress(self.content, quality=11) if self.media_type.startswith(TEXT) else None

    @cached_property
    def gzip(self) -> bytes | None:
        return gzip.compress(self.content, 9) if self.media_type.startswith(TEXT) else None

    @property
    def url(self) -> str:
        stem, dot, ending = self.name.rpartition(".")
        return f"/static/{stem}.{self.hash}{dot}{ending}"


class Assets:
    """Every file below a folder, and three bundles made of them: app.css, app.js, and capture.css, a light one."""

    def __init__(self, folder: Path) -> None:
        assets = _linked([_read(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()])
        assets += [_bundle_css(assets), _bundle_css(assets, "capture.css", CAPTURE_CSS), _bundle_js(assets)]
        self._by_name = {asset.name: asset for asset in assets}
        self._by_url = {asset.url: asset for asset in assets}

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for one that is not there, so a template cannot name it."""
        return self._by_name[name].url

    def names(self) -> list[str]:
        return list(self._by_name)

    def find(self, path: str) -> tuple[Asset, bool] | None:
        """The asset of a path below /static/, and whether the path carries its hash."""
        hashed = self._by_url.get(f"/static/{path}")
        plain = self._by_name.get(path)
        return (hashed, True) if hashed else (plain, False) if plain else None


def _read(folder: Path, path: Path) -> Asset:
    media_type = mimetypes.guess_type(path.name)[0] or MediaType.TEXT
    return Asset(path.relative_to(folder).as_posix(), path.read_bytes(), _with_charset(media_type))


def _with_charset(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _linked(assets: list[Asset]) -> list[Asset]:
    """The modules of `editor/` and `atlas/` with the hashed names of what they import, so all are kept for ever."""
    by_name = {asset.name: asset for asset in assets}
    done: dict[str, Asset] = {}

    def link(name: str) -> Asset:
        if name not in done:
            done[name] = asset = by_name[name]
            if name.startswith(("atlas/", "editor/")) and name.endswith(".js"):
                content = IMPORT.sub(lambda path: _import_path(name, link(_neighbour(name, path[0]))), asset.content)
                done[name] = replace(asset, content=content)
        return done[name]

    return [link(asset.name) for asset in assets]


def _neighbour(name: str, path: bytes) -> str:
    return normpath(f"{dirname(name)}/{path.decode()}")


def _import_path(name: str, imported: Asset) -> bytes:
    path = relpath(imported.url, f"/static/{dirname(name)}")
    return (path if path.startswith(".") else f"./{path}").encode()


def _bundle_css(assets: list[Asset], bundle: str = "app.css", chosen: Collection[str] = ()) -> Asset:
    sheets = {a.name[4:-4]: a for a in assets if a.name.startswith("css/") and a.name.endswith(".css")}
    sheets = {name: sheet for name, sheet in sheets.items() if not chosen or name in chosen}
    names = [*(n for n in CSS_ORDER if n in sheets), *(n for n in sheets if n not in CSS_ORDER)]
    order = f"@layer {', '.join(names)};\n".encode()
    return Asset(bundle, order + b"\n".join(sheets[name].content for name in names), "text/css; charset=utf-8")


def _bundle_js(assets: list[Asset]) -> Asset:
    """htmx first, then our own elements; plain scripts, so one file may hold them all."""
    names = [a for a in assets if a.name.startswith("vendor/htmx/") and a.name.endswith(".js")]
    names += [a for a in assets if a.name.startswith("js/") and a.name.endswith(".js")]
    body = b"\n;\n".join(asset.content for asset in names)
    return Asset("app.js", body, "text/javascript; charset=utf-8")

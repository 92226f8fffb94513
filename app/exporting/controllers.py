"""Take everything with you: asked for here, made by the worker, fetched by its owner alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import File, Redirect

from app.core.errors import NotFound
from app.exporting.running import KEPT, archive_path
from app.web.auth import Reading, Visitor
from app.web.shared import Shared

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

LAST = """
select id, has_history, state, done, total, size, error, created_at, ended_at,
       exists (select from heartbeats where role = 'worker' and at > now() - interval '30 seconds') as worker_lives
  from exports order by created_at desc, id desc limit 1"""
ASK = "insert into exports (user_id, has_history) values ($1, $2) on conflict do nothing"
READY = "select ended_at from exports where id = $1 and state = 'done'"


@dataclass(frozen=True, slots=True)
class ExportPage:
    """The newest export, if there was one; `href` is where a finished one is fetched until `until`."""

    state: str = ""
    has_history: bool = False
    done: int = 0
    total: int | None = None
    mebibytes: float = 0.0
    error: str = ""
    worker_lives: bool = True
    href: str = ""
    until: datetime | None = None

    @property
    def is_at_work(self) -> bool:
        return self.state in ("waiting", "running")


@get("/export")
async def show_export(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = _page(await reading.connection.fetchrow(LAST))
    return shared.pages.response(
        request, "exporting/index.html", page, shell=reading.shell("settings"), blocks=("export",)
    )


@post("/export", status_code=303)
async def ask_for_export(data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await connection.execute(ASK, visitor.user_id, data.get("history") == "on")
    return Redirect("/export", status_code=303)


@get("/exports/{export_id:uuid}")
async def fetch_export(export_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]) -> File:
    ended = await reading.connection.fetchval(READY, export_id)
    path = archive_path(shared.settings.exports_dir, export_id)
    if ended is None or ended + KEPT < datetime.now(UTC) or not path.is_file():
        raise NotFound
    return File(
        path, filename=f"hearth-{ended:%Y-%m-%d}.zip", media_type="application/zip",
        content_disposition_type="attachment", headers={"Cache-Control": "private, no-store"},
    )  # fmt: skip


def _page(row: asyncpg.Record | None) -> ExportPage:
    if row is None:
        return ExportPage()
    until = row["ended_at"] + KEPT if row["ended_at"] else None
    is_over = row["state"] == "done" and until is not None and until < datetime.now(UTC)
    return ExportPage(
        "gone" if is_over else row["state"], row["has_history"], row["done"], row["total"],
        max(0.1, round((row["size"] or 0) / 2**20, 1)), row["error"], row["worker_lives"],
        f"/exports/{row['id']}" if row["state"] == "done" and not is_over else "", until,
    )  # fmt: skip


ROUTES = [show_export, ask_for_export, fetch_export]

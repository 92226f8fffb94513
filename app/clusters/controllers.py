"""Clusters over HTTP: the list with its map, one with its members, and what a person makes of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.clusters import deeds, queries, service
from app.clusters.pages import A_PAGE, ClusterPage, cluster_page, clusters_page
from app.core.errors import Conflict, Invalid, NotFound
from app.web.auth import Reading, Visitor, make_shell
from app.web.fields import read_id
from app.web.locale import gettext as _
from app.web.paging import decode_cursor
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/clusters")
async def list_clusters(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    connection = reading.connection
    rows = await queries.list_clusters(connection)
    page = clusters_page(
        rows, await queries.read_first(connection, [row["id"] for row, _size in rows]), shared.kinds,
        await queries.read_finding(connection), await queries.count_loose(connection),
        is_without_meaning=await shared.models.answering(connection) is None,
    )  # fmt: skip
    return shared.pages.response(request, "clusters/index.html", page, shell=reading.shell("clusters"))


@get("/clusters/{cluster_id:uuid}")
async def show_cluster(
    request: Request, cluster_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await queries.find_cluster(reading.connection, cluster_id)
    if row is not None and row["merged_into"]:
        return Redirect(f"/clusters/{row['merged_into']}", status_code=303)
    page = await _page(reading.connection, shared, cluster_id, request.query_params.get("after"))
    shell = reading.shell("clusters")
    return shared.pages.response(request, "clusters/show.html", page, shell=shell)


@post("/clusters/{cluster_id:uuid}/name", status_code=303)
async def rename(
    request: Request, cluster_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Field `label`; empty, the cluster is called by its words again."""
    try:
        async with shared.database.reading(visitor.user_id) as connection:
            await service.rename(connection, cluster_id, data.get("label", ""))
    except Invalid as error:
        return await _refuse(request, visitor, shared, cluster_id, str(error), error.status)
    return say(_to(cluster_id), _("Saved."))


@post("/clusters/{cluster_id:uuid}/lock", status_code=303)
async def lock(cluster_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    is_locked = data.get("locked") == "1"
    async with shared.database.reading(visitor.user_id) as connection:
        await service.set_lock(connection, cluster_id, is_locked=is_locked)
    told = _("Locked: no night changes it.") if is_locked else _("Unlocked: nights find it anew.")
    return say(_to(cluster_id), told)


@post("/clusters/{cluster_id:uuid}/merge", status_code=303)
async def merge(cluster_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Field `into`: the one that it becomes part of."""
    async with shared.database.reading(visitor.user_id) as connection:
        await deeds.lock_pair(connection, cluster_id)
        into = read_id(data.get("into", ""))
        await service.merge(connection, cluster_id, into)
    return say(_to(into), _("The two are one now."))


@post("/clusters/{cluster_id:uuid}/split", status_code=303)
async def split(
    request: Request, cluster_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    try:
        async with shared.database.reading(visitor.user_id) as connection:
            await service.split(connection, cluster_id)
    except Conflict as error:
        return await _refuse(request, visitor, shared, cluster_id, str(error), error.status)
    return say(_to(cluster_id), _("It is two now; the smaller one is new, and is named in the next night."))


@post("/clusters/{cluster_id:uuid}/members", status_code=303)
async def pin(cluster_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Fields `record` and `pinned`."""
    is_pinned = data.get("pinned") == "1"
    async with shared.database.reading(visitor.user_id) as connection:
        await deeds.lock_pair(connection, cluster_id)
        await service.pin(connection, cluster_id, read_id(data.get("record", "")), is_pinned=is_pinned)
    told = _("Pinned: it stays in this cluster.") if is_pinned else _("Unpinned.")
    return say(_to(cluster_id), told)


@post("/clusters/{cluster_id:uuid}/remove", status_code=303)
async def remove(cluster_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Field `record`."""
    async with shared.database.reading(visitor.user_id) as connection:
        await deeds.lock_pair(connection, cluster_id)
        await service.remove(connection, cluster_id, read_id(data.get("record", "")))
    return say(_to(cluster_id), _("Taken out; no night puts it in again."))


@post("/clusters/deeds/{deed_id:uuid}/take-back", status_code=303)
async def take_back(deed_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        cluster_id = await deeds.take_back(connection, deed_id)
    return say(_to(cluster_id), _("As it was before."))


async def _page(
    connection: asyncpg.Connection, shared: Shared, cluster_id: UUID, after: str | None = None, error: str = ""
) -> ClusterPage:
    row = await queries.find_cluster(connection, cluster_id)
    if row is None or row["dissolved_at"] is not None:
        raise NotFound
    start = _read_cursor(after) if after else queries.FIRST_PAGE
    return cluster_page(
        row, await queries.count_members(connection, cluster_id),
        await queries.list_members(connection, cluster_id, start, A_PAGE + 1),
        await queries.list_removed(connection, cluster_id), await queries.list_clusters(connection),
        await deeds.find_latest(connection, cluster_id), shared.kinds, error,
    )  # fmt: skip


async def _refuse(
    request: Request, visitor: Visitor, shared: Shared, cluster_id: UUID, error: str, status: int
) -> Response:
    async with shared.database.reading(visitor.user_id) as connection:
        page = await _page(connection, shared, cluster_id, error=error)
    shell = make_shell(request, visitor, "clusters")
    return shared.pages.response(request, "clusters/show.html", page, shell=shell, status=status)


def _read_cursor(after: str) -> tuple[bool, float, UUID]:
    is_loose, minus_confidence, record_id = decode_cursor(after, bool, float, UUID)
    return is_loose, minus_confidence, record_id


def _to(cluster_id: UUID) -> Redirect:
    return Redirect(f"/clusters/{cluster_id}", status_code=303)


ROUTES = [list_clusters, show_cluster, rename, lock, merge, split, pin, remove, take_back]

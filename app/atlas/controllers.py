"""The whole graph over HTTP: its page, the card of a record, and what the drawing is made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.atlas.cards import make_card, read_at
from app.atlas.encoding import encode
from app.atlas.narrowing import View, read_view
from app.atlas.pages import GraphPage, community_names, graph_form, graph_list
from app.atlas.reading import read_graph, read_shown, this_hour
from app.topics.queries import busiest_topics
from app.web.auth import Reading
from app.web.kept import Kept
from app.web.rendering import VARY
from app.web.shared import Shared

ANSWERS = Kept[bytes](8_000_000)
"""Of the last who asked: some forty whole graphs of ten thousand nodes, compressed."""


@get("/graph")
async def show_graph(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response[Any]:
    connection, user_id = reading.connection, reading.visitor.user_id
    view = read_view(request.query_params, shared.kinds)
    record_id = await read_at(connection, user_id, view.at) if view.at else None
    view = replace(view, at=str(record_id or ""))
    _state, graph = await read_graph(connection, user_id, shared.kinds)
    shown, topic_is_there = await read_shown(connection, user_id, view, graph)
    names = community_names(graph)
    topics = [row["label"] for row in await busiest_topics(connection)]
    listed = graph_list(
        shown, view, shared.kinds, names, topic_is_there=topic_is_there,
        waits=not bool(graph.without_self().is_placed.all()), now=datetime.now(UTC),
    )  # fmt: skip
    card = await make_card(connection, record_id, view, shown.graph, names, shared.kinds) if record_id else None
    page = GraphPage(view, graph_form(view, shared.kinds, topics), listed, card)
    return shared.pages.response(
        request, "atlas/index.html", page, shell=reading.shell("graph"), blocks=("graph-list", "card")
    )


@get("/graph/data")
async def send_graph(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response[bytes]:
    view = read_view(request.query_params, shared.kinds).narrowing
    state, graph = await read_graph(reading.connection, reading.visitor.user_id, shared.kinds)
    key = _key(reading, state, view)
    headers = {"ETag": f'"{key}"', "Cache-Control": "private, no-cache", "Vary": VARY}
    if key in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type="application/octet-stream")
    body = ANSWERS.find(key)
    if body is None:
        shown, _topic = await read_shown(reading.connection, reading.visitor.user_id, view, graph)
        body = ANSWERS.keep(key, encode(shown, tuple(shared.kinds), this_hour()))
    headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type="application/octet-stream")


def _key(reading: Reading, state: str, view: View) -> str:
    said = (str(reading.visitor.user_id), state, view.query(), this_hour().isoformat(), reading.visitor.time_zone)
    return sha256("\n".join(said).encode()).hexdigest()[:32]


ROUTES = [show_graph, send_graph]

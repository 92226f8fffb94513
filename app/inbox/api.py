"""Catching by programs: a personal token with the scope `capture`, a JSON body or plain text (docs/capture.md)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given

from app.captures.kind import TYPES
from app.captures.service import MOST_TAGS, CaptureFields, capture
from app.core.errors import Invalid
from app.web.bearer import Bearer, needs
from app.web.locale import gettext as _
from app.web.shared import Shared

COUNT = "select exists (select from captures where client_id = $1)"
FIELDS = {
    "content": {"type": "string", "description": "What was thought; may be empty where there is a url."},
    "type": {"type": "string", "enum": list(TYPES), "description": "Guessed from the content where it is left out."},
    "url": {"type": "string", "description": "What it points at."},
    "title": {"type": "string", "description": "Of what it points at."},
    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": MOST_TAGS},
    "client_id": {"type": "string", "format": "uuid", "description": "The same one catches nothing twice."},
}
ANSWER = {
    "type": "object",
    "properties": {"id": {"type": "string", "format": "uuid"}, "type": {"type": "string"}, "url": {"type": "string"}},
}


@post("/api/captures", opt=needs("capture"), status_code=201)
async def catch_by_token(request: Request, bearer: Given[Bearer], shared: Given[Shared]) -> Response[dict[str, str]]:
    fields = _read(request.headers.get("content-type", ""), await request.body())
    known = bool(fields.client_id) and await bearer.connection.fetchval(COUNT, fields.client_id)
    async with shared.database.writing(bearer.user_id) as session:
        caught = await capture(session, bearer.user_id, fields)
        answer = {"id": str(caught.id), "type": caught.capture_type, "url": shared.kinds["capture"].url(caught.id)}
    answer["url"] = shared.settings.prefix + answer["url"]
    return Response(answer, status_code=200 if known else 201)


def _read(media_type: str, body: bytes) -> CaptureFields:
    try:
        text = body.decode()
        given: Any = json.loads(text) if media_type.startswith("application/json") else {"content": text}
    except ValueError:
        raise Invalid(_("Send JSON, or plain text as UTF-8.")) from None
    if not isinstance(given, dict):
        raise Invalid(_("Send one JSON object."))
    words = {name: given.get(name) or "" for name in ("content", "type", "url", "title", "client_id")}
    tags = given.get("tags") or []
    if not all(isinstance(value, str) for value in words.values()) or not isinstance(tags, list):
        raise Invalid(_("Each field is a text, and tags are a list of texts."))
    try:
        client_id = UUID(words["client_id"]) if words["client_id"] else None
    except ValueError:
        raise Invalid(_("client_id is no UUID.")) from None
    return CaptureFields(
        words["content"], words["type"] or None, words["url"] or None, [str(tag) for tag in tags], "api", client_id,
        words["title"],
    )  # fmt: skip


@get("/api/openapi.json", opt={"public": True})
async def describe_api(shared: Given[Shared]) -> dict[str, Any]:
    """What programs may call, by OpenAPI 3.1."""
    refused = {"description": "A sentence in `error`."}
    body = {"type": "object", "properties": FIELDS}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hearth", "version": "1"},
        "servers": [{"url": f"{shared.settings.prefix}/"}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
        "paths": {
            "/api/captures": {"post": {
                "operationId": "capture", "summary": "Put something into the inbox.",
                "description": "The token needs the scope `capture`. Cookies are ignored.",
                "requestBody": {"required": True, "content": {
                    "application/json": {"schema": body}, "text/plain": {"schema": {"type": "string"}},
                }},
                "responses": {
                    "201": {"description": "Caught.", "content": {"application/json": {"schema": ANSWER}}},
                    "200": {"description": "The same client_id was caught before: that capture.",
                            "content": {"application/json": {"schema": ANSWER}}},
                    "400": refused, "401": refused, "403": refused,
                },
            }},
            "/api/me": {"get": {
                "operationId": "me", "summary": "Whose token this is and what it may do.",
                "responses": {"200": {"description": "Name, scopes, end."}, "401": refused, "403": refused},
            }},
        },
    }  # fmt: skip


ROUTES = [catch_by_token, describe_api]

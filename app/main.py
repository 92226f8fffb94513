"""The web application: the one place that knows every controller."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ASGIApp

import app.account.app_passwords
import app.account.audit
import app.account.controllers
import app.account.joining
import app.account.leaving
import app.account.members
import app.account.passkey_pages
import app.account.second_step_pages
import app.account.settings_controllers
import app.account.tokens
import app.atlas.controllers
import app.backup.controllers
import app.birthdays.controllers
import app.bookmarks.controllers
import app.clusters.controllers
import app.contacts.card_export
import app.contacts.controllers
import app.contacts.duplicate_pages
import app.contacts.merge_pages
import app.contacts.own_card_pages
import app.contacts.pictures
import app.contacts.showing
import app.dav.controllers
import app.days.controllers
import app.demo.controllers
import app.digest.controllers
import app.enriching.controllers
import app.exporting.controllers
import app.folders.controllers
import app.frame.controllers
import app.graph.controllers
import app.graph.path_controllers
import app.groups.controllers
import app.groups.selected
import app.health.controllers
import app.heat.controllers
import app.history.controllers
import app.history.version_pages
import app.home.controllers
import app.importing.controllers
import app.importing.from_notes
import app.importing.people_pages
import app.inbox.api
import app.inbox.capturing
import app.inbox.catching
import app.inbox.controllers
import app.insights.controllers
import app.interactions.controllers
import app.interactions.person_files
import app.learning.controllers
import app.naming.controllers
import app.notes.about_pages
import app.notes.attaching
import app.notes.controllers
import app.notes.copying
import app.notes.editing
import app.notes.files
import app.notes.lists
import app.notes.mention_links
import app.notes.merging
import app.notes.saving
import app.notes.selected
import app.notes.taking
import app.notes.tasks
import app.notes.template_pages
import app.privacy.controllers
import app.privacy.model_pages
import app.processing.controllers
import app.properties.controllers
import app.properties.lists
import app.reminders.controllers
import app.search.controllers
import app.search.keeping
import app.search.model_pages
import app.search.near
import app.sleep.controllers
import app.stacks.controllers
import app.switcher.completing
import app.switcher.controllers
import app.switcher.following
import app.tls.controllers
import app.topics.controllers
import app.trash.controllers
import app.web.live
import app.web.manifest
import app.web.offline
from app.asleep import ASLEEP
from app.core.database import Database
from app.core.errors import HearthError, SignInNeeded
from app.core.panels import Panel, TodayPanel
from app.core.sealing import unseal
from app.frame.panels import read_frame
from app.groups.panels import read_groups
from app.insights.panels import read_cards
from app.interactions.panels import read_interactions, read_last
from app.kinds import KINDS
from app.ports.blobs import open_blobs
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.privacy.reading import MeaningDoor
from app.reminders.panels import read_next, read_reminders
from app.settings import PROJECT, Settings, kept_secret
from app.targets import TARGETS
from app.web.assets import Assets
from app.web.auth import (
    CsrfSecret,
    check_request,
    hear_language,
    is_for_programs,
    provide_reading,
    provide_visitor,
    sign_in_address,
)
from app.web.bearer import provide_bearer, show_problem
from app.web.changes import Changes
from app.web.errors import error_words, show_error
from app.web.headers import add_security_headers
from app.web.outbox import wants_json
from app.web.patience import end_all
from app.web.prefix import check_prefix, live_below
from app.web.proxies import believe_proxies, secure_cookies
from app.web.rendering import Renderer
from app.web.shared import Shared
from app.web.static import serve_asset

log = structlog.get_logger()
KEYS = ("/join/", "/reset/", "/feeds/", "/digest/")
DOMAINS = (
    app.account.app_passwords, app.account.audit, app.account.controllers, app.account.joining, app.account.leaving,
    app.account.members, app.account.passkey_pages, app.account.second_step_pages, app.account.settings_controllers,
    app.account.tokens, app.atlas.controllers, app.backup.controllers, app.birthdays.controllers,
    app.bookmarks.controllers, app.clusters.controllers, app.contacts.card_export, app.contacts.controllers,
    app.contacts.duplicate_pages, app.contacts.merge_pages, app.contacts.own_card_pages, app.contacts.pictures,
    app.contacts.showing, app.dav.controllers, app.days.controllers, app.demo.controllers, app.digest.controllers,
    app.enriching.controllers, app.exporting.controllers, app.folders.controllers, app.frame.controllers,
    app.graph.controllers, app.graph.path_controllers, app.groups.controllers, app.groups.selected,
    app.health.controllers, app.heat.controllers, app.history.controllers, app.history.version_pages,
    app.home.controllers, app.importing.controllers, app.importing.from_notes, app.importing.people_pages,
    app.inbox.api, app.inbox.capturing, app.inbox.catching, app.inbox.controllers, app.insights.controllers,
    app.interactions.controllers, app.interactions.person_files, app.learning.controllers, app.naming.controllers,
    app.notes.about_pages, app.notes.attaching, app.notes.controllers, app.notes.copying, app.notes.editing,
    app.notes.files, app.notes.lists, app.notes.mention_links, app.notes.merging, app.notes.saving, app.notes.selected,
    app.notes.taking, app.notes.tasks, app.notes.template_pages, app.privacy.controllers, app.privacy.model_pages,
    app.processing.controllers, app.properties.controllers, app.properties.lists, app.reminders.controllers,
    app.search.controllers, app.search.keeping, app.search.model_pages, app.search.near, app.sleep.controllers,
    app.stacks.controllers, app.switcher.completing, app.switcher.controllers, app.switcher.following,
    app.tls.controllers, app.topics.controllers, app.trash.controllers, app.web.live, app.web.manifest, app.web.offline,
)  # fmt: skip

# What is shown on the pages of records by parts of the house that those pages know nothing of.
PANELS: tuple[Panel, ...] = (
    Panel("last", "interactions/_last.html", read_last),
    Panel("next", "reminders/_next.html", partial(read_next, KINDS)),
    Panel("body", "interactions/_panel.html", read_interactions),
    Panel("body", "reminders/_section.html", partial(read_reminders, KINDS)),
    Panel("margin", "frame/_panel.html", read_frame),
    Panel("margin", "groups/_panel.html", read_groups),
)
TODAY: tuple[TodayPanel, ...] = (TodayPanel("insights/_today.html", partial(read_cards, KINDS)),)


def create_app(settings: Settings) -> Litestar:
    """The application for these settings (with every URL filled in). Nothing is opened before it starts."""
    assert settings.app_database_url
    database = Database(
        settings.app_database_url,
        connections=settings.database_connections,
        transaction_pooler=settings.transaction_pooler,
    )
    pages = Renderer(assets := Assets(PROJECT / "static"), settings.prefix)
    models = Models(make_embedder(settings.embedding), partial(unseal, settings), MeaningDoor(KINDS))
    changes = Changes(settings.app_database_url, can_listen=not settings.transaction_pooler)
    blobs = open_blobs(settings)
    shared = Shared(settings, database, pages, assets, blobs, models, changes, KINDS, TARGETS, PANELS, TODAY, ASLEEP)
    application = Litestar(
        route_handlers=[serve_asset, *(route for domain in DOMAINS for route in domain.ROUTES)],
        dependencies={
            "shared": Provide(lambda: shared, sync_to_thread=False),
            "reading": Provide(provide_reading),
            "visitor": Provide(provide_visitor),
            "bearer": Provide(provide_bearer),
        },
        before_request=check_request,
        exception_handlers={
            SignInNeeded: _ask_to_sign_in,
            HearthError: partial(_show, pages),
            HTTPException: partial(_show, pages),
            Exception: partial(_show_fault, pages),
        },
        middleware=[add_security_headers],
        lifespan=[partial(_living, settings, database, changes)],
        openapi_config=None,
        request_max_body_size=settings.max_upload_mb * 2**20,
        debug=False,
    )
    application.state.database, application.state.changes = database, changes
    application.state.csrf_secret = CsrfSecret(kept_secret(settings, "csrf_key").encode())
    check_prefix(settings.prefix, {route.path for route in application.routes})
    # Before any route is found, hence no middleware, which Litestar runs after that.
    application.asgi_handler = _at_the_edge(application.asgi_handler, settings)
    return application


def _at_the_edge(handler: ASGIApp, settings: Settings) -> ASGIApp:
    """What stands between the server and the routes; nothing at all where nothing is configured."""
    if settings.prefix:
        handler = live_below(handler, settings.prefix)
    if settings.proxies or settings.serves_tls:
        handler = secure_cookies(handler)
    return believe_proxies(handler, settings.proxies) if settings.proxies else handler


@asynccontextmanager
async def _living(settings: Settings, database: Database, changes: Changes, _app: Litestar) -> AsyncIterator[None]:
    await _tell_setup_code(settings, database)
    yield
    changes.end()
    await end_all()
    await database.close()


async def _tell_setup_code(settings: Settings, database: Database) -> None:
    async with database.anonymous() as connection:
        if not await connection.fetchval("select gate_user_exists()"):
            code = settings.setup_code or kept_secret(settings, "setup_code")
            print(
                f"Nobody lives here yet. From another machine the first-run page asks for this code: {code}",
                flush=True,
            )


def _loggable(path: str) -> str:
    """An invitation's, a reset's, a feed's and a mail's addresses are keys: none may stand in a log."""
    return f"/{path.split('/')[1]}/…" if path.startswith(KEYS) else path


def _ask_to_sign_in(request: Request[Any, Any, Any], _error: SignInNeeded) -> Response[Any]:
    address = sign_in_address(request)
    if wants_json(request):
        return show_problem(401, error_words(401)[1])
    if request.headers.get("hx-request") == "true":
        # A redirect would be swapped into the middle of the page: htmx goes there by this header.
        return Response("", status_code=401, headers={"HX-Redirect": address})
    return Redirect(address, status_code=303)


def _show(pages: Renderer, request: Request[Any, Any, Any], error: HearthError | HTTPException) -> Response[Any]:
    status = error.status if isinstance(error, HearthError) else error.status_code
    if status >= 500:
        log.exception("request.failed", path=_loggable(request.url.path), error=str(error))
    hear_language(request)  # an address that no route has was never heard
    sentence = str(error) if isinstance(error, HearthError) else ""
    if is_for_programs(request) or wants_json(request):
        return show_problem(status, sentence or error_words(status)[1])
    return show_error(pages, request, status, sentence)


def _show_fault(pages: Renderer, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    unreachable = isinstance(error, OSError) or type(error).__module__.startswith("asyncpg")
    log.exception("request.failed", path=_loggable(request.url.path), error=type(error).__name__)
    status = 503 if unreachable else 500
    if is_for_programs(request) or wants_json(request):
        return show_problem(status, error_words(status)[1])
    return show_error(pages, request, status, "")

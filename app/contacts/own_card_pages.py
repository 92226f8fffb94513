"""The page on which somebody takes over what a card knows better of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.response import Redirect
from sqlalchemy import text

from app.contacts.fields import ROW_TYPES
from app.contacts.labelling import field_label, list_label, value_label
from app.contacts.merge_pages import shown_row
from app.contacts.own_cards import News, Offer, next_offer, take_over
from app.web.auth import Visitor, make_shell
from app.web.fields import read_id
from app.web.file_rows import file_href, thumbnail_href
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say


@dataclass(frozen=True, slots=True)
class Offered:
    """`picture` is the address of one, which stands in the place of `shown`."""

    key: str
    label: str
    shown: str
    instead: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class OwnCardPage:
    """`id` is None where no card says anything new."""

    own_href: str
    id: UUID | None = None
    name: str = ""
    offered: tuple[Offered, ...] = ()


@get("/people/own-card")
async def show_own_card(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    async with shared.database.writing(visitor.user_id) as session:
        own = await session.scalar(text("select id from contacts where is_self"))
        offer = await next_offer(session)
    page = own_card_page(f"/people/{own}", offer)
    shell = make_shell(request, visitor, "people")
    return shared.pages.response(request, "contacts/own_card.html", page, shell=shell)


@post("/people/own-card", status_code=303)
async def take_own_card(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Fields `take`; with `leave` the card is done with, and nothing is taken."""
    form = await request.form()
    card_id = read_id(form.get("id", ""))
    keys = [] if "leave" in form else [str(key) for key in form.getall("take", [])]
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await take_over(session, card_id, keys)
        own = await session.scalar(text("select id from contacts where is_self"))
        more = await next_offer(session)
    back = Redirect("/people/own-card" if more else f"/people/{own}", status_code=303)
    return say(back, _("Taken over."), action_id) if keys else say(back, _("Left as it is."))


def own_card_page(own_href: str, offer: Offer | None) -> OwnCardPage:
    if offer is None:
        return OwnCardPage(own_href)
    picture = thumbnail_href(file_href(*offer.file)) if offer.file else ""
    return OwnCardPage(own_href, offer.id, offer.name, tuple(_offered(news, picture) for news in offer.news))


def _offered(news: News, picture: str) -> Offered:
    if news.field == "avatar":
        return Offered(news.key, _("Picture"), "", _("the picture there is") if news.instead else "", picture)
    if news.field in ROW_TYPES:
        return Offered(news.key, list_label(news.field), shown_row(news.value), "")
    instead = value_label(news.field, news.instead) if news.instead else ""
    return Offered(news.key, field_label(news.field), value_label(news.field, news.value), instead)


ROUTES = [show_own_card, take_own_card]

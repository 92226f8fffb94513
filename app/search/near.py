"""A record's five nearest in meaning, loaded after its page so that the page never waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath

from app.core.database import plan_for_one
from app.core.errors import NotFound
from app.ports.models import Models
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.shared import Shared

MOST = 5
# Two texts' means lie nearer to each other than a question to its answer: so much of what is left above the bound for
# those is asked for (0.4 for the model that comes along).
ALIKE = 1 / 6

RECORD = "select id, kind, title, preview from records where id = $1"

# As a search looks through all that a person has (app/search/queries.py): by sketches first.
# The record's mean against each passage of the others: what is near to the whole, not to one line of it.
NEAREST = """
with own as materialized (
    select avg(v.embedding) as mean, binary_quantize(avg(v.embedding)) as sketch from passages p
      join vectors v on v.user_id = p.user_id and v.model_id = $2 and v.text_hash = p.text_hash
     where p.record_id = $1),
sketched as materialized (
    select text_hash from vectors where model_id = $2 and (select mean from own) is not null
     order by sketch <~> (select sketch from own) limit 500),
near as materialized (
    select v.text_hash, 1 - (v.embedding <=> (select mean from own)) as cosine from sketched s
      join vectors v on v.user_id = app_user_id() and v.model_id = $2 and v.text_hash = s.text_hash
     order by v.embedding <=> (select mean from own) limit 80),
shown as (
    select p.record_id, n.cosine from near n join passages p on p.text_hash = n.text_hash
      join records r on r.id = p.record_id
     where p.record_id <> $1 and r.deleted_at is null and r.archived_at is null and r.kind <> 'topic'),
best as (select record_id, max(cosine) as cosine from shown group by record_id)
select r.id, r.kind, r.title, r.preview, b.cosine from best b join records r on r.id = b.record_id
 where b.cosine >= $3 and not exists (select from contacts c where c.id = r.id and c.is_self)
 order by b.cosine desc, r.id limit 5"""


@dataclass(frozen=True, slots=True)
class Near:
    href: str
    title: str
    soft: str


@dataclass(frozen=True, slots=True)
class NearPage:
    title: str
    href: str
    near: tuple[Near, ...]


@get("/records/{record_id:uuid}/near")
async def show_near(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    record = await reading.connection.fetchrow(RECORD, record_id)
    if record is None:
        raise NotFound
    near = tuple(
        Near(shared.kinds[row["kind"]].url(row["id"]), _title(row), _(shared.kinds[row["kind"]].label))
        for row in await find_near(reading.connection, shared.models, record_id)
    )
    page = NearPage(_title(record), shared.kinds[record["kind"]].url(record_id), near)
    return shared.pages.response(request, "search/near.html", page, shell=reading.shell("search"), blocks=("near",))


async def find_near(connection: asyncpg.Connection, models: Models, record_id: UUID) -> list[asyncpg.Record]:
    """Up to five (id, kind, title, preview, cosine); none while the record's own meaning is not known."""
    model = await models.answering(connection)
    if model is None:
        return []
    await plan_for_one(connection)
    least = model.least_cosine + ALIKE * (1 - model.least_cosine)
    return await connection.fetch(NEAREST, record_id, model.id, least)


def _title(row: asyncpg.Record) -> str:
    return row["title"] or row["preview"][:80] or _("Untitled")


ROUTES = [show_near]

"""Several people become one: the others lie in the trash and stand for the one that stays, until one Undo."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.combining import Person, combine
from app.contacts.fields import ContactFields, fields_of
from app.contacts.service import change_contact
from app.core.errors import Invalid, NotFound
from app.core.record import Kind
from app.web.locale import gettext as _

MOST = 20

READ = text("select * from contacts where id = any(:ids) and deleted_at is null order by id for update")
NAME_INSTEAD = text("select name_instead(cast(:table as text)::regclass, :col, :gone, :kept)")
# Whom others are related to. An id stands in a row's text nowhere else.
RELATE = text("""
update contacts c set relations = (
       select coalesce(jsonb_agg(w.e order by w.n), '[]') from (
              select e, min(n) as n from (
                     select case when e ->> 'contact_id' = any(cast(:gone as text[]))
                                 then jsonb_set(e, '{contact_id}', to_jsonb(cast(:kept as text))) else e end as e, n
                       from jsonb_array_elements(c.relations) with ordinality l(e, n)) renamed
               where e ->> 'contact_id' <> c.id::text group by e) w)
 where c.id = any(select l.source_id from entity_links l
                   where l.target_id = any(cast(:gone_ids as uuid[])) and l.origin = 'structural')
   and c.id <> all(cast(:gone_ids as uuid[])) and c.id <> :kept_id and exists (
       select from jsonb_array_elements(c.relations) e where e ->> 'contact_id' = any(cast(:gone as text[])))""")
# As with notes (app/notes/merging.py): of a property that both have, the value of the one that stays.
KEEP = text("""
update contacts k set
       is_pinned = k.is_pinned or exists (select from contacts o where o.id = any(:gone) and o.is_pinned),
       custom_fields = coalesce((
           select jsonb_object_agg(f.key, f.value) from (
                  select distinct on (fold_text(e.key)) e.key, e.value
                    from contacts o cross join lateral jsonb_each(o.custom_fields) e
                   where o.id = any(:gone) order by fold_text(e.key), o.created_at, o.id) f
            where not exists (select from jsonb_object_keys(k.custom_fields) own
                               where fold_text(own) = fold_text(f.key))), '{}') || k.custom_fields
 where k.id = :kept""")
FILE = text("""
insert into filings as f (user_id, record_id, topic_id)
select distinct app_user_id(), cast(:kept as uuid), rt.topic_id from record_topics rt
 where rt.record_id = any(:gone) and rt.origin <> 'written'
   and not exists (select from record_topics own where own.record_id = :kept and own.topic_id = rt.topic_id)
on conflict (record_id, topic_id) do update set deleted_at = null where f.deleted_at is not null""")
ATTACH = text("update attachments set record_id = :kept where record_id = any(:gone)")
# What was merged into one of the others before goes along.
INHERIT = text("update contacts set merged_into = :kept where merged_into = any(:gone)")
MERGE = text("update contacts set merged_into = :kept, deleted_at = now() where id = any(:gone)")


async def read_people(session: AsyncSession, ids: Sequence[UUID], keep_id: UUID | None = None) -> list[Person]:
    """Locked; the one that stays first: the user, where they are among them. Raises NotFound, Invalid."""
    if len(set(ids)) < 2:
        raise Invalid(_("Choose two people or more to merge them."))
    if len(set(ids)) > MOST:
        raise Invalid(_("At most %(most)s people can be merged at once.") % {"most": MOST})
    rows = (await session.execute(READ, {"ids": list(set(ids))})).mappings().all()
    if len(rows) != len(set(ids)):
        raise NotFound
    own = next((row["id"] for row in rows if row["is_self"]), None)
    if own and keep_id not in (None, own):
        raise Invalid(_("This is you: others can become part of you, but not you of them."))
    kept = keep_id or own or ids[0]
    if kept not in ids:
        raise NotFound
    people = {row["id"]: Person(row["id"], fields_of(row)) for row in rows}
    return [people[kept], *(people[one] for one in dict.fromkeys(ids) if one != kept)]


async def merge_people(
    session: AsyncSession, people: Sequence[Person], kinds: Collection[Kind], fields: ContactFields | None = None
) -> None:
    """Into the first. Whatever names or belongs to the others is the first one's then."""
    kept, gone = people[0].id, [person.id for person in people[1:]]
    both = {"kept": kept, "gone": gone}
    version = await session.scalar(text("select version from contacts where id = :kept"), {"kept": kept})
    await change_contact(session, kept, version or 0, fields or combine(people))
    await session.flush()
    await session.execute(KEEP, both)
    await session.execute(FILE, both)
    await session.execute(ATTACH, both)
    for kind in kinds:
        for column in kind.people:
            await session.execute(NAME_INSTEAD, both | {"table": kind.table, "col": column})
    gone_texts = [str(one) for one in gone]
    await session.execute(RELATE, {"gone": gone_texts, "gone_ids": gone, "kept": str(kept), "kept_id": kept})
    await session.execute(INHERIT, both)
    await session.execute(MERGE, both)

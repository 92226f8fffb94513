"""Links that fade: when each was used last, its vigour, and a record's strongest links straight from an index."""

from migrations.tables import run_sql

revision = "20261122_1700"
down_revision = "20261122_1630"

# Forward-decayed as heat is: log2 of what speaks for the link, plus the years since 2020 at which it was used last. So
# it orders links by their strength at any time, and fading rewrites no row (app/graph/strength.py says the same).
VIGOUR = """
create function link_vigour(strength real, confidence real, origin text, used_at timestamptz)
returns double precision language sql immutable parallel safe as $$
    select ln(greatest(1e-6, strength::double precision * confidence::double precision * case origin
               when 'manual' then 4.0 when 'written' then 2.0 when 'structural' then 2.0 when 'extracted' then 1.0
               else 0.5 end)) / ln(2.0::double precision)
           + extract(epoch from used_at - timestamptz '2020-01-01 00:00:00+00')::double precision / 31536000.0
$$"""

# What stands next to a record, the strongest first: at most so many in each direction, and of topics, whatever there
# are. What was merged lies in the trash, so the topic it became stands for it; `case`, since `coalesce` counts as leaky
# and would keep a policy from the index of records.
LINKED_WITH = """
create function linked_with(this uuid, at_most integer)
returns table (link_id uuid, other_id uuid, vigour double precision) language sql stable parallel safe as $$
    (select l.id, l.target_id, link_vigour(l.strength, l.confidence, l.origin, l.used_at)
       from entity_links l join records r on r.id = l.target_id
      where l.source_id = this and l.rejected_at is null and l.valid_to is null and r.deleted_at is null
      order by link_vigour(l.strength, l.confidence, l.origin, l.used_at) desc limit at_most)
    union all
    (select l.id, l.source_id, link_vigour(l.strength, l.confidence, l.origin, l.used_at)
       from entity_links l join records r on r.id = l.source_id
      where l.target_id = this and l.rejected_at is null and l.valid_to is null and r.deleted_at is null
      order by link_vigour(l.strength, l.confidence, l.origin, l.used_at) desc limit at_most)
    union all
    (select null, o.id, link_vigour(0.5, 1, 'structural', (select m.updated_at from records m where m.id = this))
       from (select case when p.merged_into is null then p.id else p.merged_into end as id
               from record_topics t join topics p on p.id = t.topic_id where t.record_id = this) o
      where (select r.deleted_at is null from records r where r.id = o.id) limit at_most)
    union all
    (select null, t.record_id, link_vigour(0.5, 1, 'structural', r.updated_at)
       from record_topics t join records r on r.id = t.record_id
      where t.topic_id = this and r.deleted_at is null order by t.record_id desc limit at_most)
    union all
    (select null, t.record_id, link_vigour(0.5, 1, 'structural', r.updated_at)
       from topics p join record_topics t on t.topic_id = p.id join records r on r.id = t.record_id
      where p.merged_into = this and r.deleted_at is null limit at_most)
$$"""

# As old as the texts that say them; what a person did by hand is used when they did it.
DATE = """
update entity_links l set used_at = greatest(r.updated_at, l.accepted_at)
  from records r where r.user_id = l.user_id and r.id = l.source_id"""

# As before, of inferred ones too: a person rejects them, History shows it and an undo takes it back.
BY_HAND = (
    "when (pg_trigger_depth() = 0 and new.origin in ('manual', 'extracted', 'inferred') "
    "and current_setting('app.actor', true) in ('person', 'undo'))"
)


def upgrade() -> None:
    run_sql(
        "alter table entity_links add column used_at timestamptz not null default now()",
        "alter table entity_links no force row level security",
        "alter table records no force row level security",
        DATE,
        "alter table entity_links force row level security",
        "alter table records force row level security",
        VIGOUR,
        LINKED_WITH,
        # In place of the two that led by the same columns.
        "drop index entity_links_of",
        "drop index entity_links_to",
        "create index entity_links_of on entity_links "
        "(user_id, source_id, link_vigour(strength, confidence, origin, used_at) desc)",
        "create index entity_links_to on entity_links "
        "(user_id, target_id, link_vigour(strength, confidence, origin, used_at) desc) where target_id is not null",
        "drop trigger company_changed on entity_links",
        "drop trigger company_updated on entity_links",
        f"create trigger company_changed after insert on entity_links for each row {BY_HAND} "
        "execute function company_changed('link')",
        f"create trigger company_updated after update on entity_links for each row {BY_HAND} "
        "execute function company_changed('link')",
    )

"""The whole record of a note: whom it is by and for, templates, what stands on Today, HTML read by its words."""

from migrations.tables import run_sql

revision = "20261122_1260"
down_revision = "20261122_1250"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# A flag and no topic: topics are the person's own words, in any language, and renamed at will. `log` is the template
# that a day's log begins with. The two lists are what a person decided about whom a note is for; `@person` in its text
# fills in the rest (the view below). Kept in the row, so that history and undo know them like any other field.
COLUMNS = """
alter table notes
    add column template_for text check (template_for in ('note', 'log')),
    add column target_contact_ids uuid[] not null default '{}' check (cardinality(target_contact_ids) <= 1000),
    add column refused_contact_ids uuid[] not null default '{}' check (cardinality(refused_contact_ids) <= 1000)"""

# The structural links of a note follow its columns, whoever writes them: a form, an import, an undo, psql. One that
# names nobody who is here (any more) gives no link, so that an undo never fails for it.
RELATE = f"""
create function relate_people() returns trigger language plpgsql {HEAD} as $$
begin
    delete from entity_links l
     where l.user_id = new.user_id and l.source_id = new.id and l.origin = 'structural'
       and (l.relation = 'author' and l.target_id is distinct from new.author_contact_id
            or l.relation = 'target' and l.target_id <> all (new.target_contact_ids || new.refused_contact_ids));
    insert into entity_links as l (user_id, source_id, target_id, relation, origin, created_by, rejected_at)
    select distinct new.user_id, new.id, c.id, w.relation, 'structural', 'person',
           case when w.is_refused then now() end
      from (select 'author' as relation, new.author_contact_id as id, false as is_refused
            union all select 'target', t, false from unnest(new.target_contact_ids) t
            union all select 'target', t, true from unnest(new.refused_contact_ids) t
                       where t <> all (new.target_contact_ids)) w
      join contacts c on c.user_id = new.user_id and c.id = w.id
    on conflict (source_id, relation, target_id, origin) where origin <> 'written' do update
       set rejected_at = excluded.rejected_at where (l.rejected_at is null) <> (excluded.rejected_at is null);
    return null;
end $$"""

# What is known by its two ends alone goes with either of them.
UNLINK = f"""
create function unlink_ends() returns trigger language plpgsql {HEAD} as $$
begin
    delete from entity_links l
     where l.user_id = old.user_id and l.target_id = old.id and l.origin <> 'written' and l.target_name is null;
    return old;
end $$"""

# Whom a note is for: whoever its text names with @ and whoever was added by hand, but nobody who was taken away.
TARGETS = """
create view note_targets with (security_invoker = true) as
select l.user_id, l.source_id as note_id, l.target_id as contact_id, bool_or(l.origin = 'written') as is_written
  from entity_links l join contacts c on c.id = l.target_id
 where l.relation in ('mentions', 'target') and c.deleted_at is null and not c.is_self
 group by 1, 2, 3
having bool_or(l.rejected_at is null) and not bool_or(l.origin = 'structural' and l.rejected_at is not null)"""

WORDS_IN = r"""
create function words_in(body text, format text) returns text language sql immutable parallel safe
as $$ select case when format = 'html' then regexp_replace(body, '<[^<>]*>', ' ', 'g') else body end $$"""

# As before (20261121_1100), but the tags of HTML are no words, and another format gives other words.
REGISTER = f"""
create or replace function register_record(kind text, fresh jsonb, stale jsonb, title text, body text, reworded boolean)
returns void language plpgsql {HEAD} as $$
declare
    rid uuid := (fresh ->> 'id')::uuid;
    uid uuid := (fresh ->> 'user_id')::uuid;
    said text := words_in(body, fresh ->> 'content_format');
begin
    insert into records as r values (rid, uid, kind, title, preview_of(said), fresh ->> 'sensitivity',
        (fresh ->> 'created_at')::timestamptz, (fresh ->> 'updated_at')::timestamptz,
        (fresh ->> 'archived_at')::timestamptz, (fresh ->> 'deleted_at')::timestamptz)
    on conflict (id) do update set title = excluded.title, preview = excluded.preview,
        sensitivity = excluded.sensitivity, created_at = excluded.created_at, updated_at = excluded.updated_at,
        archived_at = excluded.archived_at, deleted_at = excluded.deleted_at;
    if stale is null or reworded or fresh -> 'content_format' <> stale -> 'content_format' then
        insert into record_words as w (record_id, user_id, kind, shelf, words)
        values (rid, uid, kind, shelf_of(fresh), words_of(title, said))
        on conflict (record_id) do update set words = excluded.words, shelf = excluded.shelf;
        perform name_record(uid, rid, title, coalesce((stale ->> 'updated_at')::timestamptz, now()));
    elsif shelf_of(fresh) <> shelf_of(stale) then
        update record_words w set shelf = shelf_of(fresh) where w.record_id = rid;
    end if;
end $$"""

# What was pinned stood on Today until now, and stays there. Without the triggers, for nobody did anything.
STAY_ON_TODAY = "update notes set is_pinned_home = true where is_pinned and not is_pinned_home"
CHOSEN = "author_contact_id, target_contact_ids, refused_contact_ids"


def upgrade() -> None:
    run_sql(
        COLUMNS, RELATE, UNLINK, TARGETS, WORDS_IN, REGISTER,
        # After record_changed, by their names: a link's source stands in the registry first.
        "create trigger relate_people_of_new after insert on notes for each row when (new.author_contact_id is not "
        "null or new.target_contact_ids <> '{}' or new.refused_contact_ids <> '{}') execute function relate_people()",
        f"create trigger relate_people after update of {CHOSEN} on notes for each row execute function relate_people()",
        "create trigger unlink_ends before delete on records for each row execute function unlink_ends()",
        "grant select on note_targets to hearth_app, hearth_worker",
        "create index notes_on_today on notes (user_id, updated_at desc) where is_pinned_home",
        "create index notes_templates on notes (user_id) where template_for is not null",
        "alter table notes disable trigger user, no force row level security",
        STAY_ON_TODAY,
        "alter table notes enable trigger user, force row level security",
        "alter table users add column asks_mood boolean not null default true",
        "grant update (asks_mood) on users to hearth_app, hearth_worker",
    )  # fmt: skip

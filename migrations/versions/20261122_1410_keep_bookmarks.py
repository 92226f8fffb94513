"""Bookmarks; and what a note in the inbox remembers: what it became, and until when it sleeps."""

from migrations.tables import gate_function, record_table, run_sql

revision = "20261122_1410"
down_revision = "20261122_1400"

# `normal_url` is what makes two addresses the same (app/bookmarks/addresses.py). `readable` is a copy of the page's own
# text; `kept_at` is when somebody last meant to keep it, be it known already; `words` is what the registry and the
# search read of all that.
COLUMNS = r"""
    url text not null,
    normal_url text not null check (normal_url <> ''),
    title text not null default '',
    description text not null default '',
    favicon text,
    category text,
    is_favourite boolean not null default false,
    visit_count integer not null default 0 check (visit_count >= 0),
    last_visited_at timestamptz,
    readable text not null default '',
    copied_at timestamptz,
    kept_at timestamptz not null default now(),
    words text not null default '',
    unique (user_id, normal_url)"""

# No generated column, which an undo could not put back.
GATHER = r"""
create function gather_words() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.words := concat_ws(E'\n\n', nullif(new.description, ''), new.normal_url, nullif(new.readable, ''));
    return new;
end $$"""

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# As before (20261121_1070), and how much waits in the inbox: the rail says it on every page, so it comes along with the
# session. A hundred is as good as more.
OPEN_SESSION = f"""
create function gate_open_session(token_hash bytea)
returns table (user_id uuid, session_id uuid, role text, name text, locale text, time_zone text, theme text,
               density text, motion text, week_start smallint, leaves_at timestamptz, waiting integer)
language plpgsql {HEAD} as $$
declare
    found_session sessions%rowtype;
begin
    select s.* into found_session from sessions s
     where s.token_hash = gate_open_session.token_hash and s.expires_at > now();
    if not found then
        return;
    end if;
    perform set_config('app.user_id', found_session.user_id::text, true);
    if found_session.last_seen_at < now() - interval '5 minutes' then
        update sessions s set last_seen_at = now() where s.id = found_session.id;
    end if;
    return query select u.id, found_session.id, u.role, c.full_name, u.locale, u.time_zone, u.theme, u.density,
                        u.motion, u.week_start, u.leaves_at, inbox_size(u.id)
      from users u join contacts c on c.user_id = u.id and c.is_self
     where u.id = found_session.user_id and u.status = 'active';
end $$"""
INBOX_SIZE = """
create function inbox_size(person uuid) returns integer language sql stable
set search_path = pg_catalog, public, pg_temp
as $$ select count(*)::integer from (
      (select 1 from captures c where c.user_id = person and c.processed_at is null and c.discarded_at is null
          and c.deleted_at is null and c.archived_at is null
          and (c.snoozed_until is null or c.snoozed_until <= now()) limit 100)
      union all
      (select 1 from notes n where n.user_id = person and n.is_inbox and n.deleted_at is null and n.archived_at is null
          and n.template_for is null and (n.snoozed_until is null or n.snoozed_until <= now()) limit 100)
      limit 100) waiting $$"""


def upgrade() -> None:
    record_table("bookmarks", kind="bookmark", title="title", body="words", columns=COLUMNS)
    run_sql(
        GATHER,
        "create trigger gather_words before insert or update on bookmarks for each row execute function gather_words()",
        "create index bookmarks_listed on bookmarks (user_id, created_at desc, id desc) "
        "where deleted_at is null and archived_at is null",
        "create index bookmarks_by_category on bookmarks (user_id, category) where category is not null",
        "alter table notes add column processed_id uuid, add column snoozed_until timestamptz",
        "create trigger relate_filed_new after insert on notes for each row "
        "when (new.processed_id is not null) execute function relate_filed()",
        "create trigger relate_filed after update of processed_id on notes for each row "
        "when (new.processed_id is distinct from old.processed_id) execute function relate_filed()",
        "create index notes_in_inbox on notes (user_id, created_at, id) where is_inbox and deleted_at is null",
        "drop function gate_open_session(bytea)",
        INBOX_SIZE,
        # As the person whose session it opens, whom it has set by then: no policy that shows others' rows.
        "grant select on captures, notes to hearth_gate",
    )  # fmt: skip
    gate_function(OPEN_SESSION, "gate_open_session(bytea)", "hearth_app")

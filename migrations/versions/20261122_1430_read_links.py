"""What stands behind a saved link: fetched by the worker, found with its record."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261122_1430"
down_revision = "20261122_1410"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# One row for each record that has a link, of whatever kind. `is_asked`: by hand, which holds also for who has the
# fetching of links switched off. `error` is one of a few words (app/ports/guarding.py) and `error_detail` what it is
# about. `rests_until` is when the host itself said to come again. The icon lies in the row, and not among the files: it
# is a kilobyte that belongs to nobody else, goes with the row, and comes along in backups and exports.
LINK_PAGES = """
create table link_pages (
    record_id uuid primary key,
    user_id uuid not null,
    url text not null,
    host text not null,
    state text not null default 'waiting' check (state in ('waiting', 'done', 'failed')),
    is_asked boolean not null default false,
    final_url text not null default '',
    title text not null default '',
    description text not null default '',
    site text not null default '',
    language text not null default '',
    text text not null default '',
    favicon bytea check (octet_length(favicon) <= 65536),
    content_hash text not null default '',
    error text not null default '',
    error_detail text not null default '',
    attempts integer not null default 0,
    created_at timestamptz not null default now(),
    due_at timestamptz not null default now(),
    tried_at timestamptz,
    read_at timestamptz,
    rests_until timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# One page of a host at a time, for all who live here, and a pause after it. One worker asks at a time, or two could
# each take one of the same host.
LEASE = f"""
create function gate_lease_link_pages(worker text, seconds integer, at_most integer, pause double precision)
returns table (record_id uuid, user_id uuid, url text, attempts integer)
language plpgsql {HEAD} as $$
begin
    perform pg_advisory_xact_lock(hashtext('hearth.lease_link_pages'));
    return query
    with due as (
        select distinct on (l.host) l.record_id, l.due_at from link_pages l join records r on r.id = l.record_id
         where l.state = 'waiting' and l.due_at <= now() and coalesce(l.claimed_until, '-infinity') < now()
           and r.deleted_at is null
           and not exists (select from link_pages o where o.host = l.host and (o.claimed_until >= now()
                or o.tried_at > now() - make_interval(secs => pause) or o.rests_until > now()))
         order by l.host, l.due_at),
    next as (select d.record_id from due d order by d.due_at limit at_most)
    update link_pages l
       set claimed_by = worker, claimed_until = now() + make_interval(secs => seconds), attempts = l.attempts + 1,
           tried_at = now()
      from next where l.record_id = next.record_id
    returning l.record_id, l.user_id, l.url, l.attempts;
end $$"""

# The words and the meaning of a page are its record's: both are made anew when what is known of it changes.
PAGE_READ = f"""
create function page_read() returns trigger language plpgsql {HEAD} as $$
begin
    update record_words w set words = w.words where w.record_id = new.record_id;
    insert into pipeline (record_id, slot, user_id, seq, backlog)
    values (new.record_id, 'index', new.user_id, nextval(pg_get_serial_sequence('change_log', 'seq')), true)
    on conflict on constraint pipeline_pkey do update
       set seq = excluded.seq, due_at = now(), attempts = 0, error = null, parked_at = null;
    perform pg_notify('hearth_pipeline', '');
    return null;
end $$"""

# A record that goes takes its page along, and then nothing is left to be made anew.
PAGE_GONE = f"""
create function page_gone() returns trigger language plpgsql {HEAD} as $$
begin
    update record_words w set words = w.words where w.record_id = old.record_id;
    insert into pipeline (record_id, slot, user_id, seq, backlog)
    select r.id, 'index', r.user_id, nextval(pg_get_serial_sequence('change_log', 'seq')), true
      from records r where r.id = old.record_id
    on conflict on constraint pipeline_pkey do update
       set seq = excluded.seq, due_at = now(), attempts = 0, error = null, parked_at = null;
    return null;
end $$"""

# As before (20261121_1100), and besides, of weight B: what stands behind the record's link. Of a page only so much as a
# long article has, for a link is not the book that it leads to.
WEIGH = f"""
create or replace function add_property_words() returns trigger language plpgsql {HEAD} as $$
begin
    if tg_op = 'UPDATE' and new.words = old.words and new.language = old.language
       and (new.kind, new.shelf) is distinct from (old.kind, old.shelf) then
        return new;
    end if;
    new.words := ts_filter(new.words, '{{a,d}}') || setweight(to_tsvector('simple', coalesce(
        (select space_words(left(string_agg(v.folded, ' ' order by v.ordinal), 40000))
           from property_values v where v.record_id = new.record_id), '')), 'C')
        || setweight(to_tsvector('simple', coalesce(
        (select space_words(left(concat_ws(' ', p.title, p.site, p.description, p.text), 40000))
           from link_pages p where p.record_id = new.record_id), '')), 'B');
    new.language := coalesce((select u.search_stems from users u where u.id = new.user_id), 'simple');
    new.terms := terms_of(word_key(new.user_id), new.language, new.words);
    new.length := (select coalesce(sum(cardinality(positions)), 0)
                     from unnest(new.words) w(lexeme, positions, weights));
    return new;
end $$"""

SAID = "title, site, description, text"


def upgrade() -> None:
    run_sql(LINK_PAGES)
    own_table("link_pages", app="select, insert, update, delete", worker="select, insert, update, delete")
    run_sql(
        "create policy gate on link_pages to hearth_gate using (true) with check (true)",
        "grant select, update on link_pages to hearth_gate",
        "create index link_pages_waiting on link_pages (due_at) where state = 'waiting'",
        "create index link_pages_of_host on link_pages (host, tried_at)",
        "create index link_pages_of_url on link_pages (user_id, url)",
        PAGE_READ, PAGE_GONE, WEIGH,
        "create trigger page_read after insert on link_pages for each row when (new.state = 'done') "
        "execute function page_read()",
        f"create trigger page_read_again after update of {SAID} on link_pages for each row "
        "when ((old.title, old.site, old.description, old.text) is distinct from "
        "(new.title, new.site, new.description, new.text)) execute function page_read()",
        "create trigger page_gone after delete on link_pages for each row when (old.state = 'done') "
        "execute function page_gone()",
        # Whether the pages of links that one saves are fetched. On: who saves a link says by that where to ask, and
        # nothing goes there but the address itself (docs/security.md). It is no key to anything else of theirs.
        "alter table users add column reads_links boolean not null default true",
        "grant update (reads_links) on users to hearth_app, hearth_worker",
    )  # fmt: skip
    gate_function(LEASE, "gate_lease_link_pages(text, integer, integer, double precision)", "hearth_worker")

"""Interactions and reminders, and what follows from them about a person: when last, what next, how it stands."""

from migrations.tables import READ, WRITE, gate_function, own_table, record_table, run_sql

revision = "20261122_1340"
down_revision = "20261122_1300"

HEAD = "set search_path = pg_catalog, public, pg_temp"
TYPES = "'call', 'meeting', 'message', 'email', 'dm', 'other'"

# No title: what happened with somebody has no name, and none that could stand in the way of a link.
INTERACTIONS = f"""
    title text not null default '',
    summary text not null default '',
    interaction_type text not null default 'other' check (interaction_type in ({TYPES})),
    occurred_at timestamptz not null default now(),
    direction text not null default 'both' check (direction in ('me', 'them', 'both')),
    author_contact_id uuid,
    participant_ids uuid[] not null default '{{}}' check (cardinality(participant_ids) <= 100),
    is_notable boolean not null default false"""

# `anchor` is the day a repeating one first fell on, so that one of the 31st does not wander to the 28th.
REMINDERS = """
    title text not null default '',
    text text not null default '',
    record_id uuid,
    due_at timestamptz not null,
    repeat text check (repeat in ('day', 'week', 'month', 'quarter', 'year')),
    anchor date,
    done_at timestamptz,
    snoozed_until timestamptz,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade"""

# Who took part, as rows: an index over a list would not be used under row-level security. No key to contacts, so that
# an import may bring an interaction before its people.
PARTICIPANTS = """
create table participants (
    user_id uuid not null,
    interaction_id uuid not null,
    contact_id uuid not null,
    occurred_at timestamptz not null,
    primary key (interaction_id, contact_id),
    foreign key (user_id, interaction_id) references interactions (user_id, id) on delete cascade
)"""

# Beside the contact, not in it: what follows from other records, or is computed each night, makes no new version.
CONTACT_RHYTHM = """
create table contact_rhythm (
    user_id uuid not null,
    contact_id uuid primary key,
    last_contact_at timestamptz,
    next_action_at timestamptz,
    frame_score smallint check (frame_score between 0 and 100),
    frame_trend smallint,
    measured_days real,
    scanned_at timestamptz,
    foreign key (user_id, contact_id) references contacts (user_id, id) on delete cascade
)"""
FRAME_SCORES = """
create table frame_scores (
    user_id uuid not null,
    contact_id uuid not null,
    day date not null,
    score smallint not null check (score between 0 and 100),
    breakdown jsonb not null default '{}',
    primary key (contact_id, day),
    foreign key (user_id, contact_id) references contacts (user_id, id) on delete cascade
)"""

# The newest that is left counts, whoever took one away: a form, an undo, the trash, psql.
REFRESH = f"""
create function refresh_rhythm(uid uuid, ids uuid[]) returns void language sql security definer {HEAD} as $$
    insert into contact_rhythm as r (user_id, contact_id, last_contact_at, next_action_at)
    select c.user_id, c.id,
           (select max(p.occurred_at) from participants p where p.user_id = uid and p.contact_id = c.id),
           (select min(coalesce(m.snoozed_until, m.due_at)) from reminders m
             where m.user_id = uid and m.record_id = c.id and m.done_at is null and m.deleted_at is null)
      from contacts c where c.user_id = uid and c.id = any(ids) and not c.is_self
     order by c.id
    on conflict (contact_id) do update
       set last_contact_at = excluded.last_contact_at, next_action_at = excluded.next_action_at
     where (r.last_contact_at, r.next_action_at) is distinct from (excluded.last_contact_at, excluded.next_action_at)
$$"""

KEEP_PARTICIPANTS = f"""
create function keep_participants() returns trigger language plpgsql security definer {HEAD} as $$
declare
    touched uuid[] := '{{}}';
begin
    if tg_op <> 'INSERT' then
        delete from participants p where p.user_id = old.user_id and p.interaction_id = old.id;
        touched := old.participant_ids;
    end if;
    if tg_op <> 'DELETE' then
        if new.deleted_at is null then
            insert into participants (user_id, interaction_id, contact_id, occurred_at)
            select distinct new.user_id, new.id, p, new.occurred_at from unnest(new.participant_ids) p
             where p is not null;
        end if;
        touched := touched || new.participant_ids;
    end if;
    perform refresh_rhythm(coalesce(new.user_id, old.user_id), touched);
    return null;
end $$"""

# What happened is dated by when it happened, in the registry too, and so on every timeline.
DATE = f"""
create function date_interaction() returns trigger language plpgsql {HEAD} as $$
begin
    new.created_at := new.occurred_at;
    return new;
end $$"""

# Links of an interaction follow its columns as those of a note do (20261122_1260).
RELATE = f"""
create function relate_participants() returns trigger language plpgsql {HEAD} as $$
begin
    delete from entity_links l
     where l.user_id = new.user_id and l.source_id = new.id and l.origin = 'structural'
       and (l.relation = 'author' and l.target_id is distinct from new.author_contact_id
            or l.relation = 'participant' and l.target_id <> all (new.participant_ids));
    insert into entity_links (user_id, source_id, target_id, relation, origin, created_by)
    select distinct new.user_id, new.id, c.id, w.relation, 'structural', 'person'
      from (select 'author' as relation, new.author_contact_id as id
            union all select 'participant', p from unnest(new.participant_ids) p) w
      join contacts c on c.user_id = new.user_id and c.id = w.id
    on conflict do nothing;
    return null;
end $$"""

KEEP_DUE = f"""
create function keep_due() returns trigger language plpgsql security definer {HEAD} as $$
declare
    touched uuid[] := '{{}}';
begin
    if tg_op <> 'INSERT' then
        touched := touched || old.record_id;
    end if;
    if tg_op <> 'DELETE' then
        touched := touched || new.record_id;
    end if;
    perform refresh_rhythm(coalesce(new.user_id, old.user_id), touched);
    return null;
end $$"""

# A person who comes after what was written about them, as an import may bring it.
MEET = f"""
create function meet_person() returns trigger language plpgsql security definer {HEAD} as $$
begin
    if exists (select from participants p where p.user_id = new.user_id and p.contact_id = new.id) then
        perform refresh_rhythm(new.user_id, array[new.id]);
    end if;
    return null;
end $$"""

USERS_WITH_PEOPLE = f"""
create function gate_users_with_people() returns table (user_id uuid, time_zone text)
language sql stable security definer {HEAD}
as $$ select u.id, u.time_zone from users u where u.status = 'active' order by u.id $$"""


def upgrade() -> None:
    record_table("interactions", kind="interaction", title="title", body="summary", columns=INTERACTIONS)
    record_table("reminders", kind="reminder", title="title", body="text", columns=REMINDERS)
    run_sql(PARTICIPANTS, CONTACT_RHYTHM, FRAME_SCORES)
    own_table("participants", app=READ, worker=READ)
    own_table("contact_rhythm", app=READ, worker="select, insert, update")
    own_table("frame_scores", app=READ, worker=WRITE)
    run_sql(
        REFRESH, KEEP_PARTICIPANTS, DATE, RELATE, KEEP_DUE, MEET,
        "create index participants_of on participants (user_id, contact_id, occurred_at desc, interaction_id)",
        "create index interactions_by_time on interactions (user_id, occurred_at desc, id desc)",
        "create index reminders_due on reminders (user_id, (coalesce(snoozed_until, due_at))) "
        "where done_at is null and deleted_at is null",
        "create index reminders_of on reminders (user_id, record_id)",
        "create index contact_rhythm_of_user on contact_rhythm (user_id)",
        "create trigger date_interaction before insert or update of occurred_at, created_at on interactions "
        "for each row execute function date_interaction()",
        "create trigger relate_participants after insert or update of author_contact_id, participant_ids "
        "on interactions for each row execute function relate_participants()",
        "create trigger keep_participants after insert or delete or update of participant_ids, occurred_at, deleted_at "
        "on interactions for each row execute function keep_participants()",
        "create trigger keep_due after insert or delete or update of record_id, due_at, done_at, snoozed_until, "
        "deleted_at on reminders for each row execute function keep_due()",
        "create trigger rhythm_of_new after insert on contacts for each row execute function meet_person()",
        "revoke execute on function refresh_rhythm, keep_participants, keep_due, meet_person from public",
    )  # fmt: skip
    gate_function(USERS_WITH_PEOPLE, "gate_users_with_people()", "hearth_worker")

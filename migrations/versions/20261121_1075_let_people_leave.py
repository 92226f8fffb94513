"""Leaving: an account is deleted seven days after its person asked, with all of it; an audit stays, without names."""

from migrations.tables import gate_function, run_sql

revision = "20261121_1075"
down_revision = "20261121_1070"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# What happened to accounts, kept when they are gone: then nothing in it says whose it was.
AUDIT = """
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    event text not null,
    by_user uuid references users (id) on delete set null,
    of_user uuid references users (id) on delete set null
)"""

# A trigger and not a line in each function: who changes an account by psql is written down as well.
AUDIT_USER = f"""
create function gate_audit_user() returns trigger language plpgsql {HEAD} as $$
declare
    doer uuid := (select u.id from users u where u.id = app_user_id());
    events text[] := '{{}}';
begin
    if tg_op = 'DELETE' then
        insert into audit (event, by_user) values ('left', nullif(doer, old.id));
        return null;
    elsif tg_op = 'INSERT' then
        events := array['joined'];
    else
        events := array_remove(array[
            case when new.role <> old.role then 'became ' || new.role end,
            case when new.status <> old.status then new.status end,
            case when new.email <> old.email then 'address' end,
            case when new.password_hash is distinct from old.password_hash then 'password' end,
            case when old.leaves_at is null and new.leaves_at is not null then 'asked to leave' end,
            case when old.leaves_at is not null and new.leaves_at is null then 'stays' end], null);
    end if;
    insert into audit (event, by_user, of_user) select event, doer, new.id from unnest(events) event;
    return null;
end $$"""

AUDIT_LINK = f"""
create function gate_audit_link() returns trigger language plpgsql {HEAD} as $$
begin
    insert into audit (event, by_user, of_user) values (new.purpose || ' link', new.user_id, new.for_user);
    return null;
end $$"""

READ_AUDIT = f"""
create function gate_read_audit(at_most integer) returns table (at timestamptz, event text, by_name text, of_name text)
language sql stable {HEAD}
as $$ select a.at, a.event, doer.full_name, theirs.full_name from audit a
        left join contacts doer on doer.user_id = a.by_user and doer.is_self
        left join contacts theirs on theirs.user_id = a.of_user and theirs.is_self
       where gate_rank(app_user_id()) > 0 order by a.id desc limit at_most $$"""

# Whoever owns a house in which others live hands it over first: there is always somebody who looks after it.
IS_NEEDED = f"""
create function gate_is_needed(someone uuid) returns boolean language sql stable {HEAD}
as $$ select exists (select from users u where u.id = someone and u.role = 'owner')
         and exists (select from users u where u.id <> someone) $$"""

ASK_TO_LEAVE = f"""
create function gate_ask_to_leave(days integer) returns timestamptz language plpgsql {HEAD} as $$
declare
    due timestamptz;
begin
    if gate_is_needed(app_user_id()) then
        return null;
    end if;
    update users u set leaves_at = coalesce(u.leaves_at, now() + make_interval(days => days)), updated_at = now()
     where u.id = app_user_id() returning u.leaves_at into due;
    return due;
end $$"""

STAY = f"""
create function gate_stay() returns void language sql {HEAD}
as $$ update users set leaves_at = null, updated_at = now() where id = app_user_id() $$"""

HAND_OVER = f"""
create function gate_hand_over(heir uuid) returns boolean language plpgsql {HEAD} as $$
begin
    if gate_rank(app_user_id()) < 2 or heir = app_user_id() then
        return false;
    end if;
    update users u set role = 'owner', updated_at = now() where u.id = heir and u.status = 'active';
    if not found then
        return false;
    end if;
    update users u set role = 'admin', updated_at = now() where u.id = app_user_id();
    return true;
end $$"""

# The names of the contents that nobody has any more. A try at signing in is kept by a hash of whose it was.
ERASE = f"""
create function gate_erase(someone uuid) returns text[] language plpgsql {HEAD} as $$
declare
    theirs text[] := (select coalesce(array_agg(distinct sha256), '{{}}') from attachments where user_id = someone);
begin
    delete from sign_in_attempts a using users u
     where u.id = someone and a.key in (sha256(convert_to('email:' || u.email, 'UTF8')),
                                        sha256(convert_to('code:' || u.id, 'UTF8')),
                                        sha256(convert_to('password:' || u.id, 'UTF8')));
    -- The cascade runs under the policies of the tables it reaches: it must act as the one who leaves.
    perform set_config('app.user_id', someone::text, true);
    delete from users u where u.id = someone;
    return array(select unnest(theirs) except select sha256 from attachments where sha256 = any(theirs));
end $$"""

REMOVE_USER = f"""
create function gate_remove_user(email text) returns text[] language plpgsql {HEAD} as $$
declare
    gone uuid := (select u.id from users u where u.email = gate_remove_user.email);
begin
    return case when gone is not null then gate_erase(gone) end;
end $$"""

USERS_WHO_LEAVE = f"""
create function gate_users_who_leave(at timestamptz) returns setof uuid language sql stable {HEAD}
as $$ select id from users where leaves_at <= at $$"""

# Somebody may have come to live with an owner who asked to leave an empty house: then the owner stays.
LET_LEAVE = f"""
create function gate_let_leave(someone uuid, at timestamptz) returns text[] language plpgsql {HEAD} as $$
begin
    if not exists (select from users u where u.id = someone and u.leaves_at <= gate_let_leave.at) then
        return null;
    end if;
    if gate_is_needed(someone) then
        update users u set leaves_at = null, updated_at = now() where u.id = someone;
        return null;
    end if;
    return gate_erase(someone);
end $$"""

FUNCTIONS = {
    AUDIT_USER: ("gate_audit_user()", ""),
    AUDIT_LINK: ("gate_audit_link()", ""),
    READ_AUDIT: ("gate_read_audit(integer)", "hearth_app"),
    IS_NEEDED: ("gate_is_needed(uuid)", "hearth_app"),
    ASK_TO_LEAVE: ("gate_ask_to_leave(integer)", "hearth_app"),
    STAY: ("gate_stay()", "hearth_app"),
    HAND_OVER: ("gate_hand_over(uuid)", "hearth_app"),
    ERASE: ("gate_erase(uuid)", ""),
    REMOVE_USER: ("gate_remove_user(text)", ""),
    USERS_WHO_LEAVE: ("gate_users_who_leave(timestamptz)", "hearth_worker"),
    LET_LEAVE: ("gate_let_leave(uuid, timestamptz)", "hearth_worker"),
}


def upgrade() -> None:
    run_sql(
        AUDIT,
        "alter table audit enable row level security",
        "alter table audit force row level security",
        "create policy gate on audit to hearth_gate using (true) with check (true)",
        "grant select, insert, update on audit to hearth_gate",
        "create index audit_by_user on audit (by_user) where by_user is not null",
        "create index audit_of_user on audit (of_user) where of_user is not null",
        "drop function gate_remove_user(text)",
    )
    for source, (signature, roles) in FUNCTIONS.items():
        gate_function(source, signature, roles)
    run_sql(
        "create trigger audit after insert or update or delete on users "
        "for each row execute function gate_audit_user()",
        "create trigger audit after insert on account_links for each row execute function gate_audit_link()",
    )

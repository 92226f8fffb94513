"""Several people in one house: capability links to join or to set a new password, and what an administrator may do."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261121_1030"
down_revision = "20261121_1020"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# `user_id` is whoever made the link; `for_user` whom a reset is for. The token itself is nowhere.
LINKS = """
create table account_links (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    purpose text not null check (purpose in ('join', 'reset')),
    token_hash bytea not null unique check (length(token_hash) = 32),
    role text check (role in ('admin', 'member')),
    for_user uuid references users (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    check ((purpose = 'join') = (role is not null)),
    check ((purpose = 'reset') = (for_user is not null))
)"""

# 2 the owner, 1 an administrator, 0 anybody else; the rank decides who may do what to whom.
RANK = f"""
create function gate_rank(someone uuid) returns integer language sql stable {HEAD}
as $$ select coalesce((select case role when 'owner' then 2 when 'admin' then 1 else 0 end
                         from users where id = someone and status = 'active'), 0) $$"""

LIST_MEMBERS = f"""
create function gate_list_members() returns table (id uuid, email text, name text, role text, status text,
    last_login_at timestamptz) language sql stable {HEAD}
as $$ select u.id, u.email, c.full_name, u.role, u.status, u.last_login_at
        from users u join contacts c on c.user_id = u.id and c.is_self
       where gate_rank(app_user_id()) > 0 order by u.created_at, u.id $$"""

MAKE_LINK = f"""
create function gate_make_link(purpose text, token_hash bytea, role text, for_user uuid, days integer)
returns uuid language plpgsql {HEAD} as $$
declare
    rank integer := gate_rank(app_user_id());
    made uuid;
begin
    -- An administrator invites members and helps them; only the owner makes and helps administrators.
    if rank = 0 or (rank = 1 and role = 'admin') then
        return null;
    end if;
    if for_user is not null and rank <= coalesce((select case u.role when 'owner' then 2 when 'admin' then 1 else 0 end
                                                    from users u where u.id = gate_make_link.for_user), 9) then
        return null;
    end if;
    insert into account_links (user_id, purpose, token_hash, role, for_user, expires_at)
    values (app_user_id(), purpose, token_hash, role, for_user, now() + make_interval(days => days))
    returning id into made;
    return made;
end $$"""

READ_LINK = f"""
create function gate_read_link(purpose text, token_hash bytea) returns table (role text, made_by text, email text)
language sql stable {HEAD}
as $$ select l.role, c.full_name, u.email from account_links l
        join contacts c on c.user_id = l.user_id and c.is_self
        left join users u on u.id = l.for_user
       where l.purpose = gate_read_link.purpose and l.token_hash = gate_read_link.token_hash
         and l.expires_at > now() and gate_rank(l.user_id) > 0 $$"""

# The link is taken by whoever is first; an address that is known already leaves it as it was.
JOIN = f"""
create function gate_join(token_hash bytea, email text, name text, password_hash text, time_zone text, locale text)
returns uuid language plpgsql {HEAD} as $$
declare
    taken account_links%rowtype;
begin
    if exists (select from users u where u.email = gate_join.email) then
        return null;
    end if;
    delete from account_links l where l.token_hash = gate_join.token_hash and l.purpose = 'join'
       and l.expires_at > now() and gate_rank(l.user_id) > 0 returning * into taken;
    if taken.id is null then
        return null;
    end if;
    return gate_create_user(email, name, password_hash, taken.role, time_zone, locale, false);
end $$"""

RESET = f"""
create function gate_reset(token_hash bytea, password_hash text) returns uuid language plpgsql {HEAD} as $$
declare
    taken account_links%rowtype;
begin
    delete from account_links l where l.token_hash = gate_reset.token_hash and l.purpose = 'reset'
       and l.expires_at > now() and gate_rank(l.user_id) > 0 returning * into taken;
    if taken.id is null then
        return null;
    end if;
    update users u set password_hash = gate_reset.password_hash, updated_at = now() where u.id = taken.for_user;
    delete from sessions s where s.user_id = taken.for_user;
    return taken.for_user;
end $$"""

# Only downwards: nobody suspends or changes themselves or one of their own rank, so there is always an owner.
CHANGE_MEMBER = f"""
create function gate_change_member(member uuid, role text, status text) returns boolean language plpgsql {HEAD} as $$
declare
    rank integer := gate_rank(app_user_id());
    theirs integer := (select case u.role when 'owner' then 2 when 'admin' then 1 else 0 end
                         from users u where u.id = member);
begin
    if theirs is null or rank <= theirs or role not in ('admin', 'member') or (role = 'admin' and rank < 2)
       or status not in ('active', 'suspended') then
        return false;
    end if;
    update users u set role = coalesce(gate_change_member.role, u.role),
                       status = coalesce(gate_change_member.status, u.status), updated_at = now()
     where u.id = member;
    if status = 'suspended' then
        delete from sessions s where s.user_id = member;
        delete from account_links l where l.user_id = member;
    end if;
    return true;
end $$"""


def upgrade() -> None:
    run_sql(LINKS)
    own_table("account_links", app="select, delete")
    run_sql(
        "create policy gate on account_links to hearth_gate using (true) with check (true)",
        "grant select, insert, delete on account_links to hearth_gate",
        "create policy gate on contacts for select to hearth_gate using (true)",
        "grant update (email) on users to hearth_app",
        "create index account_links_of_user on account_links (user_id)",
    )
    gate_function(RANK, "gate_rank(uuid)")
    gate_function(LIST_MEMBERS, "gate_list_members()", "hearth_app")
    gate_function(MAKE_LINK, "gate_make_link(text, bytea, text, uuid, integer)", "hearth_app")
    gate_function(READ_LINK, "gate_read_link(text, bytea)", "hearth_app")
    gate_function(JOIN, "gate_join(bytea, text, text, text, text, text)", "hearth_app")
    gate_function(RESET, "gate_reset(bytea, text)", "hearth_app")
    gate_function(CHANGE_MEMBER, "gate_change_member(uuid, text, text)", "hearth_app")

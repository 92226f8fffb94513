"""Groups of people. Who is in one stands in each person's own row; who is in which, to look it up, is derived."""

from migrations.tables import READ, own_table, record_table, run_sql

revision = "20261122_1350"
down_revision = "20261122_1320"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# `banner` is one of the group's own files.
GROUPS = """
    name text not null default '',
    description text not null default '',
    banner uuid,
    wished_days integer check (wished_days between 1 and 3650)"""

# No key to groups, so that an import may bring people before their groups.
GROUP_MEMBERS = """
create table group_members (
    user_id uuid not null,
    group_id uuid not null,
    contact_id uuid not null,
    joined_at timestamptz not null,
    primary key (contact_id, group_id),
    foreign key (user_id, contact_id) references contacts (user_id, id) on delete cascade
)"""

KEEP_MEMBERS = f"""
create function keep_members() returns trigger language plpgsql security definer {HEAD} as $$
begin
    delete from group_members m where m.user_id = new.user_id and m.contact_id = new.id;
    insert into group_members (user_id, group_id, contact_id, joined_at)
    select distinct on (e ->> 'group_id') new.user_id, (e ->> 'group_id')::uuid, new.id,
           case when pg_input_is_valid(e ->> 'joined_at', 'timestamptz') then (e ->> 'joined_at')::timestamptz
                else new.updated_at end
      from jsonb_array_elements(new.groups) with ordinality l(e, n)
     where pg_input_is_valid(e ->> 'group_id', 'uuid') and not new.is_self
     order by e ->> 'group_id', n;
    perform link_members(new.user_id, array[new.id], null);
    return null;
end $$"""

# A structural link from each member to the group: by people, or all of one group that came after its people.
LINK_MEMBERS = f"""
create function link_members(uid uuid, people uuid[], of_group uuid) returns void
language sql security definer {HEAD} as $$
    delete from entity_links l
     where l.user_id = uid and l.source_id = any(people) and l.origin = 'structural' and l.relation = 'member'
       and not exists (select from group_members m where m.contact_id = l.source_id and m.group_id = l.target_id);
    insert into entity_links (user_id, source_id, target_id, relation, origin, created_by)
    select uid, m.contact_id, g.id, 'member', 'structural', 'person'
      from group_members m join groups g on g.user_id = uid and g.id = m.group_id
     where m.user_id = uid and (m.contact_id = any(people) or m.group_id = of_group)
    on conflict do nothing $$"""

FOUND_GROUP = f"""
create function found_group() returns trigger language plpgsql security definer {HEAD} as $$
begin
    perform link_members(new.user_id, '{{}}', new.id);
    return null;
end $$"""


def upgrade() -> None:
    record_table("groups", kind="group", title="name", body="description", columns=GROUPS)
    run_sql(GROUP_MEMBERS)
    own_table("group_members", app=READ, worker=READ)
    run_sql(
        LINK_MEMBERS, KEEP_MEMBERS, FOUND_GROUP,
        "create index group_members_of on group_members (user_id, group_id, joined_at)",
        "create index groups_by_name on groups (user_id, lower(name), id) where deleted_at is null",
        # After record_changed, by its name: a link's source stands in the registry first.
        "create trigger record_members_of_new after insert on contacts for each row "
        "when (new.groups <> '[]') execute function keep_members()",
        "create trigger record_members after update of groups on contacts "
        "for each row execute function keep_members()",
        "create trigger record_found after insert on groups for each row execute function found_group()",
        "revoke execute on function link_members, keep_members, found_group from public",
    )  # fmt: skip

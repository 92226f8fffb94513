"""Contact Zero names the address that its user signs in with; cards that an import found to be one's own."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_1610"
down_revision = "20261122_1600"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# The account's address is a credential and the profile stands in Contact Zero: whoever writes either of them, by
# whatever way, the one does not say another thing than the other.
KEEP_ADDRESS = f"""
create function keep_own_address() returns trigger language plpgsql {HEAD} as $$
declare
    own text := (select u.email from users u where u.id = new.user_id);
begin
    if own <> '' and not exists (select from jsonb_array_elements(new.emails) e
                                  where lower(btrim(e ->> 'value')) = lower(own)) then
        new.emails := jsonb_build_array(jsonb_build_object('label', '', 'value', own)) || new.emails;
    end if;
    return new;
end $$"""

FOLLOW = f"""
create function address_moved() returns trigger language plpgsql {HEAD} as $$
begin
    update contacts c
       set emails = (select coalesce(jsonb_agg(case when lower(btrim(e ->> 'value')) = lower(old.email)
                                                    then jsonb_set(e, '{{value}}', to_jsonb(new.email)) else e end
                                               order by n), '[]')
                       from jsonb_array_elements(c.emails) with ordinality l(e, n)
                      -- Where the new one stood already, it stands once.
                      where lower(btrim(e ->> 'value')) <> lower(new.email) or lower(old.email) = lower(new.email))
     where c.user_id = new.id and c.is_self;
    return null;
end $$"""

# The address that was taken out of Contact Zero, one account after the other.
FILL = """
do $$
declare
    one uuid;
begin
    for one in select id from users loop
        perform set_config('app.user_id', one::text, true), set_config('app.actor', 'hearth', true),
                set_config('app.action_id', '', true);
        update contacts c set emails = c.emails
         where c.user_id = one and c.is_self
           and not exists (select from users u, jsonb_array_elements(c.emails) e
                            where u.id = one and lower(btrim(e ->> 'value')) = lower(u.email));
    end loop;
    perform set_config('app.user_id', '', true), set_config('app.actor', '', true),
            set_config('app.action_id', '', true);
end $$"""

# What waits to be looked at; once it was, the row stays, so that the same card is not offered at each import.
CARDS = """
create table own_cards (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    digest text not null,
    name text not null,
    card text not null,
    found_at timestamptz not null default now(),
    settled_at timestamptz,
    unique (user_id, digest)
)"""


def upgrade() -> None:
    run_sql(
        KEEP_ADDRESS, FOLLOW,
        "create trigger keep_own_address before insert or update of emails on contacts for each row "
        "when (new.is_self) execute function keep_own_address()",
        "create trigger address_moved after update of email on users for each row "
        "when (old.email is distinct from new.email) execute function address_moved()",
        "revoke execute on function keep_own_address, address_moved from public",
        "alter table users no force row level security",
        FILL,
        "alter table users force row level security",
        CARDS,
    )  # fmt: skip
    own_table("own_cards", app=WRITE, worker=WRITE)

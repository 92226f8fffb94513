"""Everybody's first folders: Projects, Areas, Resources, Archive, which stay."""

from migrations.tables import run_sql

revision = "20261121_1180"
down_revision = "20261121_1170"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# In the language that the person began with; one of that name that is there already becomes it.
MAKE = f"""
create function make_first_folders(person uuid, locale text) returns void language sql {HEAD}
as $$ insert into folders (user_id, name, sort_order, is_default)
      select person, name, place, true
        from unnest(case locale when 'de' then array['Projekte', 'Bereiche', 'Ressourcen', 'Archiv']
                                else array['Projects', 'Areas', 'Resources', 'Archive'] end)
             with ordinality f(name, place)
      on conflict (user_id, parent_id, name) do update set is_default = true, sort_order = excluded.sort_order $$"""

CREATE_USER = """
create or replace function gate_create_user(email text, name text, password_hash text, role text, time_zone text,
                                            locale text, first_only boolean) returns uuid
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    made uuid := uuidv7();
begin
    if first_only then
        perform pg_advisory_xact_lock(hashtext('hearth.first_user'));
        if exists (select from users) then
            return null;
        end if;
    end if;
    insert into users (id, email, password_hash, role, time_zone, locale, verified_at)
    values (made, email, password_hash, role, time_zone, locale, now());
    perform set_config('app.user_id', made::text, true), set_config('app.actor', 'hearth', true);
    insert into contacts (user_id, full_name, email, is_self) values (made, name, email, true);
    perform make_first_folders(made, locale);
    return made;
end $$"""

FOR_ALL = """
do $$
declare
    someone record;
begin
    for someone in select u.id, u.locale from users u loop
        perform set_config('app.user_id', someone.id::text, true), set_config('app.actor', 'hearth', true);
        perform make_first_folders(someone.id, someone.locale);
    end loop;
    perform set_config('app.user_id', '', true);
end $$"""


def upgrade() -> None:
    run_sql(
        MAKE,
        CREATE_USER,
        "grant select, insert, update on folders to hearth_gate",
        "revoke execute on function make_first_folders(uuid, text) from public",
        "grant execute on function make_first_folders(uuid, text) to hearth_gate",
        "alter table users no force row level security",
        FOR_ALL,
        "alter table users force row level security",
    )

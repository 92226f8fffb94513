-- Roles belong to the whole server, migrations to one database: so roles are made before Alembic runs.
do $$
declare
    role text;
begin
    foreach role in array array['hearth_app', 'hearth_worker', 'hearth_gate'] loop
        if not exists (select from pg_roles where rolname = role) then
            execute format('create role %I nologin nosuperuser nobypassrls', role);
        end if;
        -- The migrating role hands functions over to the gate, for which it must be able to become it; whoever is
        -- no superuser and has made a role may administer it, and no more.
        if not pg_has_role(current_user, role, 'SET') or not pg_has_role(current_user, role, 'USAGE') then
            execute format('grant %I to %I with set true, inherit true', role, current_user);
        end if;
    end loop;
    -- A temporary table could shadow a real one for a careless search_path. Said at each migration, since a
    -- restored or copied database comes without its rights.
    execute format('revoke temporary, create on database %I from public', current_database());
end $$;

"""Folders and files go along with an action's undo: their changes are logged, and they can lie in the trash."""

from migrations.tables import gate_function, run_sql

revision = "20261121_1160"
down_revision = "20261121_1150"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# What record_changed does for a record, without registry and pipeline: a folder or a file is no record. What is
# deleted for ever takes its history along.
COMPANY_CHANGED = f"""
create function company_changed() returns trigger language plpgsql {HEAD} as $$
declare
    fresh jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
    stale jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
    action uuid := nullif(current_setting('app.action_id', true), '')::uuid;
    changed text[];
    values_before jsonb := '{{}}';
begin
    if tg_op = 'DELETE' then
        delete from change_log c where c.user_id = old.user_id and c.record_id = old.id;
        return null;
    end if;
    if tg_op = 'UPDATE' then
        select array_agg(key order by key), jsonb_object_agg(key, value) into changed, values_before
          from jsonb_each(stale) where value is distinct from fresh -> key;
        if changed is null then
            return null;
        end if;
    end if;
    if action is null then
        action := uuidv7();
        perform set_config('app.action_id', action::text, true);
    end if;
    insert into change_log (user_id, record_id, kind, op, columns, before, action_id, actor)
    values (new.user_id, new.id, tg_argv[0], case tg_op when 'INSERT' then 'create' else 'update' end,
            coalesce(changed, '{{}}'), values_before, action,
            coalesce(nullif(current_setting('app.actor', true), ''), 'sql:' || session_user));
    return null;
end $$"""

# A living note lies in a folder that is there: whoever takes one out of the trash finds its folder again.
REVIVE_FOLDERS = """
create function revive_folders() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (select from folders f where f.id = new.folder_id and f.deleted_at is not null) then
        with recursive up as (
            select f.id, f.parent_id from folders f where f.id = new.folder_id
            union all select f.id, f.parent_id from folders f join up on f.id = up.parent_id)
        update folders f set deleted_at = null from up where f.id = up.id and f.deleted_at is not null;
    end if;
    return null;
end $$"""

USERS_WITH_TRASH = f"""
create or replace function gate_users_with_trash(before timestamptz) returns setof uuid language sql stable {HEAD}
as $$ select user_id from records where deleted_at < before
      union select user_id from folders where deleted_at < before
      union select user_id from attachments where deleted_at < before $$"""


def upgrade() -> None:
    run_sql(
        "alter table folders add column deleted_at timestamptz",
        "alter table attachments add column deleted_at timestamptz",
        COMPANY_CHANGED, REVIVE_FOLDERS,
        "create trigger company_changed after insert or update or delete on folders "
        "for each row execute function company_changed('folder')",
        "create trigger company_changed after insert or delete on attachments "
        "for each row execute function company_changed('attachment')",
        # Not where its record was deleted for ever, which is no deed upon the file.
        "create trigger company_updated after update on attachments "
        "for each row when (pg_trigger_depth() = 0) execute function company_changed('attachment')",
        "create trigger revive_folders after update of deleted_at, folder_id on notes for each row "
        "when (new.deleted_at is null and new.folder_id is not null) execute function revive_folders()",
        "create policy gate on folders for select to hearth_gate using (true)",
        "grant select on folders to hearth_gate",
        "grant update, delete on folders to hearth_worker",
    )  # fmt: skip
    gate_function(USERS_WITH_TRASH, "gate_users_with_trash(timestamptz)", "hearth_worker")

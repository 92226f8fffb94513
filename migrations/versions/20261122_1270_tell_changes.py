"""Each change says which version it made, and pages that are open hear of it."""

from migrations.tables import run_sql

revision = "20261122_1270"
down_revision = "20261122_1260"

# As before, and besides: the version that a change made, by which a save finds the text that it started from, and a
# word to whoever has the record open (app/web/live.py). It names ids alone.
RECORD_CHANGED = r"""
create or replace function record_changed() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
    fresh jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
    stale jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
    record jsonb := coalesce(fresh, stale);
    owner_id uuid := (record ->> 'user_id')::uuid;
    row_id uuid := (record ->> 'id')::uuid;
    actor text := coalesce(nullif(current_setting('app.actor', true), ''), 'sql:' || session_user);
    action uuid := nullif(current_setting('app.action_id', true), '')::uuid;
    changed text[];
    values_before jsonb := '{}';
    title text := coalesce(record ->> tg_argv[1], '');
    body text := coalesce(record ->> tg_argv[2], '');
    change bigint;
begin
    if tg_op = 'UPDATE' then
        select array_agg(key order by key) filter (where key <> 'updated_at'),
               jsonb_object_agg(key, value) filter (where octet_length(value::text) <= 262144)
          into changed, values_before
          from jsonb_each(stale)
         where key = 'updated_at' or value is distinct from fresh -> key and key <> 'version';
        if changed is null then
            return null;
        end if;
    elsif tg_op = 'DELETE' then
        -- With the whole account gone, its history is gone too: there is nobody to write it for.
        if not exists (select from users u where u.id = owner_id) then
            return null;
        end if;
        delete from change_log c where c.user_id = owner_id and c.record_id = row_id;
    end if;
    if action is null then
        action := uuidv7();
        perform set_config('app.action_id', action::text, true);
    end if;
    insert into change_log (user_id, record_id, kind, op, columns, before, action_id, actor, version)
    values (owner_id, row_id, tg_argv[0], case tg_op when 'INSERT' then 'create' else lower(tg_op) end,
            coalesce(changed, '{}'), coalesce(values_before, '{}'), action, actor, (fresh ->> 'version')::integer)
    returning seq into change;
    if tg_op = 'DELETE' then
        delete from records r where r.id = row_id;
        return null;
    end if;
    perform register_record(tg_argv[0], fresh, stale, title, body, changed && array[tg_argv[1], tg_argv[2]]);
    insert into pipeline (record_id, slot, user_id, seq, backlog)
    select row_id, slot, owner_id, change, actor = 'import' from unnest(
        case when tg_op = 'INSERT' or changed && array[tg_argv[1], tg_argv[2], 'content_format', 'custom_fields']
             then array['index', 'connect', 'heat', 'react'] else array['heat', 'react'] end) slot
    on conflict on constraint pipeline_pkey do update
       set seq = excluded.seq, backlog = pipeline.backlog and excluded.backlog, due_at = now(),
           attempts = 0, error = null, parked_at = null;
    -- Heard at commit, once per transaction; a worker that does not hear it finds the rows by its sweep.
    perform pg_notify('hearth_pipeline', '');
    if tg_op = 'UPDATE' then
        perform pg_notify('hearth_changes', concat_ws(' ', owner_id, row_id, fresh ->> 'version'));
    end if;
    return null;
end $$"""

# A stream ends with the session that opened it.
SESSION_ENDED = """
create function session_ended() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    perform pg_notify('hearth_changes', old.user_id::text);
    return null;
end $$"""


def upgrade() -> None:
    run_sql(
        # Null for what is older: nobody knows any more.
        "alter table change_log add column version integer",
        RECORD_CHANGED, SESSION_ENDED,
        "create trigger session_ended after delete on sessions for each row execute function session_ended()",
    )  # fmt: skip

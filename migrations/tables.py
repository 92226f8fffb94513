"""The one way a migration makes an owned table: its columns, its policy, its triggers and its grants together."""

from __future__ import annotations

from alembic import op

MIXIN = """
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    archived_at timestamptz,
    deleted_at timestamptz,
    version integer not null default 1,
    source text not null default 'local',
    source_id text,
    synced_at timestamptz,
    is_pinned boolean not null default false,
    sensitivity text not null default 'normal' check (sensitivity in ('low', 'normal', 'high', 'critical')),
    custom_fields jsonb not null default '{}',
    unique (user_id, id),
    unique (user_id, source, source_id)
"""

# Keeps property_values (20261121_1090); `%s` is the table.
PROPERTIES = (
    "create trigger record_properties after insert or update of custom_fields on %s "
    "for each row execute function record_properties()"
)

READ = "select"
WRITE = "select, insert, update, delete"


def run_sql(*statements: str) -> None:
    for statement in statements:
        op.execute(statement)


def record_table(table: str, *, kind: str, title: str, body: str, columns: str) -> None:
    """Make the table of one kind of record.

    `title` and `body` name the columns the registry reads; `columns` is SQL for the kind's own columns. Adding
    a kind is one call of this function: pipeline, search, graph, heat, history and trash need nothing more.
    """
    run_sql(f"create table {table} ({columns}, {MIXIN})")
    own_table(table, app=WRITE, worker=WRITE)
    run_sql(
        f"create trigger move_version before update on {table} for each row execute function move_version()",
        f"create trigger record_changed after insert or update or delete on {table} for each row "
        f"execute function record_changed('{kind}', '{title}', '{body}')",
        # The first kinds are older than the function; the migration that made it attached it to them.
        "do $$ begin if to_regprocedure('record_properties()') is not null then "
        f"execute format('{PROPERTIES}', '{table}'); end if; end $$",
    )


def own_table(table: str, *, app: str = "", worker: str = "") -> None:
    """Forced row-level security: a row is seen and written only by the user that it belongs to."""
    run_sql(
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        # The sub-select makes the user a constant of the plan: measured the fastest form that keeps index scans.
        f"create policy own on {table} using (user_id = (select app_user_id())) "
        "with check (user_id = (select app_user_id()))",
    )
    grant(table, app=app, worker=worker)


def grant(table: str, *, app: str = "", worker: str = "") -> None:
    if app:
        run_sql(f"grant {app} on {table} to hearth_app")
    if worker:
        run_sql(f"grant {worker} on {table} to hearth_worker")


def gate_function(source: str, signature: str, roles: str = "") -> None:
    """A function that sees across users: owned by hearth_gate, called by `roles` and by whoever migrates, no other."""
    run_sql(source, f"revoke execute on function {signature} from public")
    if roles:
        run_sql(f"grant execute on function {signature} to {roles}")
    # The migrating role keeps its right to call after the function changes hands.
    run_sql(
        f"do $$ begin execute format('grant execute on function {signature} to %I', current_user); end $$",
        f"alter function {signature} owner to hearth_gate",
    )

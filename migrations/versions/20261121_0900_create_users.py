"""Users, sessions, and the few look-ups that come before there is a user."""

from migrations.tables import own_table, run_sql

revision = "20261121_0900"
down_revision = None

USERS = """
create table users (
    id uuid primary key default uuidv7(),
    email text not null unique check (email = lower(email) and email like '%_@_%' and length(email) <= 254),
    password_hash text,
    role text not null default 'member' check (role in ('owner', 'admin', 'member')),
    status text not null default 'active' check (status in ('active', 'suspended', 'deleted')),
    verified_at timestamptz,
    last_login_at timestamptz,
    time_zone text not null default 'UTC',
    locale text not null default 'en',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
)"""

SESSIONS = """
create table sessions (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    token_hash bytea not null unique check (length(token_hash) = 32),
    user_agent text not null default '',
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null
)"""

ATTEMPTS = """
create table sign_in_attempts (
    key bytea not null,
    at timestamptz not null default clock_timestamp()
)"""


def upgrade() -> None:
    run_sql(
        "revoke create on schema public from public",
        "grant usage on schema public to hearth_app, hearth_worker, hearth_gate",
        # On a reused connection the setting is an empty string, not null.
        """create function app_user_id() returns uuid language sql stable parallel safe
           as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$""",
        USERS,
        "alter table users enable row level security",
        "alter table users force row level security",
        "create policy own on users using (id = (select app_user_id())) with check (id = (select app_user_id()))",
        "grant select on users to hearth_app, hearth_worker",
        "grant update (password_hash, last_login_at, time_zone, locale, updated_at) on users to hearth_app",
        SESSIONS,
        "create index sessions_of_user on sessions (user_id)",
        ATTEMPTS,
        "create index sign_in_attempts_by_key on sign_in_attempts (key, at)",
        "alter table sign_in_attempts enable row level security",
        "alter table sign_in_attempts force row level security",
    )
    own_table("sessions", app="select, insert, update, delete")
    for table in ("users", "sessions", "sign_in_attempts"):
        run_sql(
            f"create policy gate on {table} to hearth_gate using (true) with check (true)",
            f"grant select, insert, update, delete on {table} to hearth_gate",
        )

"""The first kinds of record (notes, topics, contacts) with the folders and memberships around them."""

from migrations.tables import WRITE, own_table, record_table, run_sql

revision = "20261121_0920"
down_revision = "20261121_0910"

FOLDERS = """
create table folders (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    parent_id uuid,
    name text not null check (name <> ''),
    icon text,
    colour text,
    sort_order integer not null default 0,
    is_default boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (user_id, id),
    unique nulls not distinct (user_id, parent_id, name),
    foreign key (user_id, parent_id) references folders (user_id, id) on delete cascade
)"""

CONTACTS = """
    full_name text not null check (btrim(full_name) <> ''),
    nickname text,
    email text,
    phone text,
    company text,
    role_title text,
    location text,
    notes text not null default '',
    avatar text,
    is_self boolean not null default false,
    constraint self_stays check (not is_self or (archived_at is null and deleted_at is null))
"""

NOTES = """
    title text not null default '',
    content text not null default '',
    content_format text not null default 'markdown' check (content_format in ('markdown', 'html', 'plain')),
    icon text,
    colour text,
    note_kind text not null default 'note' check (note_kind in ('note', 'log', 'system')),
    date_key date,
    preferred_view text not null default 'doc' check (preferred_view in ('doc', 'canvas')),
    folder_id uuid,
    is_pinned_home boolean not null default false,
    is_inbox boolean not null default false,
    author_contact_id uuid,
    check (note_kind <> 'log' or date_key is not null),
    foreign key (user_id, folder_id) references folders (user_id, id) on delete set null (folder_id),
    foreign key (user_id, author_contact_id) references contacts (user_id, id) on delete set null (author_contact_id)
"""

TOPICS = """
    label text not null check (label <> ''),
    slug text not null check (slug <> ''),
    description text not null default ''
"""

RECORD_TOPICS = """
create table record_topics (
    user_id uuid not null,
    record_id uuid not null,
    topic_id uuid not null,
    origin text not null default 'written' check (origin in ('written', 'property', 'manual')),
    created_at timestamptz not null default now(),
    primary key (record_id, topic_id, origin),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade,
    foreign key (user_id, topic_id) references topics (user_id, id) on delete cascade
)"""

# Contact Zero is the user: it leaves only together with the account.
KEEP_SELF = """
create function keep_self() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'UPDATE' and old.is_self and not new.is_self then
        raise exception 'Contact Zero stays the user''s own contact' using errcode = 'check_violation';
    elsif tg_op = 'DELETE' and old.is_self and exists (select from users where id = old.user_id) then
        raise exception 'Contact Zero cannot be deleted' using errcode = 'check_violation';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$"""


def upgrade() -> None:
    run_sql(FOLDERS)
    own_table("folders", app=WRITE, worker="select")
    record_table("contacts", kind="contact", title="full_name", body="notes", columns=CONTACTS)
    record_table("notes", kind="note", title="title", body="content", columns=NOTES)
    record_table("topics", kind="topic", title="label", body="description", columns=TOPICS)
    run_sql(RECORD_TOPICS, KEEP_SELF)
    own_table("record_topics", app=WRITE, worker=WRITE)
    run_sql(
        "create trigger keep_self before update or delete on contacts for each row execute function keep_self()",
        "create unique index contacts_one_self on contacts (user_id) where is_self",
        "create index contacts_by_name on contacts (user_id, lower(full_name), id) where deleted_at is null",
        "create unique index topics_by_slug on topics (user_id, slug)",
        "create index notes_newest on notes (user_id, is_pinned desc, updated_at desc, id desc) "
        "where deleted_at is null and archived_at is null",
        "create index notes_by_date_key on notes (user_id, date_key) where date_key is not null",
        "create index notes_by_folder on notes (user_id, folder_id) where folder_id is not null",
        "create index notes_in_trash on notes (user_id, deleted_at desc) where deleted_at is not null",
        "create index record_topics_of_topic on record_topics (user_id, topic_id, record_id)",
        "create index folders_of_parent on folders (user_id, parent_id)",
        # Contact Zero is made before there is a session, by the function that makes the user.
        "grant select, insert on contacts to hearth_gate",
    )

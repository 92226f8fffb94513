"""All that is known of a person, in the person's own row; what must be looked up of it is derived by triggers."""

from migrations.tables import own_table, run_sql

revision = "20261122_1300"
down_revision = "20261122_1280"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# What has many values is a list in the row: history, undo, merge, the version check, export and import are one
# mechanism over a record's columns, and know lists as any other field.
LISTS = ("emails", "phones", "addresses", "urls", "handles", "dates", "promises", "relations", "groups", "card_extra")
COLUMNS = f"""
alter table contacts
    add column prefix text, add column first_name text, add column middle_name text, add column last_name text,
    add column suffix text, add column pronouns text, add column role text, add column how_met text,
    {
    ", ".join(f"add column {name} jsonb not null default '[]' check (jsonb_typeof({name}) = 'array')" for name in LISTS)
},
    add column domain text not null default 'personal' check (domain in ('business', 'personal', 'hybrid')),
    add column status text not null default 'active' check (status in ('active', 'dormant', 'blocked', 'testing')),
    add column is_favourite boolean not null default false,
    add column wished_days integer check (wished_days between 1 and 3650),
    add column card_uid text,
    add constraint contacts_card_uid unique (user_id, card_uid)"""

ONE_OF = """
create function one_of(value text) returns jsonb language sql immutable
as $$ select case when btrim(coalesce(value, '')) = '' then '[]'
             else jsonb_build_array(jsonb_build_object('label', '', 'value', btrim(value))) end $$"""
# What was one address and one number becomes the first of each list, in the history too, which is still undone.
MOVE = "update contacts set emails = one_of(email), phones = one_of(phone)"
MOVE_HISTORY = """
update change_log set
       columns = array(select distinct case c when 'email' then 'emails' when 'phone' then 'phones' else c end
                         from unnest(columns) c order by 1),
       before = before - '{email,phone}'::text[]
           || case when before ? 'email' then jsonb_build_object('emails', one_of(before ->> 'email'))
                   else '{}' end
           || case when before ? 'phone' then jsonb_build_object('phones', one_of(before ->> 'phone'))
                   else '{}' end
 where kind = 'contact' and (before ? 'email' or before ? 'phone')"""

# What a person is looked up by, each value folded for comparing; the first row is what lists are sorted by.
POINTS = """
create table contact_points (
    user_id uuid not null,
    contact_id uuid not null,
    place integer not null,
    kind text not null check (kind in ('name', 'email', 'phone', 'handle', 'url', 'date', 'word')),
    value text not null,
    normal text not null,
    label text not null default '',
    primary key (contact_id, place),
    foreign key (user_id, contact_id) references contacts (user_id, id) on delete cascade
)"""

POINTS_OF = r"""
create function contact_points_of(c contacts)
returns table (place integer, kind text, value text, normal text, label text) language sql stable
set search_path = pg_catalog, public, pg_temp as $$
    select row_number() over (order by rank, n)::integer - 1, p.kind, p.value, left(p.normal, 500),
           coalesce(p.label, '')
      from (select 0 as rank, 1 as n, 'name' as kind, c.full_name as value, fold_text(c.full_name) as normal,
                   'full' as label
            union all select 1, 1, 'name', c.nickname, fold_text(c.nickname), 'nickname'
            union all select 1, 2, 'name', l.name, fold_text(l.name), 'first_last'
                        from (select nullif(btrim(concat_ws(' ', c.first_name, c.last_name)), '') as name) l
                       where l.name <> c.full_name
            union all select 2, n, 'email', e ->> 'value', fold_text(e ->> 'value'), e ->> 'label'
                        from jsonb_array_elements(c.emails) with ordinality l(e, n)
            union all select 3, n, 'phone', e ->> 'value',
                             coalesce(e ->> 'e164', regexp_replace(e ->> 'value', '[^0-9]', '', 'g')), e ->> 'label'
                        from jsonb_array_elements(c.phones) with ordinality l(e, n)
            union all select 4, n, 'handle', e ->> 'value', fold_text(ltrim(e ->> 'value', '@ ')), e ->> 'service'
                        from jsonb_array_elements(c.handles) with ordinality l(e, n)
            union all select 5, n, 'url', e ->> 'value',
                             fold_text(regexp_replace(e ->> 'value', '^\s*https?://(www\.)?|/\s*$', '', 'gi')),
                             e ->> 'label'
                        from jsonb_array_elements(c.urls) with ordinality l(e, n)
            union all select 6, n, 'date', e ->> 'date', right(e ->> 'date', 5), e ->> 'label'
                        from jsonb_array_elements(c.dates) with ordinality l(e, n)
            -- What a search as one types begins with, too: each word of what they are called, and a number as dialled.
            union all select 7, n, 'word', w, w, ''
                        from unnest((array(select distinct w from regexp_split_to_table(fold_text(concat_ws(' ',
                             c.full_name, c.nickname, c.first_name, c.last_name, c.company)), '[ -]+') w))[1:40])
                             with ordinality l(w, n)
            union all select 8, n, 'word', e ->> 'value', regexp_replace(e ->> 'value', '[^0-9]', '', 'g'), ''
                        from jsonb_array_elements(c.phones) with ordinality l(e, n) where e ->> 'e164' is not null) p
     where p.normal <> '' $$"""

# Whatever a person is called or reached by names them, beside the title and the aliases, which stay what they are.
NAME = f"""
create function name_contact(c contacts) returns void language sql {HEAD} as $$
    delete from names n where n.record_id = c.id and n.origin in ('nickname', 'email', 'phone', 'handle');
    insert into names (user_id, record_id, folded, name, origin)
    select distinct on (folded) c.user_id, c.id, folded, value, origin
      from (select left(case kind when 'phone' then regexp_replace(value, '\\D', '', 'g')
                                  else fold_text(value) end, 500) as folded, value, place,
                   case kind when 'name' then 'nickname' else kind end as origin
              from contact_points_of(c) where kind in ('name', 'email', 'phone', 'handle') and place > 0) p
     where folded <> '' and not c.is_self
     order by folded, place
    on conflict (record_id, folded) do nothing $$"""

# After record_changed, by its name. A link that waits for a name may be bound by one of these.
KEEP_POINTS = f"""
create function keep_points() returns trigger language plpgsql security definer {HEAD} as $$
begin
    delete from contact_points p where p.user_id = new.user_id and p.contact_id = new.id;
    insert into contact_points (user_id, contact_id, place, kind, value, normal, label)
    select new.user_id, new.id, p.place, p.kind, p.value, p.normal, p.label from contact_points_of(new) p;
    perform name_contact(new);
    if tg_op = 'UPDATE' then
        insert into pipeline (record_id, slot, user_id, seq)
        select new.id, 'connect', new.user_id, max(c.seq) from change_log c
         where c.user_id = new.user_id and c.record_id = new.id having max(c.seq) is not null
        on conflict on constraint pipeline_pkey do update
           set seq = excluded.seq, due_at = now(), attempts = 0, error = null, parked_at = null;
    end if;
    return null;
end $$"""

# As with the people of a note (20261122_1260): the links follow the column, whoever writes it. `member` is a group's.
RELATE = f"""
create function relate_contacts() returns trigger language plpgsql {HEAD} as $$
begin
    delete from entity_links l
     where l.user_id = new.user_id and l.source_id = new.id and l.origin = 'structural' and l.relation <> 'member'
       and not exists (select from jsonb_array_elements(new.relations) e
                        where e ->> 'relation' = l.relation and e ->> 'contact_id' = l.target_id::text);
    insert into entity_links (user_id, source_id, target_id, relation, origin, created_by)
    select distinct new.user_id, new.id, c.id, e ->> 'relation', 'structural', 'person'
      from jsonb_array_elements(new.relations) e
      join contacts c on c.user_id = new.user_id and c.id::text = e ->> 'contact_id' and c.id <> new.id
     where e ->> 'relation' <> ''
    on conflict (source_id, relation, target_id, origin) where origin <> 'written' do nothing;
    return null;
end $$"""

# As before, but its address is the first of its list.
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
    insert into contacts (user_id, full_name, emails, is_self)
    values (made, name, jsonb_build_array(jsonb_build_object('label', '', 'value', email)), true);
    perform make_first_folders(made, locale);
    return made;
end $$"""

FED = "full_name, nickname, first_name, last_name, company, emails, phones, handles, urls, dates"
FILL = (
    "insert into contact_points (user_id, contact_id, place, kind, value, normal, label) "
    "select c.user_id, c.id, p.place, p.kind, p.value, p.normal, p.label "
    "from contacts c cross join lateral contact_points_of(c) p",
    "select name_contact(c) from contacts c",
)


def upgrade() -> None:
    run_sql(COLUMNS, ONE_OF, POINTS, POINTS_OF)
    own_table("contact_points", app="select", worker="select")
    run_sql(
        "alter table names drop constraint names_origin_check",
        "alter table names add constraint names_origin_check "
        "check (origin in ('title', 'alias', 'nickname', 'email', 'phone', 'handle'))",
        NAME, KEEP_POINTS, RELATE, CREATE_USER,
        "alter table contacts disable trigger user, no force row level security",
        "alter table contact_points no force row level security",
        "alter table names no force row level security",
        "alter table change_log no force row level security",
        MOVE, MOVE_HISTORY, *FILL,
        "alter table change_log force row level security",
        "alter table names force row level security",
        "alter table contact_points force row level security",
        "alter table contacts enable trigger user, force row level security",
        "alter table contacts drop column email, drop column phone",
        "create index contact_points_normal on contact_points (user_id, kind, normal)",
        "create index contact_points_of_contact on contact_points (user_id, contact_id)",
        # The list of people walks it: accents and case are folded, so that Ágota comes before Bea.
        "create index contact_points_sorted on contact_points (user_id, normal, contact_id) where place = 0",
        f"create trigger record_points after insert or update of {FED} on contacts "
        "for each row execute function keep_points()",
        "create trigger relate_contacts_of_new after insert on contacts for each row "
        "when (new.relations <> '[]') execute function relate_contacts()",
        "create trigger relate_contacts after update of relations on contacts "
        "for each row execute function relate_contacts()",
        "drop index contacts_by_name",
        "drop function one_of(text)",
        "revoke execute on function keep_points, name_contact from public",
    )  # fmt: skip

"""Gate functions: what may be asked before there is a user, and the index that row-level security cannot reach."""

from migrations.tables import run_sql

revision = "20261121_0940"
down_revision = "20261121_0930"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

USER_EXISTS = f"""
create function gate_user_exists() returns boolean language sql stable {HEAD}
as $$ select exists (select from users) $$"""

FIND_SIGN_IN = f"""
create function gate_find_sign_in(email text) returns table (user_id uuid, password_hash text, status text)
language sql stable {HEAD}
as $$ select u.id, u.password_hash, u.status from users u where u.email = gate_find_sign_in.email $$"""

# `first_only` makes two simultaneous first-run forms produce one owner.
CREATE_USER = f"""
create function gate_create_user(email text, name text, password_hash text, role text, time_zone text,
                                 locale text, first_only boolean) returns uuid language plpgsql {HEAD} as $$
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
    perform set_config('app.user_id', made::text, true);
    insert into contacts (user_id, full_name, email, is_self) values (made, name, email, true);
    return made;
end $$"""

# Sets the user for the rest of the caller's transaction, so that one transaction serves sign-in and page.
OPEN_SESSION = f"""
create function gate_open_session(token_hash bytea)
returns table (user_id uuid, session_id uuid, role text, name text, locale text, time_zone text)
language plpgsql {HEAD} as $$
declare
    found_session sessions%rowtype;
begin
    select s.* into found_session from sessions s
     where s.token_hash = gate_open_session.token_hash and s.expires_at > now();
    if not found then
        return;
    end if;
    perform set_config('app.user_id', found_session.user_id::text, true);
    if found_session.last_seen_at < now() - interval '5 minutes' then
        update sessions s set last_seen_at = now() where s.id = found_session.id;
    end if;
    return query select u.id, found_session.id, u.role, c.full_name, u.locale, u.time_zone
      from users u join contacts c on c.user_id = u.id and c.is_self
     where u.id = found_session.user_id and u.status = 'active';
end $$"""

COUNT_ATTEMPT = f"""
create function gate_count_attempt(key bytea, within interval) returns integer language plpgsql {HEAD} as $$
begin
    perform pg_advisory_xact_lock(hashtextextended(encode(key, 'hex'), 7));
    delete from sign_in_attempts a where a.at < clock_timestamp() - interval '1 day';
    insert into sign_in_attempts (key) values (key);
    return (select count(*) from sign_in_attempts a
            where a.key = gate_count_attempt.key and a.at > clock_timestamp() - within);
end $$"""

FORGET_ATTEMPTS = f"""
create function gate_forget_attempts(key bytea) returns void language sql {HEAD}
as $$ delete from sign_in_attempts a where a.key = gate_forget_attempts.key $$"""

LIST_USERS = f"""
create function gate_list_users() returns table (id uuid, email text, role text, status text,
    created_at timestamptz, last_login_at timestamptz) language sql stable {HEAD}
as $$ select id, email, role, status, created_at, last_login_at from users order by created_at, id $$"""

SET_PASSWORD = f"""
create function gate_set_password(email text, password_hash text) returns boolean language plpgsql {HEAD} as $$
declare
    changed uuid;
begin
    update users u set password_hash = gate_set_password.password_hash, updated_at = now()
     where u.email = gate_set_password.email returning u.id into changed;
    delete from sessions s where s.user_id = changed;
    return changed is not null;
end $$"""

REMOVE_USER = f"""
create function gate_remove_user(email text) returns boolean language plpgsql {HEAD} as $$
declare
    gone uuid := (select u.id from users u where u.email = gate_remove_user.email);
begin
    -- The cascade runs under the policies of the tables it reaches: it must act as the one who leaves.
    perform set_config('app.user_id', coalesce(gone::text, ''), true);
    delete from users u where u.id = gone;
    return gone is not null;
end $$"""

# `@@` is not leakproof, so under a policy it never reaches the index; this function filters by user itself.
FIND_WORDS = f"""
create function gate_find_words(query tsquery, at_most integer) returns table (record_id uuid, rank real)
language sql stable {HEAD}
as $$ select w.record_id, ts_rank_cd('{{0.1, 0.2, 0.4, 1.0}}', w.words, query, 1)
        from record_words w where w.words @@ query and w.user_id = app_user_id()
       order by 2 desc, 1 limit at_most $$"""

# Any of the words (a question must not die of AND), the last one also as a beginning; `share` tells how many of
# them a record has. What is quoted or excluded by a minus must hold for all.
SEARCH = f"""
create function gate_search(query text, at_most integer)
returns table (record_id uuid, rank real, share real) language plpgsql stable {HEAD} as $$
declare
    lexemes text[] := tsvector_to_array(to_tsvector('simple',
        fold_text(regexp_replace(query, '(^|\\s)-\\S+', ' ', 'g'))));
    last_word text := (tsvector_to_array(to_tsvector('simple', fold_text(substring(query from '(\\w+)$')))))[1];
    musts text := coalesce((select string_agg(part[1], ' ')
        from regexp_matches(query, '(?:^|\\s)(-\\w+|"[^"]+")', 'g') part), '');
    wanted tsquery;
    needed tsquery := websearch_to_tsquery('simple', fold_text(musts));
begin
    select string_agg(quote_literal(lexeme) || case when lexeme = last_word then ':*' else '' end, ' | ')::tsquery
      into wanted from unnest(lexemes[1:32]) lexeme;
    if numnode(needed) > 0 then
        wanted := case when wanted is null then needed else wanted && needed end;
    end if;
    if wanted is null then
        return;
    end if;
    return query
        select w.record_id, ts_rank_cd('{{0.1, 0.2, 0.4, 1.0}}', w.words, wanted, 1),
               (select count(*) filter (where w.words @@ (quote_literal(lexeme)
                           || case when lexeme = last_word then ':*' else '' end)::tsquery)::real
                       / greatest(count(*), 1) from unnest(lexemes[1:32]) lexeme)::real as share
          from record_words w where w.words @@ wanted and w.user_id = app_user_id()
         order by 3 desc, 2 desc, 1 limit at_most;
end $$"""

RETRY_PARKED = f"""
create function gate_retry_parked() returns integer language plpgsql {HEAD} as $$
declare
    retried integer;
begin
    update pipeline set parked_at = null, attempts = 0, due_at = now()
     where user_id = app_user_id() and parked_at is not null;
    get diagnostics retried = row_count;
    return retried;
end $$"""

FUNCTIONS = {
    USER_EXISTS: ("gate_user_exists()", "hearth_app"),
    FIND_SIGN_IN: ("gate_find_sign_in(text)", "hearth_app"),
    CREATE_USER: ("gate_create_user(text, text, text, text, text, text, boolean)", None),
    OPEN_SESSION: ("gate_open_session(bytea)", "hearth_app"),
    COUNT_ATTEMPT: ("gate_count_attempt(bytea, interval)", "hearth_app"),
    FORGET_ATTEMPTS: ("gate_forget_attempts(bytea)", "hearth_app"),
    LIST_USERS: ("gate_list_users()", None),
    SET_PASSWORD: ("gate_set_password(text, text)", None),
    REMOVE_USER: ("gate_remove_user(text)", None),
    FIND_WORDS: ("gate_find_words(tsquery, integer)", "hearth_app, hearth_worker"),
    SEARCH: ("gate_search(text, integer)", "hearth_app, hearth_worker"),
    RETRY_PARKED: ("gate_retry_parked()", "hearth_app"),
}

# The web makes the first owner and nobody else: further accounts are the owner's role's business.
CREATE_OWNER = f"""
create function gate_create_owner(email text, name text, password_hash text, time_zone text, locale text)
returns uuid language sql {HEAD}
as $$ select gate_create_user(email, name, password_hash, 'owner', time_zone, locale, true) $$"""


def upgrade() -> None:
    for source, (signature, roles) in FUNCTIONS.items():
        run_sql(source)
        _give(signature, roles)
    run_sql(CREATE_OWNER)
    _give("gate_create_owner(text, text, text, text, text)", "hearth_app")
    run_sql(
        "create policy gate on record_words for select to hearth_gate using (true)",
        "grant select on record_words, pipeline to hearth_gate",
        "grant update (parked_at, attempts, due_at) on pipeline to hearth_gate",
    )


def _give(signature: str, roles: str | None) -> None:
    run_sql(f"revoke execute on function {signature} from public")
    if roles:
        run_sql(f"grant execute on function {signature} to {roles}")
    # The migrating role keeps its right to call after the function changes hands.
    run_sql(f"do $$ begin execute format('grant execute on function {signature} to %I', current_user); end $$")
    run_sql(f"alter function {signature} owner to hearth_gate")

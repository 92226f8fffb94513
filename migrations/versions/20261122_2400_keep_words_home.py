"""What a model of meaning outside of the house was not given, so that nobody waits until it has read it."""

from migrations.tables import WRITE, gate_function, own_table, run_sql

revision = "20261122_2400"
down_revision = "20261122_2320"

HEAD = "set search_path = pg_catalog, public, pg_temp"
GATE = f"security definer {HEAD}"

# A line stands for all texts of its record. It goes when these are looked at once more, and lets them go.
WITHHELD = """
create table withheld_texts (
    record_id uuid not null,
    user_id uuid not null,
    model_id smallint not null references embedding_models (id) on delete cascade,
    at timestamptz not null default now(),
    primary key (record_id, model_id),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# As before, but for what the model is not to have.
GAPS = f"""
create or replace function gate_gaps(model smallint) returns table (user_id uuid, texts bigint, missing bigint)
language sql stable {GATE} as $$
    select t.user_id, count(*), count(*) filter (where v.text_hash is null)
      from (select distinct p.user_id, p.text_hash from passages p
             where not exists (select from withheld_texts w where w.record_id = p.record_id and w.model_id = model)) t
      left join vectors v on v.user_id = t.user_id and v.model_id = model and v.text_hash = t.text_hash
     group by t.user_id order by t.user_id $$"""

# Of these records, or of all of the person: their texts are looked at once more, as if they had just been written.
AGAIN = f"""
create function read_again(ids uuid[]) returns void language sql {GATE} as $$
    with gone as (
        delete from withheld_texts w where w.user_id = app_user_id() and (ids is null or w.record_id = any(ids))
        returning w.record_id)
    insert into pipeline as p (record_id, slot, user_id, seq, backlog)
    select distinct on (r.id) r.id, 'index', r.user_id, nextval(pg_get_serial_sequence('public.change_log', 'seq')),
           true
      from gone join records r on r.id = gone.record_id where r.deleted_at is null order by r.id
    on conflict on constraint pipeline_pkey do update
       set seq = excluded.seq, attempts = 0, error = null, parked_at = null;
    select pg_notify('hearth_pipeline', '');
$$"""

# Whoever says how delicate a record is, also by an undo or an import, has it looked at by that.
SAID = f"""
create function sensitivity_said() returns trigger language plpgsql {HEAD} as $$
declare
    one jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
begin
    perform read_again(array[(one ->> tg_argv[0])::uuid]);
    return null;
end $$"""


def upgrade() -> None:
    run_sql(WITHHELD)
    own_table("withheld_texts", app="select", worker=WRITE)
    run_sql(
        "create index withheld_texts_of on withheld_texts (user_id, model_id)",
        "create policy gate on withheld_texts for select to hearth_gate using (true)",
        "grant select on withheld_texts to hearth_gate",
        AGAIN, SAID,
        "revoke execute on function read_again, sensitivity_said from public",
        "grant execute on function read_again to hearth_app, hearth_worker",
        "create trigger sensitivity_said after update of sensitivity on records for each row "
        "when (new.sensitivity is distinct from old.sensitivity) execute function sensitivity_said('id')",
        "create trigger sensitivity_said after insert or update or delete on sensitivity_choices for each row "
        "execute function sensitivity_said('record_id')",
    )  # fmt: skip
    gate_function(GAPS, "gate_gaps(smallint)", "hearth_worker")

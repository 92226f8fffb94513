"""An interaction without words is shown by what it was and when, wherever records of any kind are named."""

from migrations.tables import run_sql

revision = "20261122_1620"
down_revision = "20261122_1610"

HEAD = "set search_path = pg_catalog, public, pg_temp"
TYPES = ("call", "meeting", "message", "email", "dm")
WORDS = {
    "de": ("Anruf", "Treffen", "Nachricht", "E-Mail", "Direktnachricht", "Begegnung"),
    "en": ("Call", "Meeting", "Message", "E-mail", "Direct message", "Interaction"),
}
DAYS = {"de": "FMDD.FMMM.YYYY", "en": "FMDD Mon YYYY"}


def _words(language: str) -> str:
    *known, other = WORDS[language]
    cases = " ".join(f"when '{name}' then '{word}'" for name, word in zip(TYPES, known, strict=True))
    return f"case kind {cases} else '{other}' end || to_char(local_day, ', {DAYS[language]}')"


# No title, which would be a name that links are bound to: it stands where a text's first words stand. In the language
# of whoever writes it, as the names of the first folders (20261121_1180).
LABEL = f"""
create function interaction_label(uid uuid, kind text, at timestamptz) returns text language sql stable {HEAD} as $$
    select case when left(u.locale, 2) = 'de' then {_words("de")} else {_words("en")} end
      from users u cross join lateral (select at at time zone u.time_zone) d(local_day) where u.id = uid $$"""

KEEP = f"""
create function label_interaction() returns trigger language plpgsql security definer {HEAD} as $$
begin
    update records r set preview = coalesce(interaction_label(new.user_id, new.interaction_type, new.occurred_at), '')
     where r.user_id = new.user_id and r.id = new.id and r.title = '' and r.preview = '';
    return null;
end $$"""

FILL = """
update records r set preview = interaction_label(i.user_id, i.interaction_type, i.occurred_at)
  from interactions i where i.id = r.id and r.title = '' and r.preview = ''"""
LIFTED = ("users", "records", "interactions")


def upgrade() -> None:
    run_sql(
        LABEL, KEEP,
        # After record_changed, by its name: the row in the registry stands first.
        "create trigger record_labelled after insert or update on interactions for each row "
        "when (btrim(new.title || new.summary) = '') execute function label_interaction()",
        "revoke execute on function label_interaction from public",
        *(f"alter table {table} no force row level security" for table in LIFTED),
        FILL,
        *(f"alter table {table} force row level security" for table in LIFTED),
    )  # fmt: skip

"""Files are attached by hand too: how large a picture is, and which of its columns a person's history tells of."""

from migrations.tables import gate_function, run_sql

revision = "20261122_1230"
down_revision = "20261121_1200"

UNMEASURED = """
create function gate_users_with_unmeasured(types text[]) returns setof uuid language sql stable
security definer set search_path = pg_catalog, public, pg_temp
as $$ select distinct user_id from attachments where width is null and media_type = any(types) $$"""


def upgrade() -> None:
    run_sql(
        # As it is shown, turned upright: so that a page keeps room for it. Null: no picture, or one nobody can draw.
        "alter table attachments add column width integer check (width > 0), "
        "add column height integer check (height > 0), add check ((width is null) = (height is null))",
        # Measuring a picture is nobody's deed.
        "drop trigger company_updated on attachments",
        "create trigger company_updated after update of record_id, name, folded, path, sha256, deleted_at "
        "on attachments for each row when (pg_trigger_depth() = 0) execute function company_changed('attachment')",
    )
    gate_function(UNMEASURED, "gate_users_with_unmeasured(text[])", "hearth_worker")

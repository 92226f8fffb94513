"""What a page says and the icon that it shows stand with the page (link_pages) alone, and no more with its bookmark."""

from migrations.tables import run_sql

revision = "20261122_1630"
down_revision = "20261122_1620"

# As before (20261122_1410), without the page's text: its words are gathered with those of the page (20261122_1430).
GATHER = r"""
create or replace function gather_words() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
    new.words := concat_ws(E'\n\n', nullif(new.description, ''), new.normal_url);
    return new;
end $$"""
# Nothing filled them but a file's address of an icon; an undo of an older change must not look for them.
FORGET = """
update change_log set before = before - '{favicon,readable,copied_at}'::text[],
       columns = array(select c from unnest(columns) with ordinality l(c, n)
                        where c <> all('{favicon,readable,copied_at}') order by n)
 where kind = 'bookmark' and (before ?| '{favicon,readable,copied_at}' or columns && '{favicon,readable,copied_at}')"""


def upgrade() -> None:
    run_sql(
        GATHER,
        "alter table change_log no force row level security",
        FORGET,
        "alter table change_log force row level security",
        "alter table bookmarks drop column favicon, drop column readable, drop column copied_at",
    )

"""Nothing stays behind: every kind says how it is written, every owned table is carried or says why not."""

from __future__ import annotations

import pytest

from app.exporting import catalogue
from app.kinds import KINDS


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_says_how_an_export_writes_it(kind):
    assert kind.readable is not None, f"{kind.name}: give it a Readable, or say ROWS_ALONE"


async def test_every_owned_table_is_carried_or_named_with_a_reason(owner):
    tables = await catalogue.read_tables(owner)
    assert {name for name in catalogue.LEFT_OUT if name not in tables} == set(), "named, but no such table is there"
    assert all(len(reason) > 10 for reason in catalogue.LEFT_OUT.values())
    kinds = {kind.table for kind in KINDS.values()}
    assert kinds == {table.name for table in tables.values() if table.is_kind}
    assert kinds <= {table.name for table in catalogue.carried_tables(tables)}


async def test_web_and_worker_may_carry_what_is_carried(owner):
    """A table that is added must be readable by both, and writable by whoever brings it in again."""
    for table in catalogue.carried_tables(await catalogue.read_tables(owner)):
        keyless = set(table.key) <= set(table.columns) and not table.has_id
        rights = ("select", "insert", *(("update",) if keyless or table.has_id else ()))
        for role in ("hearth_app", "hearth_worker"):
            for right in rights:
                has = await owner.fetchval("select has_table_privilege($1, $2, $3)", role, table.name, right)
                assert has, f"{role} may not {right} {table.name}: grant it, or name the table in LEFT_OUT"
    for column in await catalogue.read_preferences(owner):
        for role in ("hearth_app", "hearth_worker"):
            has = await owner.fetchval("select has_column_privilege($1, 'users', $2, 'update')", role, column)
            assert has, f"{role} may not update users.{column}: grant it, or name the column in ACCOUNT"


async def test_every_table_comes_after_what_it_refers_to(owner):
    tables = list((await catalogue.read_tables(owner)).values())
    places = {table.name: place for place, table in enumerate(tables)}
    for table in catalogue.carried_tables({table.name: table for table in tables}):
        for reference in table.references:
            if reference.target != table.name:
                assert places[reference.target] < places[table.name], f"{table.name}.{reference.column}"

"""The habits of the code, as far as a machine can see them."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest

from app.core.record import Base
from app.settings import PROJECT, Settings
from app.web.assets import Assets
from app.web.rendering import Renderer

MODULES = sorted((PROJECT / "app").rglob("*.py"))
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
SQL_CALLS = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "text"}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in MODULES:
        yield path, ast.parse(path.read_text())


def test_no_sql_is_built_from_strings():
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in SQL_CALLS:
                for argument in node.args[:1]:
                    assert not isinstance(argument, ast.JoinedStr | ast.BinOp), f"{path}:{node.lineno}"


def test_only_the_worker_imports_arq():
    for path, tree in trees():
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "arq" for name in names):
                assert path.name == "worker.py", path


def test_no_error_is_swallowed_in_silence():
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                assert not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass)), f"{path}:{node.lineno}"


def test_files_and_functions_can_be_read_in_one_go():
    for path, tree in trees():
        assert path.read_text().count("\n") <= 300, path
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno <= 45, f"{path}:{node.lineno}"


def test_no_name_says_nothing():
    vague = re.compile(r"(util|helper|manager|process)s?(\.py)?$")
    assert not [path for path in MODULES if vague.search(path.name)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_compiles_strictly(path: Path):
    renderer = Renderer(Assets(PROJECT / "static"))
    renderer.template(path.relative_to(PROJECT / "templates").as_posix())
    assert renderer.environment().undefined is jinja2.StrictUndefined


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_word_on_a_page_goes_through_gettext(path: Path):
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", path.read_text(), flags=re.S)
    words = re.findall(r"[A-Za-z]{3,}", text)
    assert set(words) <= {"Hearth"}, words


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_page_has_inline_script_or_style(path: Path):
    source = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", source)


async def test_models_match_the_migrations(owner):
    for mapper in Base.registry.mappers:
        table = mapper.local_table
        rows = await owner.fetch(
            "select column_name, is_nullable = 'YES' as nullable from information_schema.columns where table_name = $1",
            table.name,
        )
        there = {row["column_name"]: row["nullable"] for row in rows}
        here = {column.name: column.nullable for column in table.columns}
        assert there == here, table.name


def test_every_setting_is_in_the_readme():
    readme = (PROJECT / "README.md").read_text()
    for name in Settings.__dataclass_fields__:
        assert f"HEARTH_{name.upper()}" in readme, name


def test_every_dependency_says_why_it_is_there():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    named = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    documented = (PROJECT / "docs" / "dependencies.md").read_text().lower()
    for requirement in named:
        name = re.match(r"[A-Za-z0-9-]+", requirement).group().lower()
        assert f"| {name} |" in documented, name


async def test_a_list_s_query_count_does_not_grow_with_its_rows(alices, database, alice, monkeypatch):
    from asyncpg import Connection

    from tests.conftest import write

    counted = 0
    original = {name: getattr(Connection, name) for name in ("fetch", "fetchrow", "fetchval", "execute")}

    def counting(name):
        async def call(self, *args, **kwargs):
            nonlocal counted
            counted += 1
            return await original[name](self, *args, **kwargs)

        return call

    async def count(path: str) -> int:
        nonlocal counted
        counted = 0
        assert (await alices.get(path)).status_code == 200
        return counted

    await alices.get("/notes")  # a session's first visit reads more than the others
    await alices.get("/search?q=note")  # and a question is read by the model once
    for number in range(2):
        await write(database, alice, f"Note {number}", "[[Note 0]]", custom_fields={"n": 1})
    for name in original:
        monkeypatch.setattr(Connection, name, counting(name))
    paths = (
        "/notes?property=n&from=1",
        "/people?property=n",
        "/properties/filter",
        "/notes",
        "/",
        "/people",
        "/search?q=note",
        "/processing",
        "/trash",
        "/history",
    )
    few = {path: await count(path) for path in paths}
    for number in range(25):
        await write(database, alice, f"More {number}", "[[Note 0]]", custom_fields={"n": 1, f"n{number}": 1})
    assert {path: await count(path) for path in paths} == few

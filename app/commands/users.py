"""`hearth user`: who lives here, said by whoever owns the machine."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import click

from app.account.removing import delete_contents
from app.account.service import hash_password, password_problem
from app.commands import options
from app.core.errors import Conflict, Invalid, NotFound
from app.embedded.instance import instance
from app.ports.blobs import open_blobs
from app.settings import load_settings

password_from = click.option(
    "--password-stdin", is_flag=True, required=True, help="Read the password from standard input."
)


@click.group()
def user() -> None:
    """Add, list and remove people."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="How the person is called.")
@click.option("--role", type=click.Choice(["owner", "admin", "member"]), help="member; the first one is the owner.")
@password_from
@options.data_dir
def add(email: str, name: str, role: str | None, password_stdin: bool, data_dir: Path | None) -> None:
    """Add a person."""
    email, hashed = _check_email(email), asyncio.run(hash_password(_read_password()))

    async def make(owner: asyncpg.Connection) -> None:
        first = not await owner.fetchval("select gate_user_exists()")
        try:
            await owner.fetchval(
                "select gate_create_user($1, $2, $3, $4, 'UTC', 'en', false)",
                email, name.strip() or email, hashed, role or ("owner" if first else "member"),
            )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(f"{email} lives here already.") from None

    _run(data_dir, make)
    click.echo(f"{email} was added.")


@user.command()
@click.argument("email")
@password_from
@options.data_dir
def password(email: str, password_stdin: bool, data_dir: Path | None) -> None:
    """Set a person's password and end their sessions."""
    hashed = asyncio.run(hash_password(_read_password()))
    if not _run(
        data_dir,
        lambda owner: owner.fetchval("select gate_set_password($1, $2)", _check_email(email), hashed),
    ):
        raise NotFound(f"Nobody here has the address {email}.")
    click.echo(f"The password of {email} was set; all their sessions have ended.")


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@options.data_dir
def list_users(as_json: bool, data_dir: Path | None) -> None:
    """List the people who live here."""
    rows = _run(
        data_dir,
        lambda owner: owner.fetch("select email, role, status, last_login_at from gate_list_users()"),
    )
    if as_json:
        click.echo(json.dumps([dict(row) for row in rows], default=str))
    else:
        for row in rows:
            click.echo(f"{row['email']}  {row['role']}  {row['status']}")


@user.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.data_dir
def remove(email: str, yes: bool, data_dir: Path | None) -> None:
    """Remove a person and everything they keep here, for ever."""
    if not yes:
        click.confirm(f"Remove {email} and everything they keep here, for ever?", abort=True)
    began = time.time()
    names = _run(data_dir, lambda owner: owner.fetchval("select gate_remove_user($1)", _check_email(email)))
    if names is None:
        raise NotFound(f"Nobody here has the address {email}.")
    delete_contents(open_blobs(load_settings(data_dir=data_dir)), names, began)
    click.echo(f"{email} was removed.")


def _run(data_dir: Path | None, verb: Callable[[asyncpg.Connection], Awaitable[Any]]) -> Any:
    """One verb as the role that owns the schema, in one transaction."""

    async def connected(url: str | None) -> Any:
        owner = await asyncpg.connect(url)
        try:
            async with owner.transaction():
                return await verb(owner)
        finally:
            await owner.close()

    with instance(load_settings(data_dir=data_dir)) as settings:
        return asyncio.run(connected(settings.database_url))


def _read_password() -> str:
    given = sys.stdin.readline().rstrip("\r\n")
    if problem := password_problem(given):
        raise Invalid(problem)
    return given


def _check_email(email: str) -> str:
    folded = email.strip().lower()
    if "@" not in folded[1:-1] or len(folded) > 254:
        raise Invalid(f"{email} is no e-mail address.")
    return folded

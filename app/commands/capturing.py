"""`hearth capture`: a thought from a shell."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import click

from app.captures.kind import TYPES
from app.captures.service import CaptureFields, capture
from app.commands import options
from app.commands.importing import find_user
from app.core.database import Database
from app.embedded.instance import instance
from app.settings import Settings, load_settings


@click.command("capture")
@click.argument("text")
@click.option("--type", "capture_type", type=click.Choice(TYPES), help="Guessed from the text where it is left out.")
@click.option("--url", help="What it points at.")
@click.option("--tag", "tags", multiple=True, help="A topic; may be given several times.")
@click.option("--client-id", type=click.UUID, help="Sending the same one again catches nothing twice.")
@click.option("--user", "email", metavar="EMAIL", help="Whose inbox; needed with several users.")
@options.data_dir
def capture_(
    text: str, capture_type: str | None, url: str | None, tags: tuple[str, ...], client_id: UUID | None,
    email: str | None, data_dir: Path | None,
) -> None:  # fmt: skip
    """Put TEXT into the inbox; `-` reads it from standard input."""
    content = sys.stdin.read() if text == "-" else text
    fields = CaptureFields(content, capture_type, url, tags, "cli", client_id)
    with instance(load_settings(data_dir=data_dir)) as settings:
        click.echo(asyncio.run(_capture(settings, email, fields)))


async def _capture(settings: Settings, email: str | None, fields: CaptureFields) -> str:
    assert settings.app_database_url
    user_id = await find_user(settings, email)
    database = Database(settings.app_database_url, connections=1, transaction_pooler=settings.transaction_pooler)
    try:
        async with database.writing(user_id) as session:
            caught = await capture(session, user_id, fields)
            return f"Caught, as {caught.capture_type}: {caught.id}"
    finally:
        await database.close()

"""`hearth backup` and `hearth restore`."""

from __future__ import annotations

from pathlib import Path

import click

from app.backup.service import make_backup, restore_backup, run_nightly
from app.commands import options
from app.core.errors import Invalid
from app.embedded.instance import find_running, instance
from app.settings import load_settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--nightly", is_flag=True, help="Into the data directory's own backups, of which seven are kept.")
@options.data_dir
def backup(file: Path | None, nightly: bool, data_dir: Path | None) -> None:
    """Write everything (database, files, secrets) into one FILE, while Hearth runs or not."""
    settings = load_settings(data_dir=data_dir)
    if (file is None) is not nightly:
        raise Invalid("Name the file to write, or say --nightly.")
    if nightly:
        click.echo(run_nightly(settings))
        return
    assert file is not None
    with instance(settings) as running:
        size = make_backup(running, file.absolute())
    click.echo(
        f"{file}: {size / 2**20:.1f} MiB. It holds everybody's data and the secrets: keep it where only you can."
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@options.data_dir
def restore(file: Path, data_dir: Path | None) -> None:
    """Bring a backup back into an empty data directory. The file is checked to its end first."""
    settings = load_settings(data_dir=data_dir)
    if find_running(settings):
        raise Invalid(f"Hearth is running on {settings.data_dir}; stop it first, or name another --data-dir.")
    head = restore_backup(settings, file)
    click.echo(f"Restored what was backed up at {head.made_at} by Hearth {head.version}. `hearth up` starts it.")

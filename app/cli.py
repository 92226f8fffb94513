"""The `hearth` command. Each subcommand's module is imported only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from typing import ClassVar

import click

from app.core.errors import HearthError
from app.setting_checks import SettingsError


class Commands(click.Group):
    """Subcommands by name; without one it is `up`."""

    WHERE: ClassVar[dict[str, str]] = {
        "up": "app.commands.up:up",
        "demo": "app.commands.demo:demo",
        "move-in": "app.commands.demo:move_in",
        "web": "app.commands.roles:web",
        "worker": "app.commands.roles:worker",
        "migrate": "app.commands.roles:migrate",
        "certificate": "app.commands.certificate:certificate",
        "ready": "app.commands.ready:ready",
        "doctor": "app.commands.doctor:doctor",
        "user": "app.commands.users:user",
        "import": "app.commands.importing:import_",
        "capture": "app.commands.capturing:capture_",
        "export": "app.commands.exporting:export",
        "backup": "app.commands.backing_up:backup",
        "restore": "app.commands.backing_up:restore",
        "status": "app.commands.status:status",
        "drain": "app.commands.status:drain",
        "bench": "app.commands.bench:bench",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.WHERE:
            return None
        module, _, name = self.WHERE[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # `./run --port 9000` is `./run up --port 9000`.
        if not args or (args[0].startswith("-") and args[0] not in {"--help", "--version"}):
            args = ["up", *args]
        return super().parse_args(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hearth")
def hearth() -> None:
    """Hearth: a home server for a person's memory. Without a command it starts everything."""


def main() -> None:
    """Run a command; what goes wrong is one sentence on standard error."""
    try:
        hearth.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has gone; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("HEARTH_DEBUG") == "1":
            raise
        _fail(error)


def _fail(error: Exception) -> None:
    if isinstance(error, (HearthError, SettingsError)):
        sentence = str(error) or "There is no such thing here."
    elif isinstance(error, OSError) or type(error).__module__.startswith("asyncpg"):
        sentence = f"Hearth could not go on: {error}."
    else:
        sentence = f"Something unforeseen went wrong ({type(error).__name__}: {error}). HEARTH_DEBUG=1 shows where."
    sys.stderr.write(sentence + "\n")
    sys.exit(1)

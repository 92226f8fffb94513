"""The page of backups, for those who look after the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.backup.kept import list_backups, made_at
from app.core.errors import Conflict, Forbidden
from app.embedded.instance import find_running
from app.settings import Settings
from app.web.auth import Reading, Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

LAST = "select began_at, ended_at, is_well, output from chores where name = 'backup'"


@dataclass(frozen=True, slots=True)
class BackupRow:
    name: str
    made_at: datetime
    mebibytes: float
    reason: str


@dataclass(frozen=True, slots=True)
class BackupPage:
    """`is_well` is None while one is being made, or before the first."""

    rows: tuple[BackupRow, ...]
    folder: str
    began_at: datetime | None
    is_well: bool | None
    output: str
    is_running: bool
    can_run: bool


@get("/backups")
async def show_backups(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    _check(reading.visitor)
    last = await reading.connection.fetchrow(LAST)
    wanted = _asked(shared.settings).exists()
    page = BackupPage(
        _rows(shared.settings.backups_dir), str(shared.settings.backups_dir), last["began_at"] if last else None,
        last["is_well"] if last else None, last["output"] if last else "",
        is_running=wanted or bool(last and last["ended_at"] is None), can_run=_is_supervised(shared.settings),
    )  # fmt: skip
    return shared.pages.response(
        request, "backup/index.html", page, shell=reading.shell("backups"), blocks=("backups",)
    )


@post("/backups/run", status_code=303)
async def run_backup(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Asks the process that started everything: the web itself may not read past row-level security."""
    _check(visitor)
    if not _is_supervised(shared.settings):
        raise Conflict(
            _("The web server runs alone here; run `hearth backup --nightly` where the database's owner is.")
        )
    _asked(shared.settings).touch(mode=0o600)
    return say(Redirect("/backups", status_code=303), _("A backup is being made."))


def _check(visitor: Visitor) -> None:
    if visitor.role not in {"owner", "admin"}:
        raise Forbidden(_("Backups hold everybody's data, so only who looks after this Hearth sees them."))


def _asked(settings: Settings) -> Path:
    return settings.run_dir / "backup-wanted"


def _is_supervised(settings: Settings) -> bool:
    return find_running(settings) is not None


def _rows(folder: Path) -> tuple[BackupRow, ...]:
    reasons = {"nightly": _("nightly"), "before": _("before a migration")}
    rows = [
        BackupRow(path.name, made_at(path), path.stat().st_size / 2**20, label)
        for reason, label in reasons.items()
        for path in list_backups(folder, reason)
    ]
    return tuple(sorted(rows, key=lambda row: row.made_at, reverse=True))


ROUTES = [show_backups, run_backup]

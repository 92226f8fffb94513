"""The backups that Hearth keeps by itself: seven nights, and three from before migrations.

Imports nothing heavy: the supervisor looks here every minute.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

KEPT = {"nightly": 7, "before": 3}
NAMES = {"nightly": re.compile(r"hearth-\d{8}-\d{6}\.tar"), "before": re.compile(r"hearth-before-\w+-\d{8}-\d{6}\.tar")}
MOMENT = "%Y%m%d-%H%M%S"
NIGHT = range(2, 5)
RESTED, OVERDUE = timedelta(hours=20), timedelta(hours=28)


def list_backups(folder: Path, reason: str) -> list[Path]:
    """Newest first; `reason` is nightly or before (a migration)."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if NAMES[reason].fullmatch(path.name)]
    return sorted(found, key=made_at, reverse=True)


def made_at(backup: Path) -> datetime:
    return datetime.strptime(backup.name[-19:-4], MOMENT).replace(tzinfo=UTC)


def prune_backups(folder: Path, reason: str) -> None:
    for path in list_backups(folder, reason)[KEPT[reason] :]:
        path.unlink(missing_ok=True)


def is_due(folder: Path, now: datetime, since: datetime) -> bool:
    """Whether a nightly backup should be made; `now` in the machine's own zone, `since` is when Hearth was started.

    At night, or at some other hour for a machine that sleeps then; the first one an hour after the first start.
    """
    last = next((made_at(path) for path in list_backups(folder, "nightly")), None)
    if last is None:
        return now - since > timedelta(hours=1)
    return now - last > (RESTED if now.hour in NIGHT else OVERDUE)

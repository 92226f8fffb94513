"""What all requests of a process share.

One dependency and not one for each: the framework resolves several in a group of tasks, which took a tenth of
the time of a list page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.database import Database
from app.core.filing import Target
from app.core.panels import Panel, TodayPanel
from app.core.record import Kind
from app.core.sleeping import SleepKind
from app.ports.blobs import BlobStore
from app.ports.models import Models
from app.settings import Settings
from app.web.assets import Assets
from app.web.changes import Changes
from app.web.rendering import Renderer


@dataclass(frozen=True, slots=True)
class Shared:
    settings: Settings
    database: Database
    pages: Renderer
    assets: Assets
    blobs: BlobStore
    models: Models
    changes: Changes
    kinds: Mapping[str, Kind]
    targets: Mapping[str, Target]
    panels: Sequence[Panel] = ()
    today: Sequence[TodayPanel] = ()
    asleep: Sequence[SleepKind] = ()

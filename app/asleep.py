"""Every kind of work that the house does while nobody is there, in its order: adding one is adding its line here."""

from app.core.sleeping import SleepKind
from app.insights.kinds import INSIGHTS
from app.insights.noticing import asleep

ASLEEP: tuple[SleepKind, ...] = tuple(asleep(kind) for kind in INSIGHTS.values())

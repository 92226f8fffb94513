"""Every kind of work that the house does while nobody is there, in its order: adding one is adding its line here."""

from app.core.sleeping import SleepKind
from app.graph.inferring import INFER
from app.insights.kinds import INSIGHTS
from app.insights.noticing import asleep
from app.learning.counting import LEARN

ASLEEP: tuple[SleepKind, ...] = (*(asleep(kind) for kind in INSIGHTS.values()), LEARN, INFER)

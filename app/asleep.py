"""Every kind of work that the house does while nobody is there, in its order: adding one is adding its line here."""

from app.clusters.nightly import CLUSTERS
from app.clusters.titling import TITLES
from app.core.sleeping import SleepKind
from app.graph.inferring import INFER
from app.insights.kinds import INSIGHTS
from app.insights.noticing import asleep
from app.insights.telling import tell_with
from app.kinds import KINDS
from app.learning.counting import LEARN
from app.naming.refining import refine_with

# What is told is what the others noticed. Clusters last: when all is found anew they may spend a night's rows at once.
ASLEEP: tuple[SleepKind, ...] = (
    *(asleep(kind) for kind in INSIGHTS.values()), LEARN, INFER, refine_with(KINDS), tell_with(KINDS),
    CLUSTERS, TITLES,
)  # fmt: skip

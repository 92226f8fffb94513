"""Every kind of insight, in the order in which a night looks for them: adding one is adding its line here."""

from app.insights.kinds.before import BEFORE
from app.insights.kinds.forgotten import FORGOTTEN
from app.insights.kinds.on_this_day import ON_THIS_DAY
from app.insights.kinds.pattern import PATTERN
from app.insights.kinds.promise import PROMISE
from app.insights.kinds.reconnect import RECONNECT
from app.insights.kinds.twins import TWINS
from app.insights.kinds.week import WEEK

INSIGHTS = {kind.name: kind for kind in (BEFORE, ON_THIS_DAY, PROMISE, RECONNECT, FORGOTTEN, TWINS, PATTERN, WEEK)}

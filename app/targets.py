"""Everything that something from the inbox can become: adding a target is adding its line here."""

from app.bookmarks.filing import BOOKMARK_TARGET
from app.contacts.making import CONTACT_TARGET
from app.core.filing import by_target
from app.days.filing import TODO_TARGET
from app.notes.filing import NOTE_TARGET

TARGETS = by_target((NOTE_TARGET, CONTACT_TARGET, BOOKMARK_TARGET, TODO_TARGET))

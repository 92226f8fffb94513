"""Every kind of record that this Hearth knows: adding one is adding its line here."""

from app.bookmarks.kind import BOOKMARK
from app.captures.kind import CAPTURE
from app.contacts.kind import CONTACT
from app.core.record import by_name
from app.graph.entities import ENTITY
from app.groups.kind import GROUP
from app.interactions.kind import INTERACTION
from app.notes.kind import NOTE
from app.reminders.kind import REMINDER
from app.topics.kind import TOPIC

KINDS = by_name([NOTE, CONTACT, TOPIC, INTERACTION, REMINDER, GROUP, CAPTURE, BOOKMARK, ENTITY])

"""Every kind of record that this Hearth knows: adding one is adding its line here."""

from app.contacts.kind import CONTACT
from app.core.record import by_name
from app.notes.kind import NOTE
from app.topics.kind import TOPIC

KINDS = by_name([NOTE, CONTACT, TOPIC])

"""Deeds and fields in the reader's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.web.locale import gettext as _
from app.web.locale import moment, ngettext, number

QUIET = {"synced_at", "updated_at"}
"""Fields whose change alone says nothing."""


def tell_deed(deed: Mapping[str, Any]) -> str:
    """One action, by the operations and columns of its changes."""
    sentence = _tell(deed, deed["records"])
    if deed["undoes"] or deed["actor"] == "undo":
        return _("Undone: %(what)s") % {"what": sentence}
    return sentence


def _tell(deed: Mapping[str, Any], count: int) -> str:
    ops, columns = set(deed["ops"]), set(deed["columns"] or ()) - QUIET
    if set(deed.get("kinds", ())) == {"filing"}:
        told = _("Filed under a topic") if "create" in ops or not deed["discards"] else _("Taken out of a topic")
        return _counted(told, count)
    if set(deed.get("kinds", ())) == {"distinction"}:
        return _("Two people told apart")
    if set(deed.get("kinds", ())) == {"link"}:
        return _counted(_("Linked by hand") if "create" in ops else _("Changed a link"), count)
    if set(deed.get("kinds", ())) & {"folder", "attachment", "filing"}:
        return _tell_company(deed, ops, columns, count)
    if "create" in ops and deed["actor"] == "import":
        return ngettext("Imported %(num)s record", "Imported %(num)s records", count) % {"num": number(count)}
    if "create" in ops and deed["actor"] == "demo":
        told = ngettext("Demo: %(num)s record moved in", "Demo: %(num)s records moved in", count)
        return told % {"num": number(count)}
    if "create" in ops:
        return _counted(_("Made"), count)
    if ops == {"delete"}:
        return _counted(_("Deleted for ever"), count)
    if "merged_into" in columns:
        return _("Merged") if deed["discards"] else _("Separated again")
    if "deleted_at" in columns:
        return _counted(_("Moved to the trash") if deed["discards"] else _("Restored from the trash"), count)
    if columns == {"archived_at"}:
        return _counted(_("Archived") if deed["archives"] else _("Taken out of the archive"), count)
    if columns == {"is_pinned"}:
        return _counted(_("Pinned") if deed["pins"] else _("Unpinned"), count)
    fields = ", ".join(field_label(column) for column in sorted(columns)[:4])
    return _counted(_("Changed: %(fields)s") % {"fields": fields}, count)


def _tell_company(deed: Mapping[str, Any], ops: set[str], columns: set[str], count: int) -> str:
    """What was done to nothing but folders and files."""
    if set(deed["kinds"]) != {"folder"} or deed["actor"] == "import":
        return _("Files and folders: %(num)s") % {"num": number(count)}
    if "create" in ops:
        return _counted(_("Made a folder"), count)
    if "deleted_at" in columns:
        return _("Deleted a folder") if deed["discards"] else _("Brought back a folder")
    if columns <= {"parent_id", "sort_order"}:
        return _("Moved a folder")
    return _("Changed a folder")


def _counted(deed: str, count: int) -> str:
    return deed if count == 1 else f"{deed} ({number(count)})"


def tell_who(actor: str) -> str:
    names = {
        "person": _("You"), "undo": _("You"), "import": _("An import"), "sync": _("Sync"), "hearth": _("Hearth"),
        "carddav": _("An address book"), "demo": _("The demo"), "purge": _("Hearth"), "merge": _("Hearth"),
    }  # fmt: skip
    # Whoever wrote past Hearth, by psql say, is known by their role.
    return names.get(actor, _("Hearth") if actor == "sql:hearth_app" else actor)


def field_label(column: str) -> str:
    labels = {
        "title": _("title"), "content": _("text"), "content_format": _("format"), "icon": _("icon"),
        "colour": _("colour"), "note_kind": _("kind of note"), "date_key": _("day"), "folder_id": _("folder"),
        "is_pinned": _("pinned"), "is_pinned_home": _("pinned to Today"), "is_inbox": _("in the inbox"),
        "author_contact_id": _("author"), "preferred_view": _("view"), "custom_fields": _("properties"),
        "sensitivity": _("sensitivity"), "archived_at": _("archived"), "deleted_at": _("in the trash"),
        "template_for": _("template"), "target_contact_ids": _("for whom"), "refused_contact_ids": _("not for whom"),
        "created_at": _("date"), "source": _("source"), "source_id": _("source id"), "synced_at": _("last sync"),
        "full_name": _("name"), "nickname": _("nickname"), "emails": _("e-mail"), "phones": _("phone"),
        "prefix": _("title before the name"), "first_name": _("first name"), "middle_name": _("middle name"),
        "last_name": _("last name"), "suffix": _("title after the name"), "pronouns": _("pronouns"),
        "addresses": _("addresses"), "urls": _("web addresses"), "handles": _("handles"), "dates": _("dates"),
        "promises": _("promises"), "relations": _("relations"), "groups": _("groups"), "domain": _("part of life"),
        "role": _("what they are to you"), "status": _("status"), "is_favourite": _("favourite"),
        "how_met": _("how you met"), "wished_days": _("wished rhythm"), "card_uid": _("address card"),
        "card_extra": _("what else its address card said"),
        "company": _("company"), "role_title": _("job"), "location": _("place"), "notes": _("about"),
        "avatar": _("picture"), "label": _("name"), "slug": _("short name"), "description": _("description"),
        "merged_into": _("merged into"),
    }  # fmt: skip
    return labels.get(column, column.replace("_", " "))


def show_value(column: str, value: Any) -> str:
    """A field's value as a person reads it."""
    if value is None or value == "":
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if column.endswith("_contact_ids"):
        return ngettext("%(num)s person", "%(num)s people", len(value)) % {"num": number(len(value))}
    if column.endswith("_at"):
        return moment(datetime.fromisoformat(value))
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)

"""What the fields of a person are called, where a page names any of them."""

from __future__ import annotations

from typing import Any

from app.web.locale import gettext as _


def field_label(name: str) -> str:
    labels = {
        "full_name": _("Name"), "prefix": _("Title before the name"), "first_name": _("First name"),
        "middle_name": _("Middle name"), "last_name": _("Last name"), "suffix": _("After the name"),
        "nickname": _("Nickname"), "pronouns": _("Pronouns"), "company": _("Company"), "role_title": _("Job title"),
        "location": _("Place"), "role": _("Role"), "how_met": _("How we met"), "domain": _("Area"),
        "status": _("Status"), "wished_days": _("Wished rhythm"), "notes": _("About"),
    }  # fmt: skip
    return labels.get(name, name)


def list_label(name: str) -> str:
    labels = {
        "emails": _("E-mail"), "phones": _("Phone"), "addresses": _("Addresses"), "urls": _("On the net"),
        "handles": _("Handles"), "dates": _("Days"), "promises": _("Promises"),
    }  # fmt: skip
    return labels.get(name, name)


def value_label(name: str, value: Any) -> str:
    words = {
        "business": _("business"), "personal": _("personal"), "hybrid": _("both"), "active": _("active"),
        "dormant": _("dormant"), "blocked": _("blocked"), "testing": _("testing"),
    }  # fmt: skip
    return words.get(str(value), str(value)) if name in ("domain", "status") else str(value)

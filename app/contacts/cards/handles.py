"""Where somebody is found on the net: IMPP, SOCIALPROFILE and the many X-… that stood for them."""

from __future__ import annotations

import re

from app.contacts.cards.card import CardHandle
from app.contacts.cards.lines import Line, unescape

# What a client called it, by the name of the service.
NAMED = {
    "X-AIM": "aim", "X-ICQ": "icq", "X-MSN": "msn", "X-YAHOO": "yahoo", "X-JABBER": "xmpp", "X-SKYPE": "skype",
    "X-SKYPE-USERNAME": "skype", "X-GTALK": "gtalk", "X-GOOGLE-TALK": "gtalk", "X-GOOGLE TALK": "gtalk", "X-QQ": "qq",
    "X-GADUGADU": "gadugadu", "X-GROUPWISE": "groupwise", "X-TWITTER": "twitter", "X-FACEBOOK": "facebook",
    "X-MATRIX": "matrix", "X-SIGNAL": "signal", "X-TELEGRAM": "telegram", "X-SAMETIME": "sametime",
}  # fmt: skip
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!//)(.+)", re.S)


def read_handle(line: Line) -> CardHandle | None:
    value = " ".join(unescape(line.value).replace("\0", "").split())
    if not value:
        return None
    if line.name in NAMED:
        return CardHandle(NAMED[line.name], value)
    if line.name in ("IMPP", "SOCIALPROFILE", "X-SOCIALPROFILE"):
        return _of_service(line, value)
    return None


def _of_service(line: Line, value: str) -> CardHandle:
    said = _said(line)
    found = SCHEME.fullmatch(value) if line.name == "IMPP" or value.startswith("x-apple:") else None
    if found:
        scheme = found[1].lower()
        return CardHandle(scheme if scheme not in ("x-apple", "im") else said or scheme, found[2])
    return CardHandle(said or "other", value)


def _said(line: Line) -> str:
    for key in ("service-type", "x-service-type", "x-service"):
        if given := next(iter(line.params.get(key, ())), ""):
            return given.strip().lower()
    if line.name != "X-SOCIALPROFILE":
        return ""
    return next((word for word in line.types() if word not in ("pref", "home", "work")), "")

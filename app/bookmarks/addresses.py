"""When two addresses are the same page: as written they may differ in what no server minds."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from app.core.errors import Invalid
from app.web.locale import gettext as _

LONGEST = 8_000
SCHEMES = ("http", "https")
PORTS = {"http": 80, "https": 443}
# What tells a site how somebody came, and never which page is meant.
TRACKING = ("utm_", "fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid", "_hsenc", "_hsmi", "yclid")


def check_address(given: str) -> str:
    """As it is stored; raises Invalid for what is no web address."""
    url = "".join(given.replace("\0", "").split())
    if url and "://" not in url and "." in url.partition("/")[0] and ":" not in url.partition("/")[0]:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        known = parts.scheme.lower() in SCHEMES and bool(parts.hostname)
        known = known and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise Invalid(_("A bookmark needs a web address, like https://example.org."))
    if len(url) > LONGEST:
        raise Invalid(_("That address is too long to be kept."))
    return url


def normalise(url: str) -> str:
    """The key of a page. http and https, `www.` or not, a slash at the end, an anchor, how one came: all the same."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        host = quote(host)
    host = host.removeprefix("www.")
    port = "" if parts.port in (None, *PORTS.values()) else f":{parts.port}"
    path = quote(unquote(parts.path), safe="/~:@!$&'()*+,;=-._").rstrip("/")
    pairs = [
        pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not pair[0].lower().startswith(TRACKING)
    ]
    # An anchor that begins so is a page of its own to those who build sites that way.
    anchor = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return urlunsplit(("", f"{host}{port}", path, urlencode(sorted(pairs)), anchor)).removeprefix("//")


def site_of(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")

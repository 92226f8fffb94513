"""Under which addresses there can be passkeys, and for which name they are made."""

from __future__ import annotations

import pytest

from app.account.relying_party import RelyingParty, relying_party

NAMES = {
    "https://hearth.example.org": ("hearth.example.org", "https://hearth.example.org"),
    "https://Hearth.Example.org/": ("hearth.example.org", "https://hearth.example.org"),
    "https://hearth.example.org:443": ("hearth.example.org", "https://hearth.example.org"),
    "https://hearth.example.org:8443": ("hearth.example.org", "https://hearth.example.org:8443"),
    "https://hearth": ("hearth", "https://hearth"),
    "http://localhost:8484": ("localhost", "http://localhost:8484"),
    "http://localhost:80": ("localhost", "http://localhost"),
    "http://hearth.localhost:8484": ("hearth.localhost", "http://hearth.localhost:8484"),
}
NONE = [
    "http://hearth.example.org", "http://192.168.1.5:8484", "https://192.168.1.5", "https://[2001:db8::1]", "http://",
    "https://", "https://ana@hearth.example.org", "https://a b", "https://-a.org", "https://a..org", "http://[::1",
    "https://hearth.example.org:x", f"https://{'a' * 64}.org", f"https://{'a.' * 130}org", "ftp://hearth.example.org",
    "https://härth.example.org", "https://hearth.example.org:99999",
]  # fmt: skip


@pytest.mark.parametrize("address", NAMES)
def test_a_name_with_https_and_this_machine_can_have_passkeys(address):
    found = relying_party(address)
    assert (found.id, found.origin, found.instead) == (*NAMES[address], "")


@pytest.mark.parametrize("address", NONE)
def test_what_no_browser_makes_a_passkey_for_has_none(address):
    assert relying_party(address) == RelyingParty()


@pytest.mark.parametrize("address", ["http://127.0.0.1:8484", "http://[::1]:8484"])
def test_this_very_machine_has_another_name(address):
    assert relying_party(address) == RelyingParty(instead="http://localhost:8484")

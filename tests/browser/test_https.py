"""HTTPS at home as a browser sees it: a secure page, which plain HTTP from another machine is not."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, expect

from app.tls.authority import Pair
from tests.browser.conftest import open_window, sign_in
from tests.browser.test_accessibility import find_violations
from tests.browser.test_pages import assert_fits, shoot
from tests.house import PASSWORD, House

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser-https")]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder) / "data", HEARTH_TLS="1").start()
        house.add_person()
        yield house
        house.stop()


@pytest.fixture(scope="module")
def trusting(chromium: Browser, house: House) -> Iterator[Browser]:
    """A Chromium that takes this house's authority for good, and no other: by the hash of its key."""
    authority = Pair.read((house.data_dir / "secrets" / "tls_authority.pem").read_bytes()).certificate
    key = authority.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    leaf = Pair.read((house.data_dir / "secrets" / "tls_server.pem").read_bytes()).certificate
    served = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    hashes = ",".join(base64.b64encode(hashlib.sha256(spki).digest()).decode() for spki in (key, served))
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--disable-dev-shm-usage", f"--ignore-certificate-errors-spki-list={hashes}"],
    )
    yield browser
    browser.close()


def test_a_page_over_tls_is_a_secure_one(trusting: Browser, house: House):
    context, visit = open_window(trusting, house, "phone", "light")
    sign_in(visit)
    assert visit.page.url.startswith("https://")
    assert visit.page.evaluate("window.isSecureContext") is True
    assert visit.page.evaluate("'serviceWorker' in navigator") is True
    assert all(cookie["secure"] for cookie in context.cookies())
    visit.go("/account")
    expect(visit.page.get_by_text("over plain HTTP")).to_have_count(0)
    context.close()
    assert not visit.complaints


def test_a_phone_may_put_it_on_its_home_screen(trusting: Browser, house: House):
    context, visit = open_window(trusting, house, "phone", "light")
    page = visit.go("/sign-in")
    asked = context.new_cdp_session(page)
    manifest = asked.send("Page.getAppManifest")
    assert manifest["errors"] == []
    told = json.loads(manifest["data"])
    assert told["display"] == "standalone"
    for icon in told["icons"]:
        address = urljoin(manifest["url"], icon["src"])
        got = page.evaluate(
            "url => fetch(url).then(got => `${got.status} ${got.headers.get('content-type')}`)", address
        )
        assert got.startswith("200 image/"), icon
    # Chromium's own list of what stands in the way; a private window is one of its reasons, and ours is one.
    problems = {error["errorId"] for error in asked.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert problems <= {"in-incognito"}
    context.close()
    assert not visit.complaints


def test_how_a_device_trusts_the_house_can_be_read_at_the_door(trusting: Browser, house: House, look: tuple[str, str]):
    context, visit = open_window(trusting, house, *look)
    page = visit.go("/help/https")
    expect(page.get_by_role("heading", name="iPhone and iPad")).to_be_visible()
    expect(page.get_by_role("link", name="Take the certificate")).to_have_attribute("href", "/authority.crt")
    assert_fits(visit)
    shoot(visit, "https-at-the-door", look)
    assert not find_violations(page)
    context.close()
    assert not visit.complaints


def test_a_stranger_s_browser_warns(chromium: Browser, house: House):
    context, visit = open_window(chromium, house, "desk", "light")
    with pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"):
        visit.go("/sign-in")
    context.close()


@pytest.fixture(scope="module")
def elsewhere(chromium: Browser) -> Iterator[Browser]:
    """A browser for which this machine is another one, called attic.local."""
    browser = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP attic.local 127.0.0.1"],
    )
    yield browser
    browser.close()


def test_plain_http_from_elsewhere_says_what_it_withholds(elsewhere: Browser, lived_in: House, look: tuple[str, str]):
    context, visit = open_window(elsewhere, lived_in, *look)
    there = lived_in.url.replace("127.0.0.1", "attic.local")
    page = visit.page
    page.goto(there + "/sign-in")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    assert page.evaluate("window.isSecureContext") is False
    page.goto(there + "/account")
    expect(page.get_by_text("over plain HTTP, which withholds")).to_be_visible()
    shoot(visit, "account-plain", look)
    page.get_by_role("link", name="How to get them").click()
    expect(page.get_by_text("hearth up --tls")).to_be_visible()
    assert_fits(visit)
    shoot(visit, "https-plain", look)
    assert not find_violations(page)
    context.close()
    assert not visit.complaints

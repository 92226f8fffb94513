"""A whole house that serves HTTPS, as a phone at home and its own health check see it."""

from __future__ import annotations

import re
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app import supervisor
from app.settings import Settings
from app.tls.authority import Pair, issue, names_in, utc_now
from app.tls.keeping import keep_certificates
from app.tls.names import names_of
from tests.house import PASSWORD, House

pytestmark = pytest.mark.slow
TOKEN = re.compile(r'name="_csrf_token" value="([0-9a-f]+)"')


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder) / "data", HEARTH_TLS="1").start()
        yield house
        house.stop()


def server(house: House) -> Pair:
    return Pair.read((house.data_dir / "secrets" / "tls_server.pem").read_bytes())


def test_https_answers_whoever_trusts_the_authority_and_nobody_else(house: House):
    assert house.url.startswith("https://127.0.0.1:")
    house.wait_for(house.answers, 30)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(house.url + "/health/live")


def test_plain_http_on_its_port_gets_no_page(house: House):
    with pytest.raises(httpx.HTTPError):
        httpx.get(house.url.replace("https://", "http://") + "/health/live")


def test_the_first_owner_moves_in_over_it_with_cookies_that_go_nowhere_else(house: House):
    with httpx.Client(base_url=house.url, verify=house.trust) as http:
        token = TOKEN.search(http.get("/setup").text)[1]
        form = {"name": "Ana", "email": "ana@example.org", "password": PASSWORD, "_csrf_token": token}
        answer = http.post("/setup", data=form)
        assert answer.status_code == 303
        assert "; secure" in answer.headers["set-cookie"].lower()
        assert http.get("/").status_code == 200


def test_its_files_are_closed_and_its_console_tells_the_way(house: House):
    secrets = house.data_dir / "secrets"
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o600}
    said = "\n".join(house.lines)
    assert "add --host 0.0.0.0" in said
    assert f"{house.url}/help/https tells how" in said
    assert "PRIVATE" not in said and "█" not in said
    assert {"localhost"} <= names_in(server(house).certificate).dns


def test_doctor_and_the_health_check_find_it_well(house: House):
    house.wait_for(house.answers, 30)
    port = house.url.rpartition(":")[2]
    assert "is ready" in house.run("ready", "--port", port).stdout
    doctor = house.run("doctor").stdout
    assert "ok  certificate: lasts until" in doctor
    told = house.run("certificate").stdout
    assert "localhost" in told and "Fingerprint" in told


def test_the_health_check_believes_nobody_who_only_listens_on_the_port(house: House, tmp_path: Path):
    stranger = House(tmp_path / "stranger", HEARTH_TLS="1")
    stranger.run("certificate")
    done = stranger.run("ready", "--port", house.url.rpartition(":")[2], check=False)
    assert (done.returncode, "is not ready" in done.stderr) == (1, True)


def test_a_restart_keeps_the_authority_and_remakes_a_certificate_that_ran_out(house: House):
    settings = Settings(data_dir=house.data_dir, tls=True)
    before = keep_certificates(settings)
    house.stop()
    expired = issue(before.authority, names_of(settings), utc_now() - timedelta(days=400))
    (house.data_dir / "secrets" / "tls_server.pem").write_bytes(expired.pem())
    house.start()
    assert house.answers("/health/live")
    after = keep_certificates(settings)
    assert after.authority.certificate == before.authority.certificate
    assert after.server.certificate.serial_number != expired.certificate.serial_number


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that is open to the user whom Postgres runs as."""
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def given(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Certificate, key and the authority of a house elsewhere, as Caddy or Tailscale would write them."""
    other = keep_certificates(Settings(data_dir=tmp_path / "other", tls=True))
    certificate, key, authority = (tmp_path / name for name in ("cert.pem", "key.pem", "authority.pem"))
    certificate.write_bytes(other.server.public())
    key.write_bytes(other.server.pem())
    authority.write_bytes(other.authority.public())
    return certificate, key, authority


def test_given_files_are_served_and_no_authority_is_made(given, place: Path):
    certificate, key, authority = given
    house = House(place / "data", HEARTH_TLS_CERT=str(certificate), HEARTH_TLS_KEY=str(key)).start()
    try:
        trust = ssl.create_default_context(cafile=authority)
        assert httpx.get(house.url + "/health/live", verify=trust).text == "alive"
        assert httpx.get(house.url + "/authority.crt", verify=trust).status_code == 404
        assert not list((house.data_dir / "secrets").glob("tls_*"))
        assert "fingerprint" not in "\n".join(house.lines)
    finally:
        house.stop()


def test_files_that_do_not_fit_are_refused_with_a_sentence(given, tmp_path: Path):
    certificate, key, _ = given
    house = House(tmp_path / "data")
    other = keep_certificates(replace(Settings(data_dir=tmp_path / "third"), tls=True))
    key.write_bytes(other.server.pem())
    for words, sentence in (
        (["--tls-cert", str(certificate), "--tls-key", str(key)], "is not the private key of"),
        (["--tls-cert", str(tmp_path / "none.pem"), "--tls-key", str(key)], "cannot be read"),
        (["--tls-cert", str(certificate)], "belong together"),
    ):
        done = house.run("up", "--port", "0", *words, check=False)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert sentence in done.stderr


def test_a_house_that_runs_for_years_takes_up_a_renewed_certificate(tmp_path: Path, monkeypatch):
    class Web:
        restarts = 0

        def restart(self) -> None:
            self.restarts += 1

    monkeypatch.setattr(supervisor, "RENEWAL_SECONDS", 0)
    settings, web = Settings(data_dir=tmp_path, tls=True), Web()
    first = keep_certificates(settings)
    renewing = supervisor.Renewing(settings, web)

    def look_once() -> None:
        renewing.look()
        assert renewing._child is not None and renewing._child.wait(60) == 0

    look_once()
    renewing.look()
    assert web.restarts == 0  # it lasts
    renewing.stop()
    expired = issue(first.authority, names_of(settings), utc_now() - timedelta(days=380))
    (tmp_path / "secrets" / "tls_server.pem").write_bytes(expired.pem())
    renewing = supervisor.Renewing(settings, web)
    look_once()
    renewing.look()
    renewing.stop()
    assert web.restarts == 1

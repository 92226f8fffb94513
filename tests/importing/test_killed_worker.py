"""A whole house whose worker is killed in the middle of an import that a browser sent."""

from __future__ import annotations

import io
import os
import re
import signal
import tempfile
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.house import PASSWORD, House

NOTES = 4_000
CSRF = re.compile(r'name="_csrf_token" value="([^"]+)"')


@pytest.mark.whole
@pytest.mark.slow
def test_the_next_worker_finishes_what_a_killed_one_began():
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder) / "data").start()
        try:
            house.add_person()
            with httpx.Client(base_url=house.url, follow_redirects=True, timeout=60) as client:
                assert f"{NOTES} notes are in." in import_and_kill(house, client)
            assert house.status()["records"]["note"] == NOTES
            assert list((house.data_dir / "imports").iterdir()) == []
        finally:
            house.stop()


def import_and_kill(house: House, client: httpx.Client) -> str:
    sign_in(client)
    token = CSRF.search(client.get("/import").text)
    assert token
    begun = client.post("/imports/files", data={"_csrf_token": token[1]}, files={"files": ("many.zip", many_notes())})
    house.wait_for(lambda: re.search(r"[1-9]\S* of \S+ done", client.get(begun.url).text), 60)
    os.kill(house.pid_of("-m app worker"), signal.SIGKILL)
    assert "notes are in" not in client.get(begun.url).text
    house.wait_for(lambda: "notes are in" in client.get(begun.url).text, 120)
    return client.get(begun.url).text.replace(",", "")


def sign_in(client: httpx.Client) -> None:
    token = CSRF.search(client.get("/sign-in").text)
    assert token
    fields = {"email": "ana@example.org", "password": PASSWORD, "_csrf_token": token[1]}
    assert client.post("/sign-in", data=fields).status_code == 200


def many_notes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(NOTES):
            archive.writestr(f"{number}.md", f"Note {number} of many. [[{number // 10}]]")
    return buffer.getvalue()

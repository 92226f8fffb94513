"""What a browser needs without a network: the worker, whose a page is, and what may be kept of it."""

from __future__ import annotations

import json
from pathlib import Path

from app.settings import PROJECT
from app.web.assets import Assets
from app.web.auth import user_key
from app.web.offline import AHEAD, worker_script

TOAST = {"hearth_said": ":Said%20once."}


async def test_the_worker_is_a_script_for_the_whole_house_and_is_asked_for_each_time(anybody):
    answer = await anybody.get("/worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert (answer.headers["service-worker-allowed"], answer.headers["cache-control"]) == ("/", "no-cache")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    house = json.loads(answer.text.removeprefix("const HOUSE = ").split(";\n")[0])
    for name in AHEAD:
        fetched = await anybody.get(f"/{house['assets'][name]}")
        assert fetched.status_code == 200 and "immutable" in fetched.headers["cache-control"], name


def test_another_release_is_another_worker(tmp_path: Path):
    (tmp_path / "pages").mkdir()
    for name in (
        "pages/worker.js",
        "pages/capture.js",
        "pages/guessing.json",
        "pages/line.js",
        "pages/outbox.js",
        "icon.svg",
    ):
        (tmp_path / name).write_bytes((PROJECT / "static" / name).read_bytes())
    before = worker_script(Assets(tmp_path))
    assert worker_script(Assets(tmp_path)) == before
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "base.css").write_text("p { margin: 0 }")
    assert worker_script(Assets(tmp_path)) != before


async def test_a_page_says_whose_it_is_and_the_door_that_it_is_nobodys(alices, anybody, alice):
    assert (await alices.get("/notes")).headers["hearth-owner"] == user_key(alice.id)
    assert (await anybody.get("/sign-in")).headers["hearth-owner"] == "nobody"
    assert "hearth-owner" not in (await anybody.get("/offline")).headers
    assert "hearth-owner" not in (await alices.get("/notes", **{"hx-target": "note-list"})).headers


async def test_a_page_that_is_fetched_ahead_leaves_what_is_said_once_to_the_next(alices):
    alices.http.cookies.update(TOAST)
    ahead = await alices.get("/", **{"hearth-ahead": "1"})
    assert "Said once." not in ahead.text and "set-cookie" not in ahead.headers
    assert "Said once." in (await alices.get("/")).text


async def test_the_page_of_no_network_needs_nobody(anybody, alice):
    answer = await anybody.get("/offline", headers={"accept-language": "de"})
    assert answer.status_code == 200 and 'id="kept-pages"' in answer.text and '<html lang="de"' in answer.text


async def test_the_manifest_takes_what_other_apps_share(anybody, alices):
    manifest = (await anybody.get("/manifest.webmanifest")).json()
    target = manifest["share_target"]
    assert (target["method"], target["enctype"]) == ("POST", "multipart/form-data")
    assert (await alices.http.post(f"/{target['action']}", data={"text": "x"})).status_code == 200
    assert "capture" in [shortcut["url"] for shortcut in manifest["shortcuts"]]

"""Static files: modules import each other by names that carry hashes, and what is vendored is what is written down."""

from __future__ import annotations

import hashlib
import json
import re

from app.settings import PROJECT
from app.web.assets import Assets

VENDOR = PROJECT / "static" / "vendor"


def test_each_import_of_a_module_leads_to_an_address_for_ever():
    assets = Assets(PROJECT / "static")
    walked, waiting = set(), [assets.url("editor/surface.js")]
    while waiting:
        url = waiting.pop()
        asset, hashed = assets.find(url.removeprefix("/static/")) or (None, False)
        assert asset and hashed, url
        walked.add(asset.name)
        folder = url.rpartition("/")[0]
        for path in re.findall(r'(?:^|\n)(?:import|\}) ?(?:.* )?(?:from )?"(\.[^"]+)";', asset.content.decode()):
            found = f"{folder}/{path}".replace("/./", "/").replace("/editor/../", "/")
            if found not in {assets.url(name) for name in walked}:
                waiting.append(found)
    ours = {f"editor/{path.name}" for path in (PROJECT / "static" / "editor").glob("*.js")}
    assert walked == ours | {"vendor/codemirror/codemirror.min.js"}


def test_what_is_vendored_is_what_is_written_down():
    rows = re.findall(r"^\| (\S+) \| .* \| ([0-9a-f]{64}) \|$", (VENDOR / "VENDOR.md").read_text(), re.MULTILINE)
    assert {path for path, _hash in rows} == {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*.js")}
    for path, expected in rows:
        assert hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() == expected, path


def test_the_versions_written_down_are_those_of_the_lock_file():
    lock = json.loads((PROJECT / "tools" / "editor" / "package-lock.json").read_text())["packages"]
    told = re.findall(
        r"(@?[a-z0-9/-]+)\s(\d+\.\d+\.\d+)", (VENDOR / "VENDOR.md").read_text().partition("`tools/editor`")[2]
    )
    assert len(told) > 8
    for name, version in told:
        assert lock[f"node_modules/{name}"]["version"] == version, name
    assert not [name for name, package in lock.items() if "resolved" in package]


def test_the_editor_weighs_no_more_than_it_may():
    assets = Assets(PROJECT / "static")
    found = [assets.find(f"{folder}/{path.name}") for folder in ("editor", "vendor/codemirror")
             for path in (PROJECT / "static" / folder).iterdir() if path.suffix in {".js", ".css"}]  # fmt: skip
    assert sum(len(one[0].brotli) for one in found if one) <= 150_000

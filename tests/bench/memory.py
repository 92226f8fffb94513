"""`bench memory`: the proportional set size of every process of a whole house, model loaded, at rest.

After an import that is worked through, one search and a minute of idling. PSS shares each page among the processes
that map it, so the sum is what the machine really gives.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import httpx

from tests.bench.importing import notes_to_import
from tests.bench.report import Measure, Options, read_options, tell
from tests.house import PASSWORD, House

CSRF = re.compile(r'name="_csrf_token" value="([^"]+)"')
NAMES = {"-m app up": "supervisor", "-m app web": "web", "-m app worker": "worker", "postgres": "postgres",
         "valkey-server": "valkey"}  # fmt: skip


def main(options: Options) -> None:
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        Path(folder).chmod(0o755)
        provider = os.environ.get("HEARTH_EMBEDDING", "minilm")
        house = House(Path(folder) / "data", HEARTH_EMBEDDING=provider).start()
        try:
            house.add_person()
            house.run("import", str(notes_to_import(Path(folder), options)))
            house.run("drain", "--timeout", "3600", seconds=3700)
            search(house, "what makes a garden grow")
            time.sleep(1 if options.quick else 60)
            sizes, count = weigh(house.process.pid)
        finally:
            house.stop()
    cases = {"total": sum(sizes.values()), **sizes}
    tell([Measure("memory", case, size, "MB", None, count) for case, size in cases.items()], options)


def search(house: House, words: str) -> None:
    """As a person would: signed in, by the page, so that the web process has its model loaded too."""
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=60) as client:
        token = CSRF.search(client.get("/sign-in").text)
        assert token
        fields = {"email": "ana@example.org", "password": PASSWORD, "_csrf_token": token[1]}
        client.post("/sign-in", data=fields).raise_for_status()
        answer = client.get("/search", params={"q": words}).raise_for_status()
        assert 'class="row' in answer.text, "the search found nothing"


def weigh(root: int) -> tuple[dict[str, float], int]:
    """MB by name of process, and how many processes there are below (and with) `root`."""
    sizes: defaultdict[str, float] = defaultdict(float)
    family = descendants(root)
    for pid in family:
        try:
            told = Path(f"/proc/{pid}/smaps_rollup").read_text()
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # ended between the two looks
        name = next((name for part, name in NAMES.items() if part in command), "other")
        sizes[name] += int(re.search(r"^Pss:\s+(\d+)", told, re.M)[1]) / 1024  # type: ignore[index]
    return dict(sorted(sizes.items())), len(family)


def descendants(root: int) -> list[int]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            children[int(parent)].append(int(entry.name))
    family, waiting = [], [root]
    while waiting:
        family.append(waiting.pop())
        waiting += children[family[-1]]
    return family


if __name__ == "__main__":
    main(read_options())

"""A whole Hearth as its user starts it: a process tree that tests may talk to, kill and count."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import asyncpg
import httpx
from argon2 import PasswordHasher

from app.embedded.instance import find_running
from app.settings import PROJECT, load_settings

ADDRESS = re.compile(r"Hearth is at (https?://\S+)/")
PASSWORD = "four words are easy"
ADD_PERSON = """
select gate_create_user($1, $2, $3, case when exists (select from users) then 'member' else 'owner' end,
                        'UTC', 'en', false)"""


@cache
def lay_foundation() -> Path:
    """An empty house's data directory, migrated and at rest: making one takes as long as many a test."""
    folder = Path(tempfile.mkdtemp(prefix="hearth-foundation-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    House(folder / "data").run("migrate")
    shutil.rmtree(folder / "data" / "run", ignore_errors=True)
    return folder / "data"


class House:
    """`hearth up` on a data directory; `lines` is what it printed."""

    def __init__(self, data_dir: Path, **env: str) -> None:
        self.data_dir = data_dir
        self.env = {**os.environ, "HEARTH_EMBEDDING": "fake", "PYTHONPATH": str(PROJECT), **env}
        self.lines: list[str] = []
        self.url = ""

    def start(
        self, user: str | None = None, command: tuple[str, ...] = ("up",), *, on_empty_ground: bool = False
    ) -> House:
        """On a copy of a foundation laid once for all, unless the first start itself is what is looked at."""
        if not (on_empty_ground or user or command != ("up",) or self.data_dir.exists()):
            subprocess.run(["cp", "-a", str(lay_foundation()), str(self.data_dir)], check=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", *command, "--port", "0", "--data-dir", str(self.data_dir)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.env, user=user, cwd="/",
            extra_groups=[] if user else None,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_for(lambda: self.url or self.process.poll() is not None, 60)
            assert self.url, "\n".join(self.lines)
        except AssertionError:
            self.stop()
            raise
        return self

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if match := ADDRESS.search(line):
                self.url = match[1]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        self._close()
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        self._reader.join(10)
        assert self.process.stdout
        self.process.stdout.close()
        self.url = ""

    def run(
        self, *words: str, given: str | None = None, check: bool = True, seconds: float = 600
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "app", *words, "--data-dir", str(self.data_dir)],
            input=given, capture_output=True, text=True, env=self.env, timeout=seconds, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def status(self) -> dict:
        return json.loads(self.run("status", "--json").stdout)

    def forget_attempts(self) -> None:
        """As if a quarter of an hour had passed since anybody tried to sign in."""
        self._run_as_owner("delete from sign_in_attempts")

    def count(self, statement: str, *values: object) -> int:
        return int(self._run_as_owner(f"select count(*) from {statement}", *values)[0][0])  # noqa: S608 (a test's own)

    def end_sessions(self, email: str) -> None:
        """As whoever shows a browser the door from another one."""
        self._run_as_owner("delete from sessions s using users u where u.id = s.user_id and u.email = $1", email)

    def add_person(self, email: str = "ana@example.org", name: str = "Ana") -> None:
        """As `hearth user add` does, without the seconds that a process of its own takes."""
        self._run_as_owner(ADD_PERSON, email, name, PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD))

    def _run_as_owner(self, statement: str, *values: object) -> list[asyncpg.Record]:
        async def run() -> list[asyncpg.Record]:
            running = find_running(load_settings(data_dir=self.data_dir))
            assert running is not None
            owner = await asyncpg.connect(running["database_url"])
            rows = await owner.fetch(statement, *values)
            await owner.close()
            return list(rows)

        # In a thread of its own, since a browser's loop may run in this one.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, run()).result()

    def processes(self) -> dict[int, str]:
        """Every process that names this data directory, or descends from ours: pid → its command line."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    environment = (entry / "environ").read_bytes().decode(errors="replace")
                except OSError:
                    continue
                if str(self.data_dir) in command or f"HEARTH_DATA_DIR={self.data_dir}\0" in environment:
                    found[int(entry.name)] = command
        return found

    def pid_of(self, part: str) -> int:
        pids = [pid for pid, command in self.processes().items() if part in command]
        assert pids, f"no process is called {part}: {self.processes()}"
        return min(pids)

    @staticmethod
    def wait_for(condition, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)

    @property
    def trust(self) -> ssl.SSLContext | bool:
        """What httpx has to trust: this house's own authority and no other, where it has one."""
        authority = self.data_dir / "secrets" / "tls_authority.crt"
        return ssl.create_default_context(cafile=authority) if authority.exists() else True

    def answers(self, path: str = "/health/ready") -> bool:
        try:
            return httpx.get(self.url + path, timeout=3, verify=self.trust).status_code == 200
        except httpx.HTTPError:
            return False

"""The whole garden with the real model, while every process is killed in turn: minutes, so marked `whole`."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import pytest
import redis

from tests.house import House

PROCESSES = ("-m app web", "-m app worker", "valkey-server", "bin/postgres -D")


@pytest.mark.whole
def test_the_garden_is_whole_after_everything_was_killed_once(shared_data: Path):
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder) / "data", HEARTH_EMBEDDING="minilm").start()
        try:
            house.add_person()
            first = house.run("import", str(shared_data / "garden.zip"))
            assert first.stdout.startswith("7772 added, 0 changed")
            for process in PROCESSES:
                time.sleep(10)
                os.kill(house.pid_of(process), signal.SIGKILL)
                house.wait_for(house.answers, 90)
            with redis.Redis(unix_socket_path=str(house.data_dir / "valkey" / "s")) as valkey:
                valkey.flushall()
            house.run("drain", "--timeout", "2400", seconds=2500)
            assert_whole(house)
            again = house.run("import", str(shared_data / "garden.zip"))
            assert again.stdout.startswith("0 added, 0 changed")
        finally:
            house.stop()


def assert_whole(house: House) -> None:
    status = house.status()
    assert status["records"]["note"] == 7772
    assert all(slot == {"waiting": 0, "parked": 0} for slot in status["pipeline"].values())
    assert status["model"]["name"] == "all-MiniLM-L6-v2"
    assert status["passages"] >= 7772
    assert status["links"]["resolved"] > 30_000

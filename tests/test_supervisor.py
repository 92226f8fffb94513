"""The house starts with one command, survives what happens to its processes, and leaves none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.house import House

WEB, WORKER, VALKEY, POSTGRES = "-m app web", "-m app worker", "valkey-server", "bin/postgres -D"
pytestmark = pytest.mark.slow


@pytest.fixture
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder) / "data").start()
        yield house
        house.stop()


def notes(folder: Path, count: int = 500) -> Path:
    path = folder / "notes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(
                f"Note {number}.md", f"# Note {number}\n\nTo [[Note {(number + 1) % count}]]. #topic{number % 7}\n"
            )
    return path


def assert_whole(house: House, count: int = 500) -> None:
    """Nothing waits, nothing is parked, every note has its passages, links and heat."""
    house.run("drain", "--timeout", "180")
    status = house.status()
    assert status["records"]["note"] == count
    assert all(slot == {"waiting": 0, "parked": 0} for slot in status["pipeline"].values()), status
    assert status["links"] == {"total": count, "resolved": count, "unresolved": 0}
    assert status["passages"] >= count


@pytest.fixture
def new_house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o755)
        house = House(Path(folder) / "data").start(on_empty_ground=True)
        yield house
        house.stop()


def test_one_command_reaches_the_first_page_and_leaves_no_process(new_house: House):
    house = new_house
    page = httpx.get(house.url + "/setup")
    assert "Welcome" in page.text
    house.wait_for(house.answers, 20)
    assert house.stop() == 0
    house.wait_for(lambda: not house.processes(), 5)


def test_a_second_start_on_the_same_data_is_refused_with_a_sentence(house: House):
    done = house.run("up", "--port", "0", check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "already running" in done.stderr


def test_a_port_that_is_taken_is_refused_with_a_sentence(house: House, tmp_path: Path):
    other = House(tmp_path / "other")
    done = other.run("up", "--port", house.url.rpartition(":")[2], check=False)
    assert done.returncode == 1
    assert "name another --port" in done.stderr


def test_a_wrong_setting_is_refused_with_a_sentence(tmp_path: Path):
    done = House(tmp_path, HEARTH_PORT="many").run("status", check=False)
    assert (done.returncode, done.stderr) == (1, "HEARTH_PORT must be a whole number, not 'many'.\n")


def test_doctor_finds_a_running_house_well(house: House):
    done = house.run("doctor")
    assert "!!" not in done.stdout


def test_secrets_are_closed_to_others(new_house: House):
    files = list((new_house.data_dir / "secrets").iterdir())
    assert files
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


@pytest.mark.whole
@pytest.mark.parametrize("victim", [WEB, WORKER, VALKEY, POSTGRES])
def test_killing_any_process_in_the_middle_of_an_import_loses_nothing(house: House, tmp_path: Path, victim: str):
    house.add_person()
    command = [sys.executable, "-m", "app", "import", str(notes(tmp_path)), "--data-dir", str(house.data_dir)]
    importing = subprocess.Popen(command, env=house.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.2)
    os.kill(house.pid_of(victim), signal.SIGKILL)
    importing.wait(120)
    house.wait_for(house.answers, 60)
    house.run("import", str(tmp_path / "notes.zip"))  # what a broken import had not reached yet
    assert_whole(house)


@pytest.mark.whole
def test_flushing_valkey_in_the_middle_of_an_import_loses_nothing(house: House, tmp_path: Path):
    import redis

    house.add_person()
    house.run("import", str(notes(tmp_path)))
    with redis.Redis(unix_socket_path=str(house.data_dir / "valkey" / "s")) as valkey:
        for _time in range(5):
            valkey.flushall()
            time.sleep(0.2)
    assert_whole(house)


@pytest.mark.whole
def test_after_everything_was_killed_the_next_start_recovers(house: House, tmp_path: Path):
    house.add_person()
    house.run("import", str(notes(tmp_path)))
    for pid in house.processes():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it went with its parent
    house.kill()
    house.wait_for(lambda: not house.processes(), 10)
    house.start()
    assert_whole(house)


@pytest.mark.whole
def test_when_the_supervisor_is_killed_nothing_lives_on(house: House):
    house.kill()
    house.wait_for(lambda: not house.processes(), 15)
    house.start()
    house.wait_for(house.answers, 30)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_run_it():
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder:
        Path(folder).chmod(0o777)
        if not os.access(sys.executable, os.X_OK) or "/root/" in str(Path(sys.executable).resolve()):
            pytest.skip("this Python lies where only root can reach it; .ci/fresh tries an ordinary user")
        house = House(Path(folder) / "data", HOME=folder).start(user="nobody")
        try:
            house.wait_for(house.answers, 30)
        finally:
            house.stop()

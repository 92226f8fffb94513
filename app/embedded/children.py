"""Child processes that never outlive their parent, under a user that may run Postgres."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def start_child(
    command: Sequence[str | Path],
    *,
    log: IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    unprivileged: bool = False,
    death_signal: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own (Ctrl-C reaches only us), which gets `death_signal` when we die."""
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT if log else None,
        env=dict(env) if env is not None else None,
        start_new_session=True,
        preexec_fn=_before_exec(os.getpid(), service_user() if unprivileged else None, death_signal),
    )


def service_user() -> pwd.struct_passwd | None:
    """Whom Postgres runs as when we are root, which it refuses to be; None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("Postgres refuses to run as root, and there is neither a user postgres nor nobody.")


def give_to_service_user(path: Path) -> None:
    user = service_user()
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)


def stop_child(child: subprocess.Popen[bytes], stop_signal: int = signal.SIGTERM, seconds: float = 10) -> None:
    """Ask, wait, then insist."""
    if child.poll() is None:
        child.send_signal(stop_signal)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()


def _before_exec(parent: int, user: pwd.struct_passwd | None, death_signal: int) -> Callable[[], None]:
    def prepare() -> None:
        if user:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        # After the change of user, which clears it. A parent that died before this line sends nothing any more.
        if _libc is not None and hasattr(_libc, "prctl"):
            _libc.prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def is_alive(pid: int, began: str) -> bool:
    """Whether that very process lives (a pid alone may belong to somebody else by now)."""
    return bool(began) and process_began(pid) == began


def process_began(pid: int) -> str:
    """The kernel's start tick of a process; empty when there is none, or only its remains."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]

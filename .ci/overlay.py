"""A root of its own to try things in: an overlay over this machine's, in a mount namespace that nobody else sees."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

BASE = "/usr/local/image"
PASSED_ON = (
    "PIP_CERT",
    "SSL_CERT_FILE",
    "PIP_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "HTTPS_PROXY",
    "NO_PROXY",
)


@dataclass
class Root:
    """`env` is what its commands see besides what the network here asks for; `user` who they run as."""

    path: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": f"{BASE}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin"})
    workdir: str = "/"
    user: str = "root"
    home: str = "/root"

    def run(self, command: list[str]) -> None:
        subprocess.run(self.words(command), env=self.environment(), check=True)

    def start(self, command: list[str], **options: object) -> subprocess.Popen[str]:
        return subprocess.Popen(self.words(command), env=self.environment(), text=True, **options)  # type: ignore[call-overload]

    def words(self, command: list[str]) -> list[str]:
        enter = ["chroot", *([f"--userspec={self.user}:"] if self.user != "root" else []), str(self.path)]
        return [*enter, "sh", "-c", f"cd {shlex.quote(self.workdir)} && exec {shlex.join(command)}"]

    def environment(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return {"HOME": self.home, **passed, **self.env}


def take_own_mounts() -> None:
    """Start this very script again where its mounts are nobody else's."""
    if os.environ.get("HEARTH_OWN_MOUNTS") != "1":
        os.execvpe(  # noqa: S606 (unshare, by its name on PATH)
            "unshare", ["unshare", "--mount", sys.executable, *sys.argv], {**os.environ, "HEARTH_OWN_MOUNTS": "1"}
        )


def make_root(place: Path) -> Root:
    for part in ("upper", "work", "root"):
        (place / part).mkdir(parents=True)
    root = place / "root"
    overlay = f"lowerdir=/,upperdir={place / 'upper'},workdir={place / 'work'}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", overlay, str(root)], check=True)
    for system in ("proc", "dev", "sys"):
        subprocess.run(["mount", "--rbind", f"/{system}", str(root / system)], check=True)
    return Root(root)


def forget_people(root: Root) -> None:
    """A new machine knows its system's users only."""
    passwd = root.path / "etc" / "passwd"
    people = [line for line in passwd.read_text().splitlines() if int(line.split(":")[2]) < 1000 or "nobody" in line]
    passwd.write_text("\n".join(people) + "\n")


def leave(folder: Path) -> None:
    """Unmount all that was mounted below the folder, the innermost first."""
    places = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted((place for place in places if place.startswith(str(folder))), reverse=True):
        subprocess.run(["umount", "--lazy", place], check=True)

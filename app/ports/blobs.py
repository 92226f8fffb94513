"""Files by their content: the SHA-256 is the name, so the same file is kept once and never changes."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import NotFound

NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Blob:
    sha256: str
    size: int


class BlobStore:
    """A folder of files in 256 × 256 subfolders."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> Blob:
        """Keep the content; durable when this returns. Keeping it again is free."""
        blob = Blob(hashlib.sha256(content).hexdigest(), len(content))
        path = self.path(blob.sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, draft = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).rename(path)
        return blob

    def path(self, sha256: str) -> Path:
        """Where the content of that name is, or would be. Raises NotFound for what is no name."""
        if not NAME.fullmatch(sha256):
            raise NotFound
        return self.root / sha256[:2] / sha256[2:4] / sha256

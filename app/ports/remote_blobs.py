"""The files in a bucket that speaks S3, by obstore; what is made of them stays on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, S3Store

from app.core.errors import NotFound, Unavailable
from app.ports.blobs import SENT, Blob, BlobStore
from app.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config

# Whatever lies there for longer is written anew when it is put, so that no sweep takes it from under its new owner.
FRESH = timedelta(hours=12)
AT_ONCE = 1000


class RemoteBlobs(BlobStore):
    """A content is put whole or not at all: S3 shows an object when all of it has come."""

    def __init__(self, root: Path, store: ObjectStore) -> None:
        super().__init__(root)
        self._store = store

    def size(self, sha256: str) -> int:
        return int(self._head(sha256)["size"])

    def open(self, sha256: str) -> BinaryIO:
        size = self.size(sha256)
        file = cast("BinaryIO", tempfile.TemporaryFile(dir=self.drafts()))  # noqa: SIM115 (whoever asked closes it)
        for piece in self.pieces(sha256, 0, size):
            file.write(piece)
        file.seek(0)
        return file

    def pieces(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        if start >= end:
            return
        with _reached():
            got = obstore.get(self._store, self._name(sha256), options={"range": (start, end)})
            for piece in got.stream(min_chunk_size=SENT):
                yield bytes(piece)

    @contextmanager
    def at_hand(self, sha256: str) -> Iterator[Path]:
        size = self.size(sha256)
        with tempfile.NamedTemporaryFile(dir=self.drafts(), prefix="draft-") as file:
            for piece in self.pieces(sha256, 0, size):
                file.write(piece)
            file.flush()
            yield Path(file.name)

    def delete(self, sha256: str) -> None:
        self._forget_derived(sha256)
        with _reached():
            try:
                obstore.delete(self._store, self._name(sha256))
            except FileNotFoundError:
                return  # S3 does not tell; others do

    def kept_before(self, moment: float, at_once: int) -> Iterator[list[str]]:
        self._forget_drafts(moment)
        batch: list[str] = []
        for entry in self._list():
            if entry["last_modified"].timestamp() < moment:
                batch.append(_sha256(entry))
            if len(batch) == at_once:
                yield batch
                batch = []
        if batch:
            yield batch

    def delete_if_kept_before(self, sha256: str, moment: float) -> bool:
        """No lock reaches over the network: between the look and the deletion lie milliseconds, in which somebody would
        have to put what nobody had for a day."""
        try:
            if self._head(sha256)["last_modified"].timestamp() >= moment:
                return False
        except NotFound:
            return False
        self.delete(sha256)
        return True

    def __iter__(self) -> Iterator[Blob]:
        for entry in self._list():
            yield Blob(_sha256(entry), entry["size"])

    def _is_kept(self, sha256: str) -> bool:
        try:
            self._head(sha256)
        except NotFound:
            return False
        return True

    def _touch(self, sha256: str) -> bool:
        """An object's time cannot be moved: what is not fresh counts as not kept, and is sent again."""
        try:
            return bool(datetime.now(UTC) - self._head(sha256)["last_modified"] < FRESH)
        except NotFound:
            return False

    def _settle(self, draft: Path, sha256: str) -> None:
        with _reached():
            obstore.put(self._store, self._name(sha256), draft)

    def _head(self, sha256: str) -> Any:
        with _reached():
            try:
                return obstore.head(self._store, self._name(sha256))
            except FileNotFoundError:
                raise NotFound from None

    def _list(self) -> Iterator[Any]:
        with _reached():
            for batch in obstore.list(self._store, chunk_size=AT_ONCE):
                yield from (entry for entry in batch if self._is_name(_sha256(entry)))

    def _name(self, sha256: str) -> str:
        return self.path(sha256).name  # raises NotFound for what is no name


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (BaseError, ConnectionError, TimeoutError) as error:
        raise Unavailable(f"The place of the files does not answer as it should ({type(error).__name__}).") from error


def _sha256(entry: Any) -> str:
    return str(entry["path"]).rpartition("/")[2]


def open_remote(settings: Settings) -> RemoteBlobs:
    """For `s3://bucket/prefix?endpoint=https://…&region=…`; nothing is asked yet."""
    address = urlsplit(settings.blobs_url or "")
    options = {name: values[0] for name, values in parse_qs(address.query).items()}
    endpoint = options.get("endpoint", "")
    given = {
        "endpoint": endpoint, "region": options.get("region", "us-east-1"),
        "access_key_id": settings.blobs_key, "secret_access_key": settings.blobs_secret,
    }  # fmt: skip
    store = S3Store(
        address.netloc, prefix=address.path.strip("/") or None,
        config=cast("S3Config", {name: value for name, value in given.items() if value}),
        client_options={"allow_http": endpoint.startswith("http://"), "timeout": "60s"},
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
    )  # fmt: skip
    return RemoteBlobs(settings.blobs_dir, store)

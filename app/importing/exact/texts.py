"""What a person changed in the readable part: the texts of notes, and files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import BinaryIO, cast
from uuid import UUID

from app.importing.decoding import decode
from app.importing.exact.archive import ExactArchive, Member
from app.importing.exact.incoming import Incoming, Unfit
from app.importing.sources import UnreadableError
from app.ports.blobs import BlobStore
from app.web.locale import gettext as _

_HEAD = re.compile(r"---[ \t]*\n.*?(?<=\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
Notices = list[tuple[str, str]]


@dataclass(slots=True)
class Outside:
    """Readable members of rows that need them: `edited` are those that were changed, `files` all of the files."""

    archive: ExactArchive
    blobs: BlobStore
    edited: dict[UUID, str] = field(default_factory=dict)
    files: dict[UUID, Member] = field(default_factory=dict)
    notices: Notices = field(default_factory=list)

    def look(self) -> None:
        """Compare each text with the checksum that it was written with."""
        seen: set[str] = set()
        for member in self.archive.index():
            if member.table == "attachments":
                self.files[member.id] = member
            # Once each, or an index could have one member read a million times.
            elif member.path not in seen and self.archive.has(member.path) and self._is_changed(member):
                self._note_change(member)
            seen.add(member.path)

    def _is_changed(self, member: Member) -> bool:
        try:
            return hashlib.sha256(self.archive.read(member.path)).hexdigest() != member.sha256
        except UnreadableError as error:
            self.notices.append((member.path, str(error)))
            return False

    def _note_change(self, member: Member) -> None:
        if member.table == "notes":
            self.edited[member.id] = member.path
            self.notices.append((member.path, _("its text was changed outside of Hearth, and comes in as it is there")))
        else:
            self.notices.append(
                (member.path, _("it was changed outside of Hearth; of such files nothing is read back"))
            )

    async def put_text(self, row: Incoming) -> None:
        """The text as it stands in the file now."""
        path = self.edited.get(row.old) if row.old else None
        if path is not None:
            try:
                text, _notices = decode(self.archive.read(path))
            except UnreadableError as error:
                raise Unfit(str(error)) from None
            head = _HEAD.match(text := text.replace("\r\n", "\n"))
            row.patch["content"] = text[head.end() :] if head else text

    async def put_file(self, row: Incoming) -> None:
        """Keep its content; what the row says of it counts for nothing, or it could name another's file."""
        member = self.files.get(row.old) if row.old else None
        if member is None:
            raise Unfit(_("its content is not in the archive"))
        try:
            with self.archive.open(member.path) as file:
                blob = self.blobs.put(cast(BinaryIO, file))
        except UnreadableError as error:
            raise Unfit(str(error)) from None
        row.patch |= {"sha256": blob.sha256, "size": blob.size}
        if blob.sha256 != member.sha256:
            self.edited[member.id] = member.path
            self.notices.append((member.path, _("it was changed outside of Hearth, and comes in as it is there")))

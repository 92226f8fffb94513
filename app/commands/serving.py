"""The web server of one process."""

from __future__ import annotations

import sys
from types import FrameType

import uvicorn

from app.web.changes import Changes

STARTUP_FAILURE = 3


class Server(uvicorn.Server):
    """Lets streams go at once when it is told to end: it would wait for them as for any page that is not yet sent."""

    def __init__(self, config: uvicorn.Config, changes: Changes) -> None:
        super().__init__(config)
        self._changes = changes

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._changes.end()
        super().handle_exit(sig, frame)

    def serve_until_told(self) -> None:
        try:
            self.run()
        except KeyboardInterrupt:
            return  # the signal again, after everything has ended
        if not self.started:
            sys.exit(STARTUP_FAILURE)

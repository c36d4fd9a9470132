"""What a channel is to the service that runs it."""

from __future__ import annotations

from typing import Protocol

from fastapi import FastAPI

#: Seconds that a channel has, once told to stop, to send what it has begun; the web page's own requests get 2 of the 10 before.
STOP_LIMIT_S = 7.5


class Channel(Protocol):
    """A way in and out beside the web page, in the same process and on the same port."""

    @property
    def title(self) -> str:
        """Its name and way in, for the person who starts the service."""

    def add_routes(self, app: FastAPI) -> None:
        """Add what it serves over HTTP."""

    async def start(self) -> None:
        """Begin; returns at once, and goes on trying where its platform cannot be reached."""

    async def stop(self) -> None:
        """Take nothing more, send what has been begun, and end within ``STOP_LIMIT_S``."""

"""微信客服: customers on WeChat, who come through the application. Its place; what it does is to come."""

from __future__ import annotations

from typing import Any


class CustomerService:
    """Takes events, and does nothing about them yet."""

    def __init__(self, *_: Any, servicer: str = "") -> None:
        self.servicer = servicer

    async def start(self) -> None:
        """Nothing to take up."""

    async def stop(self, *, timeout_s: float) -> None:  # noqa: ARG002
        """Nothing to finish."""

    async def on_event(self, token: str, open_kfid: str) -> None:  # noqa: ARG002
        """Nothing to be done."""

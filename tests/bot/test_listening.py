"""The port that ``wenbao serve`` takes."""

from __future__ import annotations

import socket
from contextlib import closing

from bot.cli import _listen
from bot.settings import Settings


def test_connections_send_small_packets_without_waiting_for_acknowledgements() -> None:
    with closing(_listen(Settings(port=0))) as listener, closing(socket.create_connection(("127.0.0.1", listener.getsockname()[1]))):
        connection, _ = listener.accept()
        with closing(connection):
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

"""The application's menu, from the one table of commands.

Source: developer.work.weixin.qq.com/document/path/90231: at most 3 buttons of at most 16 bytes, under each at most 5 of at most 40 bytes;
a key of at most 128 bytes, which comes back in a ``click``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.commands import COMMANDS, Command


def menu(commands: Sequence[Command] = COMMANDS) -> dict[str, Any]:
    """The menu; a key is the command as it would be typed."""
    groups: dict[str, list[dict[str, str]]] = {}
    for command in commands:
        if command.menu and not command.for_admins:
            entry = {"type": "click", "name": command.words[0], "key": f"/{command.name}"}
            groups.setdefault(command.menu, []).append(entry)
    return {"button": [{"name": name, "sub_button": entries} for name, entries in groups.items()]}

"""Create the menu of the WeCom application from the table of commands.

    .venv/bin/python scripts/wecom_menu.py            create it, in place of the one there is
    .venv/bin/python scripts/wecom_menu.py --show     print it as JSON and change nothing

Exit status: 0 done, 1 WeCom refuses it or the settings are wrong, 2 wrong use.
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.bootstrap import make_wecom_client, open_state
from bot.channels.wecom_menu import menu
from bot.errors import BotError, ConfigError
from bot.settings import Settings

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def main(show: Annotated[bool, typer.Option("--show", help="Print the menu as JSON and change nothing.")] = False) -> None:
    """Create the application's menu."""
    wanted = menu()
    if show:
        typer.echo(json.dumps(wanted, ensure_ascii=False, indent=1))
        return
    try:
        settings = Settings.from_env()
        if not settings.wecom_corp_id:
            raise ConfigError(["WENBAO_WECOM_CORP_ID: is empty; the menu is the application's, see README.md"])
        asyncio.run(_create(settings, wanted))
    except BotError as exc:
        errors.print(f"wecom_menu: {exc}", style="red", markup=False)
        raise typer.Exit(1) from None
    for button in wanted["button"]:
        console.print(f"{button['name']}: {', '.join(entry['name'] for entry in button['sub_button'])}", markup=False)
    console.print("created; members see it within some minutes, or after opening the application again")


async def _create(settings: Settings, wanted: dict[str, Any]) -> None:
    state = open_state(settings)
    client = make_wecom_client(settings, state)
    try:
        await client.create_menu(wanted)
    finally:
        await client.close()
        await state.close()


if __name__ == "__main__":
    typer.run(main)

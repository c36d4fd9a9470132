"""Hold a conversation with the service through a Telegram of its own, and make a picture of it for the documents.

    scripts/render_chat.py docs/telegram.png "行政复议维持了几件?" "[全文]"

Each argument is what a person does: a message, or in square brackets a button of the bot's last message, named by a part of its text.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fakes.chat_picture import render_page, save_picture  # noqa: E402
from tests.fakes.processes import reload  # noqa: E402
from tests.fakes.telegram_processes import telegram, wenbao  # noqa: E402

PERSON = 1


def main(
    path: Annotated[Path, typer.Argument(help="The picture; the page itself where it ends in .html.")],
    steps: Annotated[list[str], typer.Argument(help="Messages, and buttons in square brackets.")],
    width: Annotated[int, typer.Option(help="In pixels, at two device pixels each.")] = 480,
) -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        reload(root / "data")
        with (
            telegram(root / "telegram") as (order, api_base, token),
            wenbao(root / "data", api_base, token, root / "log"),
        ):
            for step in steps:
                if step.startswith("["):
                    order("press", chat=PERSON, button=step.strip("[]"))
                else:
                    order("ask", chat=PERSON, text=step)
            messages = order("transcript", chat=PERSON)
            breaches = order("faults")["breaches"]
    save_picture(render_page(messages, width=width), path, width=width)
    for breach in breaches:
        typer.echo(f"breach of the Bot API's rules: {breach}", err=True)
    typer.echo(f"{path}: {len(messages)} messages")


if __name__ == "__main__":
    typer.run(main)

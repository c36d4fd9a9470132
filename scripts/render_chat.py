"""Hold conversations with the service through a Telegram of its own, and make pictures of them for the documents.

    scripts/render_chat.py one chat.png "行政复议维持了几件?" "[全文]"
    scripts/render_chat.py all docs/images/chats.yaml

Each argument of ``one`` is what a person does: a message, or in square brackets a button of the bot's last message, named by a part of its
text. ``all`` makes the pictures that a file describes, beside it. It needs the development tools (``make .venv/.installed-dev``), Chromium,
and a font with Chinese characters (Debian: ``apt install chromium fonts-noto-cjk``).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import yaml

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fakes.chat_picture import render_page, save_picture  # noqa: E402
from tests.fakes.chat_scene import Scene, play  # noqa: E402
from tests.fakes.processes import Order, reload  # noqa: E402
from tests.fakes.telegram_processes import telegram, wenbao  # noqa: E402

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
Width = Annotated[int, typer.Option(help="In pixels, at two device pixels each.")]


@app.command()
def one(
    path: Annotated[Path, typer.Argument(help="The picture; the page itself where it ends in .html.")],
    steps: Annotated[list[str], typer.Argument(help="Messages, and buttons in square brackets.")],
    width: Width = 480,
) -> None:
    """Make one picture, of a private chat."""
    with service() as order:
        draw(order, Scene(steps), path, width)


@app.command("all")
def all_of(path: Annotated[Path, typer.Argument(help="YAML: name of the picture -> its scene.")], width: Width = 420) -> None:
    """Make every picture of a file."""
    with service() as order:
        for name, scene in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            draw(order, Scene(**scene), path.with_name(f"{name}.png"), width)


@contextmanager
def service() -> Iterator[Order]:
    """The service on a Telegram of its own; how that takes orders."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        reload(root / "data")
        with telegram(root / "telegram") as (order, api_base, token), wenbao(root / "data", api_base, token, root / "log"):
            yield order
            for breach in order("faults")["breaches"]:
                typer.echo(f"breach of the Bot API's rules: {breach}", err=True)


def draw(order: Order, scene: Scene, path: Path, width: int) -> None:
    """Play *scene* and make its picture."""
    items = play(order, scene)
    title = {"title": scene.group, "subtitle": "群组", "me": scene.me} if scene.group else {}
    save_picture(render_page(items, width=width, **title), path, width=width)
    typer.echo(f"{path}: {len(items)} messages, {path.stat().st_size // 1000} KB")


if __name__ == "__main__":
    app()

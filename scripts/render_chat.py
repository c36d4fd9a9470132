"""Hold conversations with the service through a Telegram or WeCom of its own, and make pictures of them for the documents.

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
from tests.fakes.processes import reload  # noqa: E402
from tests.fakes.telegram_processes import telegram  # noqa: E402
from tests.fakes.telegram_processes import wenbao as telegram_wenbao  # noqa: E402
from tests.fakes.wecom_processes import wecom  # noqa: E402
from tests.fakes.wecom_processes import wenbao as wecom_wenbao  # noqa: E402

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
#: What stands below the name of whom one talks to.
SUBTITLES = {"bot": "智能机器人", "customer": "微信客服"}
Width = Annotated[int, typer.Option(help="In pixels, at two device pixels each.")]


@app.command()
def one(
    path: Annotated[Path, typer.Argument(help="The picture; the page itself where it ends in .html.")],
    steps: Annotated[list[str], typer.Argument(help="Messages, and buttons in square brackets.")],
    width: Width = 480,
) -> None:
    """Make one picture, of a private chat in Telegram."""
    with built() as root:
        draw_telegram(root, {path: Scene(steps)}, width)


@app.command("all")
def all_of(path: Annotated[Path, typer.Argument(help="YAML: name of the picture -> its scene.")], width: Width = 420) -> None:
    """Make every picture of a file."""
    described = yaml.safe_load(path.read_text(encoding="utf-8"))
    scenes = {path.with_name(f"{name}.png"): Scene(**scene) for name, scene in described.items()}
    with built() as root:
        draw_telegram(root, {path: scene for path, scene in scenes.items() if not scene.wecom}, width)
        draw_wecom(root, {path: scene for path, scene in scenes.items() if scene.wecom}, width)


@contextmanager
def built() -> Iterator[Path]:
    """A folder with the knowledge base in ``data``."""
    with tempfile.TemporaryDirectory() as folder:
        reload(Path(folder) / "data")
        yield Path(folder)


def draw_telegram(root: Path, scenes: dict[Path, Scene], width: int) -> None:
    """Make pictures of *scenes* in Telegram."""
    with telegram(root / "telegram") as (order, api_base, token), telegram_wenbao(root / "data", api_base, token, root / "log"):
        for path, scene in scenes.items():
            head = {"title": scene.group, "subtitle": "群组", "me": scene.me} if scene.group else {}
            save(render_page(play(order, scene), width=width, **head), path, width)
        for breach in order("faults")["breaches"]:
            typer.echo(f"breach of the Bot API's rules: {breach}", err=True)


def draw_wecom(root: Path, scenes: dict[Path, Scene], width: int) -> None:
    """Make pictures of *scenes* in WeCom."""
    with wecom(root / "wecom") as (order, settings), wecom_wenbao(root / "data", settings, root / "log") as (_, base_url):
        for number, (path, scene) in enumerate(scenes.items()):
            items = order("hold", steps=scene.steps, way=scene.wecom, base_url=base_url, user=f"person{number}")
            save(render_page(items, width=width, subtitle=SUBTITLES[scene.wecom], look=scene.wecom), path, width)
        for breach in order("violations")["breaches"]:
            typer.echo(f"breach of WeCom's rules: {breach}", err=True)


def save(page: str, path: Path, width: int) -> None:
    """Save *page* as a picture, and say so."""
    save_picture(page, path, width=width)
    typer.echo(f"{path}: {path.stat().st_size // 1000} KB")


if __name__ == "__main__":
    app()

"""A bare python-telegram-bot echo bot, to measure beside: ``python -m tests.fakes.echo_bot API_BASE TOKEN``.

The library's defaults, long polling, one handler: the least that a bot built on it does. It quotes the message that it answers.
"""

from __future__ import annotations

import sys
from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Say it again."""
    message = update.effective_message
    assert message
    assert message.text
    await message.reply_text(message.text, do_quote=True)


def main(api_base: str, token: str, concurrent_updates: int = 1) -> None:
    """Echo until interrupted."""
    builder: Any = Application.builder().token(token).base_url(api_base)
    application = builder.concurrent_updates(concurrent_updates).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    print("ready", flush=True)
    application.run_polling()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1)

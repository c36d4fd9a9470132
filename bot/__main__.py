"""``python -m bot`` is the ``wenbao`` command."""

from bot.cli import app

app()

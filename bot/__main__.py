"""``python -m bot`` is the ``wenbao`` command."""

from bot.cli import app

if __name__ == "__main__":  # a child process that builds a release imports this module under another name
    app()

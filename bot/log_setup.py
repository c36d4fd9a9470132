"""The log format: one line an event, facts as key=value. User text never appears; secrets are masked."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
#: What a record gathers besides, none of which is shown. Source: Logging HOWTO, "Optimization".
_UNUSED = ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks")


class FactsFormatter(logging.Formatter):
    """``2026-01-31 12:00:00 INFO bot.assistant answered channel=web outcome=answer``, with *secrets* shown as ``***``."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        facts = [f"{key}={value}" for key, value in vars(record).items() if key not in _STANDARD]
        line = " ".join([super().format(record), *facts])
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line


def set_up_logging(*, secrets: Sequence[str] = (), level: int = logging.INFO) -> None:
    """Log to standard error; libraries that log addresses with tokens in them, or what people wrote, only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FactsFormatter(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging._srcfile = None  # where in the program a line comes from
    for unused in _UNUSED:
        setattr(logging, unused, False)
    for noisy in ("httpx", "httpcore", "aiohttp", "telegram"):
        logging.getLogger(noisy).setLevel(logging.WARNING)

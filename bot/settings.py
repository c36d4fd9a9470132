"""Every setting, read once at start from the environment and ``.env``; nothing else reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from bot.errors import ConfigError

PREFIX = "WENBAO_"
_TELEGRAM = "https://api.telegram.org/bot"
#: Source: Bot API, setWebhook, notes.
_PUBLIC_WEBHOOK = r"https://[^/:]+(:(443|80|88|8443))?/"


def _text(value: str) -> str:
    return value.strip()


def _path(value: str) -> Path:
    if not value.strip():
        raise ValueError("is empty; name a folder")
    return Path(value.strip())


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"must be a whole number from {low} to {high}") from None
        if not low <= number <= high:
            raise ValueError(f"must be from {low} to {high}")
        return number

    return parse


def _database(value: str) -> str:
    value = value.strip()
    if value and not value.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("must be empty, sqlite:///PATH or postgresql://...")
    return value


def _ids(value: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in value.replace(",", " ").split())
    except ValueError:
        raise ValueError("must be numeric user ids, separated by commas") from None


def _bot_token(value: str) -> str:
    value = value.strip()
    if value and not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", value):
        raise ValueError("must look like 123456:ABC-DEF, as @BotFather gives it")
    return value


def _api_base(value: str) -> str:
    value = value.strip().rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?/bot", value):
        raise ValueError("must be an address that ends in /bot, such as http://127.0.0.1:9000/bot")
    return value


def _webhook_url(value: str) -> str:
    value = value.strip()
    if value and not re.fullmatch(r"https?://[^\s/?#@]+/[^\s?#]+", value):
        raise ValueError("must be an address such as https://bot.example.org/telegram/webhook")
    return value


def _webhook_secret(value: str) -> str:
    # Source: Bot API, setWebhook, secret_token.
    value = value.strip()
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value):
        raise ValueError("must have 1 to 256 letters, digits, _ or -, and no others")
    return value


def _aes_key(value: str) -> str:
    value = value.strip()
    if value and not re.fullmatch(r"[A-Za-z0-9+/]{43}", value):
        raise ValueError("must have 43 letters and digits, as the WeCom console shows it")
    return value


def _agent_id(value: str) -> str:
    value = value.strip()
    if value and not re.fullmatch(r"[0-9]{1,10}", value):
        raise ValueError("must be a number, as the WeCom console shows it")
    return value


def _server(value: str) -> str:
    value = value.strip().rstrip("/")
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise ValueError("must be an address such as https://qyapi.weixin.qq.com")
    return value


def _userids(value: str) -> tuple[str, ...]:
    return tuple(value.replace(",", " ").split())


def _setting(default: Any, parse: Callable[[str], Any], help_text: str, *, secret: bool = False, shown: bool = True) -> Any:
    """A field; *shown* tells whether a wrong value is repeated to whoever set it, which that of a secret never is."""
    metadata = {"parse": parse, "help": help_text, "secret": secret, "shown": shown and not secret}
    return field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings; ``WENBAO_`` and the field's name in capitals is the variable. Secrets stay out of ``repr``."""

    data_dir: Path = _setting(Path("var"), _path, "folder of releases and state")
    host: str = _setting("127.0.0.1", _text, "address the service listens on")
    port: int = _setting(8080, _whole(0, 65535), "port the service listens on; 0 takes a free one")
    database_url: str = _setting("", _database, "where shared state is kept; empty: SQLite in the data directory", secret=True)
    telegram_token: str = _setting("", _bot_token, "bot token from @BotFather; empty: no Telegram", secret=True)
    telegram_api_base: str = _setting(_TELEGRAM, _api_base, "base address of the Bot API", shown=False)
    telegram_webhook_url: str = _setting("", _webhook_url, "public address of /telegram/webhook; empty: long polling")
    telegram_webhook_secret: str = _setting("", _webhook_secret, "secret token of the webhook", secret=True)
    telegram_admins: tuple[int, ...] = _setting((), _ids, "user ids that may run admin commands")
    telegram_rate: int = _setting(30, _whole(0, 1000), "messages a second to Telegram; 0: no limits, for a Bot API server of your own")
    wecom_corp_id: str = _setting("", _text, "企业ID; empty: no WeCom application")
    wecom_agent_id: str = _setting("", _agent_id, "AgentId of the application")
    wecom_secret: str = _setting("", _text, "Secret of the application", secret=True)
    wecom_token: str = _setting("", _text, "Token of the application's callback", secret=True)
    wecom_aes_key: str = _setting("", _aes_key, "EncodingAESKey of the application's callback", secret=True)
    wecom_api_base: str = _setting("https://qyapi.weixin.qq.com", _server, "base address of the WeCom API", shown=False)
    wecom_admins: tuple[str, ...] = _setting((), _userids, "userids that may run admin commands in the application")
    wecom_kf_servicer: str = _setting("", _text, "userid of the person that customers of 微信客服 are handed to; empty: nobody")
    wecom_bot_token: str = _setting("", _text, "Token of the 智能机器人", secret=True)
    wecom_bot_aes_key: str = _setting("", _aes_key, "EncodingAESKey of the 智能机器人", secret=True)
    admin_token: str = _setting("", _text, "opens the dashboard; empty: no dashboard", secret=True)
    rate_limit: int = _setting(20, _whole(1, 100_000), "messages a minute and sender")
    retention_days: int = _setting(180, _whole(1, 3650), "days after which questions and feedback are deleted")

    def secrets(self) -> list[str]:
        """Values that must never be shown."""
        values = [value for f in fields(self) if f.metadata["secret"] and (value := str(getattr(self, f.name)))]
        # The secret half of a token also by itself: where the colon is written as %3A it is all that is the same.
        _, _, half = self.telegram_token.partition(":")
        return [*values, half] if len(half) >= 8 else values

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")) -> Settings:
        """Read the settings; the environment wins over the file.

        Raises:
            ConfigError: With every fault found: unknown ``WENBAO_`` names, values of the wrong form.
        """
        from_file, faults = _read_env_file(env_file)
        values = {**from_file, **(os.environ if environ is None else environ)}
        known = {PREFIX + f.name.upper(): f for f in fields(cls)}
        faults += [f"{name}: no such setting" for name in sorted(values) if name.startswith(PREFIX) and name not in known]
        parsed: dict[str, Any] = {}
        wrong: set[str] = set()
        for name, setting in known.items():
            if values.get(name, "") == "":
                continue
            try:
                parsed[setting.name] = setting.metadata["parse"](values[name])
            except ValueError as exc:
                shown = f" {values[name]!r}" if setting.metadata["shown"] else ""
                faults.append(f"{name}{shown}: {exc}")
                wrong.add(setting.name)
        settings = cls(**parsed)
        if not wrong & {"telegram_webhook_url", "telegram_webhook_secret", "telegram_api_base"}:
            faults += settings._webhook_faults()
        if not any(name.startswith("wecom_") for name in wrong):
            faults += settings._wecom_faults()
        if faults:
            raise ConfigError(faults)
        return settings

    def _webhook_faults(self) -> list[str]:
        """What is wrong with the settings of the webhook, taken together."""
        faults = []
        if self.telegram_webhook_url and not self.telegram_webhook_secret:
            faults.append("WENBAO_TELEGRAM_WEBHOOK_SECRET: is empty; a webhook needs one, lest anybody post to it")
        if self.telegram_webhook_url and self.telegram_api_base == _TELEGRAM and not re.match(_PUBLIC_WEBHOOK, self.telegram_webhook_url):
            shown = f"WENBAO_TELEGRAM_WEBHOOK_URL {self.telegram_webhook_url!r}"
            faults.append(
                f"{shown}: Telegram calls https:// on port 443, 80, 88 or 8443 only; for another server set WENBAO_TELEGRAM_API_BASE"
            )
        return faults

    def _wecom_faults(self) -> list[str]:
        """What is wrong with the settings of WeCom, taken together: half an application, or half a robot."""
        application = ("wecom_corp_id", "wecom_agent_id", "wecom_secret", "wecom_token", "wecom_aes_key")
        robot = ("wecom_bot_token", "wecom_bot_aes_key")
        faults = []
        for names, what in ((application, "the application"), (robot, "the 智能机器人")):
            missing = [name for name in names if not getattr(self, name)]
            if 0 < len(missing) < len(names):
                others = ", ".join(PREFIX + name.upper() for name in names if name not in missing)
                faults += [f"{PREFIX}{name.upper()}: is empty; {what} needs it beside {others}" for name in missing]
        for name in ("wecom_admins", "wecom_kf_servicer"):
            if getattr(self, name) and not self.wecom_corp_id:
                faults.append(f"{PREFIX}{name.upper()}: has no effect without the application; set {PREFIX}WECOM_CORP_ID and its like")
        return faults


def describe_settings() -> list[tuple[str, str, str]]:
    """(variable, default as written in the environment, help) of every setting, for the documents' test."""
    return [(PREFIX + f.name.upper(), _written(f), str(f.metadata["help"])) for f in fields(Settings)]


def _written(setting: Field[Any]) -> str:
    default = "" if setting.default is MISSING else setting.default
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def _read_env_file(path: Path | None) -> tuple[dict[str, str], list[str]]:
    """Values and faults of an .env file; none for a missing one."""
    if path is None or not path.is_file():
        return {}, []
    values: dict[str, str] = {}
    faults: list[str] = []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        return {}, [f"{path}: cannot be read as UTF-8 ({exc}); save it as UTF-8"]
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, found, value = line.partition("=")
        if not found:
            faults.append(f"{path}, line {number}: needs NAME=value")
            continue
        values[name.strip()] = value.strip().strip("\"'")
    return values, faults

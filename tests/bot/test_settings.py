"""Settings: read once, every fault told at once, secrets never shown."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.settings import Settings, describe_settings

SECRETS = [f.name for f in fields(Settings) if f.metadata["secret"]]
AES_KEY = "k" * 43


def read(environ: dict[str, str], env_file: Path | None = None) -> Settings:
    return Settings.from_env(environ, env_file=env_file)


def faults_of(environ: dict[str, str], env_file: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read(environ, env_file)
    return caught.value.faults


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = read({})
    assert (settings.data_dir, settings.host, settings.port) == (Path("var"), "127.0.0.1", 8080)
    assert (settings.rate_limit, settings.retention_days) == (20, 180)
    assert settings.telegram_api_base == "https://api.telegram.org/bot"
    assert settings.wecom_api_base == "https://qyapi.weixin.qq.com"
    assert settings.telegram_admins == ()
    assert {name: getattr(settings, name) for name in SECRETS} == dict.fromkeys(SECRETS, "")


@pytest.mark.parametrize(
    ("name", "value", "field", "parsed"),
    [
        ("WENBAO_DATA_DIR", " /srv/wenbao ", "data_dir", Path("/srv/wenbao")),
        ("WENBAO_PORT", "0", "port", 0),
        ("WENBAO_PORT", "65535", "port", 65535),
        ("WENBAO_RATE_LIMIT", "100000", "rate_limit", 100_000),
        ("WENBAO_TELEGRAM_ADMINS", "12, 34 56", "telegram_admins", (12, 34, 56)),
        ("WENBAO_DATABASE_URL", "sqlite:///x.db", "database_url", "sqlite:///x.db"),
        ("WENBAO_HOST", "", "host", "127.0.0.1"),
        ("WENBAO_TELEGRAM_TOKEN", " 123456:ABC-DEF_ghi ", "telegram_token", "123456:ABC-DEF_ghi"),
        ("WENBAO_TELEGRAM_API_BASE", "http://127.0.0.1:9000/bot/", "telegram_api_base", "http://127.0.0.1:9000/bot"),
        ("WENBAO_TELEGRAM_WEBHOOK_SECRET", "s" * 256, "telegram_webhook_secret", "s" * 256),
        ("WENBAO_TELEGRAM_RATE", "0", "telegram_rate", 0),
    ],
    ids=[
        "folder",
        "lowest port",
        "highest port",
        "most messages",
        "admins",
        "database",
        "empty is the default",
        "token",
        "own Bot API",
        "longest secret",
        "no limits",
    ],
)
def test_a_right_value_is_taken(name: str, value: str, field: str, parsed: object) -> None:
    assert getattr(read({name: value}), field) == parsed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WENBAO_PORT", "http"),
        ("WENBAO_PORT", "65536"),
        ("WENBAO_PORT", "-1"),
        ("WENBAO_PORT", "80.5"),
        ("WENBAO_RATE_LIMIT", "0"),
        ("WENBAO_RETENTION_DAYS", "3651"),
        ("WENBAO_DATA_DIR", "  "),
        ("WENBAO_DATABASE_URL", "mysql://host/db"),
        ("WENBAO_TELEGRAM_ADMINS", "1, alice"),
        ("WENBAO_WECOM_AES_KEY", "k" * 42),
        ("WENBAO_WECOM_BOT_AES_KEY", "k" * 44),
        ("WENBAO_WECOM_AES_KEY", "k" * 42 + "="),
        ("WENBAO_WECOM_AGENT_ID", "app"),
        ("WENBAO_WECOM_API_BASE", "qyapi.weixin.qq.com"),
        ("WENBAO_TELEGRAM_TOKEN", "hush"),
        ("WENBAO_TELEGRAM_TOKEN", "12:a/../b"),
        ("WENBAO_TELEGRAM_API_BASE", "http://127.0.0.1:9000"),
        ("WENBAO_TELEGRAM_API_BASE", "127.0.0.1:9000/bot"),
        ("WENBAO_TELEGRAM_API_BASE", "http://user:password@127.0.0.1/bot"),
        ("WENBAO_TELEGRAM_WEBHOOK_SECRET", "two words"),
        ("WENBAO_TELEGRAM_WEBHOOK_SECRET", "s" * 257),
        ("WENBAO_TELEGRAM_RATE", "-1"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    (fault,) = faults_of({name: value})
    assert fault.startswith(name)


WECOM = {
    "WENBAO_WECOM_CORP_ID": "ww0123456789abcdef",
    "WENBAO_WECOM_AGENT_ID": "1000002",
    "WENBAO_WECOM_SECRET": "hush",
    "WENBAO_WECOM_TOKEN": "QDG6eK",
    "WENBAO_WECOM_AES_KEY": AES_KEY,
}
ROBOT = {"WENBAO_WECOM_BOT_TOKEN": "QDG6eK", "WENBAO_WECOM_BOT_AES_KEY": AES_KEY}


def test_a_whole_wecom_application_is_taken() -> None:
    settings = read(WECOM | {"WENBAO_WECOM_ADMINS": "lisi, wangwu", "WENBAO_WECOM_API_BASE": "http://127.0.0.1:9000/"})
    assert (settings.wecom_aes_key, settings.wecom_admins) == (AES_KEY, ("lisi", "wangwu"))
    assert settings.wecom_api_base == "http://127.0.0.1:9000"


def test_half_a_wecom_application_or_robot_names_what_is_missing() -> None:
    for name in WECOM:
        (fault,) = faults_of({other: value for other, value in WECOM.items() if other != name})
        assert fault.startswith(f"{name}: is empty")
        assert "hush" not in fault
    (fault,) = faults_of({"WENBAO_WECOM_BOT_TOKEN": "QDG6eK"})
    assert fault.startswith("WENBAO_WECOM_BOT_AES_KEY: is empty")
    (fault,) = faults_of({"WENBAO_WECOM_KF_SERVICER": "lisi"})
    assert "WENBAO_WECOM_CORP_ID" in fault


def test_every_fault_is_told_at_once() -> None:
    faults = faults_of({"WENBAO_PORT": "x", "WENBAO_RATE_LIMIT": "0", "WENBAO_PROT": "8080", "WENBAO_WECOM_AES_KEY": "short"})
    assert sorted(fault.split()[0].rstrip(":") for fault in faults) == [
        "WENBAO_PORT",
        "WENBAO_PROT",
        "WENBAO_RATE_LIMIT",
        "WENBAO_WECOM_AES_KEY",
    ]


def test_a_webhook_needs_a_secret_and_an_address_that_telegram_calls() -> None:
    url, secret = "WENBAO_TELEGRAM_WEBHOOK_URL", "WENBAO_TELEGRAM_WEBHOOK_SECRET"
    (fault,) = faults_of({url: "https://bot.example.org/telegram/webhook"})
    assert fault.startswith(secret)
    faults = faults_of({url: "http://bot.example.org/telegram/webhook", "WENBAO_PORT": "x"})
    assert [fault.split()[0].rstrip(":") for fault in faults] == ["WENBAO_PORT", secret, url]
    for called in ("https://bot.example.org:8443/x", "https://bot.example.org/x"):
        assert read({url: called, secret: "s"}).telegram_webhook_url == called
    (fault,) = faults_of({url: "https://bot.example.org:8080/x", secret: "s"})
    assert "8443" in fault
    own_server = {"WENBAO_TELEGRAM_API_BASE": "http://127.0.0.1:9000/bot"}
    assert read({url: "http://127.0.0.1:8080/telegram/webhook", secret: "s", **own_server}).telegram_webhook_secret == "s"


def test_the_secret_half_of_a_token_is_a_secret_of_its_own() -> None:
    assert "ABCDEFGHIJ" in read({"WENBAO_TELEGRAM_TOKEN": "123:ABCDEFGHIJ"}).secrets()


def test_an_unknown_name_is_a_fault_and_others_are_left_alone() -> None:
    assert faults_of({"WENBAO_TOKEN": "x", "HOME": "/root", "wenbao_port": "x"}) == ("WENBAO_TOKEN: no such setting",)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_stays_out_of_repr(name: str) -> None:
    forms = {"database_url": "sqlite:///hush", "telegram_token": "123456:hush"}
    value = forms.get(name) or ("h" * 43 if name.endswith("aes_key") else f"hush-{name}")
    beside = ROBOT if name.startswith("wecom_bot") else WECOM if name.startswith("wecom") else {}
    settings = read(beside | {f"WENBAO_{name.upper()}": value})
    assert getattr(settings, name) == value
    assert value not in repr(settings)
    assert value not in str(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WENBAO_DATABASE_URL", "mysql://user:hush@host/db"),
        ("WENBAO_WECOM_AES_KEY", "hush"),
        ("WENBAO_WECOM_BOT_AES_KEY", "hush"),
        ("WENBAO_TELEGRAM_TOKEN", "hush"),
        ("WENBAO_TELEGRAM_WEBHOOK_SECRET", "hush hush"),
        ("WENBAO_TELEGRAM_API_BASE", "https://api.telegram.org/bot1:hush"),
    ],
)
def test_a_wrong_secret_stays_out_of_the_message(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read({name: value})
    assert name in str(caught.value)
    assert "hush" not in str(caught.value)


def test_the_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# a note\n\nWENBAO_PORT = 9000\nWENBAO_HOST='0.0.0.0'\nOTHER=1\n", encoding="utf-8")
    settings = read({"WENBAO_PORT": "9001"}, file)
    assert (settings.host, settings.port) == ("0.0.0.0", 9001)


def test_an_env_file_line_without_a_value_is_named_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("WENBAO_PORT=1\nhush-token\n", encoding="utf-8")
    (fault,) = faults_of({}, file)
    assert "line 2" in fault
    assert "hush" not in fault


def test_faults_of_the_env_file_and_of_values_are_told_together(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("one\ntwo\nWENBAO_RATE_LIMIT=0\n", encoding="utf-8")
    assert len(faults_of({"WENBAO_PORT": "x"}, file)) == 4


def test_an_env_file_with_a_byte_order_mark_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfWENBAO_PORT=9000\n")
    assert read({}, file).port == 9000


def test_an_env_file_in_another_encoding_is_a_settings_fault(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes("WENBAO_HOST=永安".encode("gbk"))
    assert faults_of({}, file)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        read({}).port = 1  # type: ignore[misc]


def test_every_setting_is_described_for_the_documents() -> None:
    described = describe_settings()
    assert len(described) == len(fields(Settings))
    assert all(name.startswith("WENBAO_") and help_text for name, _, help_text in described)
    assert ("WENBAO_PORT", "8080", "port the service listens on; 0 takes a free one") in described

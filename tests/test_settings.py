"""The process settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from router_core.decide.config import Mode
from router_core.errors import ConfigError
from router_core.settings import environment, misspelt_settings, read_settings

ROOT = Path(__file__).parents[1]


def test_the_defaults_need_no_environment() -> None:
    settings = read_settings({})
    assert settings.core_address == "127.0.0.1:50051"
    assert settings.config_path == Path("router_config.json")


def test_a_variable_that_is_set_to_nothing_is_not_set() -> None:
    assert read_settings({"LLM_ROUTER_MODE": "", "LLM_ROUTER_ADMIN_KEY": ""}) == read_settings({})


def test_values_are_read() -> None:
    settings = read_settings({"LLM_ROUTER_MODE": "hybrid", "LLM_ROUTER_API_KEYS": "a, b,,"})
    assert settings.mode is Mode.HYBRID
    assert [key.get_secret_value() for key in settings.api_keys] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LLM_ROUTER_MODE", "fast"),
        ("LLM_ROUTER_LOG_LEVEL", "loud"),
        ("LLM_ROUTER_MAX_BODY_MB", "many"),
        ("LLM_ROUTER_MAX_BODY_MB", "0"),
    ],
)
def test_a_wrong_value_is_told_with_the_variables_name(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_settings({name: value})
    assert raised.value.path == name


def test_a_name_that_is_almost_a_settings_is_told() -> None:
    (line,) = misspelt_settings({"LLM_ROUTER_API_KEY": "k", "LLM_ROUTER_MODE": "api", "HOME": "/"})
    assert "LLM_ROUTER_API_KEY;" in line
    assert "LLM_ROUTER_API_KEYS" in line


def test_a_password_in_a_url_is_never_shown() -> None:
    settings = read_settings({"OPENROUTER_BASE_URL": "http://user:secret@host/v1"})
    assert settings.in_force()["OPENROUTER_BASE_URL"] == "http://****@host/v1"


@pytest.mark.parametrize("key", ["clé", "two words", "tab\tkey"])
def test_a_key_that_no_header_can_carry_is_refused(key: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_settings({"LLM_ROUTER_API_KEYS": f"good,{key}"})
    assert raised.value.path == "LLM_ROUTER_API_KEYS"
    assert key not in raised.value.message


def test_secrets_are_never_shown() -> None:
    env = {
        "OPENROUTER_API_KEY": "sk-secret-1",
        "LLM_ROUTER_API_KEYS": "sk-secret-2",
        "LLM_ROUTER_ADMIN_KEY": "sk-secret-3",
        "LLM_ROUTER_ALERT_WEBHOOK": "https://hooks.example/secret-4",
    }
    settings = read_settings(env)
    assert "secret" not in repr(settings) + str(settings.in_force())
    assert settings.in_force()["OPENROUTER_API_KEY"] == "****"


@pytest.mark.parametrize(
    "url", ["hooks.example/secret", "ftp://h/secret", "https://", "http://?secret"]
)
def test_an_alert_goes_to_a_web_address(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_settings({"LLM_ROUTER_ALERT_WEBHOOK": url})
    assert raised.value.path == "LLM_ROUTER_ALERT_WEBHOOK"
    assert "secret" not in raised.value.message


def test_the_process_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LLM_ROUTER_MODE=api\nOPENROUTER_API_KEY=from-file\n")
    monkeypatch.setenv("LLM_ROUTER_MODE", "keywords")
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    env = environment(tmp_path / ".env")
    assert (env["LLM_ROUTER_MODE"], env["OPENROUTER_API_KEY"]) == ("keywords", "from-file")


def test_the_example_names_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    values = dict(line.lstrip("# ").split("=", 1) for line in lines if "=" in line)
    defaults = read_settings({}).in_force()
    assert values == defaults

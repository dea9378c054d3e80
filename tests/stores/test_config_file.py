"""`router_config.json` as a file: created, read, overridden, replaced."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from router_core.app.ports import ConfigSource
from router_core.decide.config import Mode
from router_core.decide.defaults import default_config
from router_core.errors import ConfigError
from router_core.stores.atomic_file import write_atomically
from router_core.stores.config_file import ConfigFile
from router_core.stores.config_in_force import parse
from router_core.stores.config_rendering import category_etag, config_etag
from tests.stores.config_texts import LOCAL, OPENROUTER, a_text


def a_file(folder: Path, text: bytes) -> Path:
    path = folder / "router_config.json"
    path.write_bytes(text)
    return path


def test_a_missing_file_is_created_with_the_defaults_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "router_config.json"
    file = ConfigFile(path)
    loaded = file.load()

    assert loaded == default_config()
    assert parse(path.read_bytes()) == loaded
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    beside = {entry.name for entry in path.parent.iterdir()} - {path.name}
    assert beside == {"router_config.schema.json"}
    assert (file.warnings, file.overrides) == ((), ())


def test_a_file_that_is_there_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    text = a_text(mode="keywords")
    path = a_file(tmp_path, text)
    file = ConfigFile(path)
    source: ConfigSource = file
    loaded = file.load()

    assert loaded.mode is Mode.KEYWORDS
    assert source.current() is loaded
    assert source.etag == config_etag(loaded)
    assert source.category_etag("code") == category_etag(loaded.categories["code"])
    assert path.read_bytes() == text


def test_there_is_no_current_config_before_one_was_loaded(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        ConfigFile(tmp_path / "router_config.json").current()


def test_a_wrong_file_is_refused_with_its_path_and_the_keys(tmp_path: Path) -> None:
    path = a_file(tmp_path, a_text(mode="nope"))

    with pytest.raises(ConfigError) as caught:
        ConfigFile(path).load()

    assert caught.value.path == "mode"
    assert str(caught.value) == caught.value.message
    assert caught.value.message.startswith(f"{path}: mode: unknown value 'nope'")
    assert "\n" not in caught.value.message


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        ConfigFile(tmp_path).load()


def test_a_folder_that_cannot_be_written_serves_the_defaults_with_a_warning(
    tmp_path: Path,
) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("")
    path = no_folder / "router_config.json"
    file = ConfigFile(path)

    assert file.load() == default_config()
    assert len(file.warnings) == 1
    assert str(path) in file.warnings[0]


def test_the_modes_variable_wins_over_the_file_and_is_told(tmp_path: Path) -> None:
    file = ConfigFile(a_file(tmp_path, a_text(mode="api")), mode="keywords")

    assert file.load().mode is Mode.KEYWORDS
    assert file.current().mode is Mode.KEYWORDS
    assert len(file.overrides) == 1
    assert "LLM_ROUTER_MODE" in file.overrides[0]
    assert "keywords" in file.overrides[0]


def test_the_base_urls_variable_moves_the_default_provider_alone(tmp_path: Path) -> None:
    text = a_text(providers={"first": OPENROUTER, "local": LOCAL}, models={})
    file = ConfigFile(a_file(tmp_path, text), base_url="http://127.0.0.1:9/v1/")
    providers = file.load().providers

    assert list(providers) == ["first", "local"]
    assert providers["first"].base_url == "http://127.0.0.1:9/v1"
    assert providers["first"].api_key_env == "OPENROUTER_API_KEY"
    assert providers["local"].base_url == LOCAL["base_url"]
    assert "OPENROUTER_BASE_URL" in file.overrides[0]


def test_an_override_is_never_written_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "router_config.json"
    file = ConfigFile(path, mode="api", base_url="http://127.0.0.1:9")
    file.load()

    assert parse(path.read_bytes()) == default_config()
    assert file.etag == config_etag(default_config())


@pytest.mark.parametrize(
    ("overrides", "variable"),
    [
        ({"mode": "keyword"}, "LLM_ROUTER_MODE"),
        ({"base_url": "openrouter.ai"}, "OPENROUTER_BASE_URL"),
    ],
)
def test_a_wrong_override_is_refused_by_the_variables_name(
    tmp_path: Path, overrides: dict[str, Any], variable: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        ConfigFile(tmp_path / "router_config.json", **overrides).load()

    assert caught.value.path == variable


def test_what_a_variable_overrides_is_told_with_what_the_file_says(tmp_path: Path) -> None:
    file = ConfigFile(
        tmp_path / "router_config.json", mode="api", base_url="http://127.0.0.1:1/v1/"
    )
    file.load()

    mode, url = file.overrides
    assert mode == "mode is api by LLM_ROUTER_MODE (the file says cascade)"
    assert url == (
        "providers.openrouter.base_url is http://127.0.0.1:1/v1 by OPENROUTER_BASE_URL"
        " (the file says https://openrouter.ai/api/v1)"
    )


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    file = ConfigFile(tmp_path / "router_config.json", mode="", base_url="")

    assert file.load() == default_config()
    assert file.overrides == ()


def test_writing_replaces_the_whole_file_and_leaves_no_other(tmp_path: Path) -> None:
    path = a_file(tmp_path, b"a long text that was there before")
    write_atomically(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "router_config.json"
    path.mkdir()  # a file cannot replace a folder

    with pytest.raises(OSError):
        write_atomically(path, b"new")

    assert list(tmp_path.iterdir()) == [path]

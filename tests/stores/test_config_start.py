"""What a router begins with where the file is old, newer, wrong or damaged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from router_core.decide.config import Mode, RoutingConfig
from router_core.decide.defaults import default_config
from router_core.errors import ConfigError
from router_core.stores.config_file import ConfigFile
from router_core.stores.config_history import ConfigHistory
from router_core.stores.config_in_force import parse
from router_core.stores.database import Database
from tests.stores.config_texts import a_text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router_config.json"


def started(path: Path, **options: Any) -> ConfigFile:
    file = ConfigFile(path, history=ConfigHistory(Database(path.with_name("router.db"))), **options)
    file.load()
    return file


OLD = {
    "version": 0,
    "mode": "keywords",
    "aliases": {"glm-5": "z-ai/glm-5", "mine": "lab/mine"},
    "categories": {"code": ["mine", "glm-5"], "poetry": {"models": ["mine"]}},
}


def test_an_older_version_is_brought_up_to_date_and_kept(path: Path) -> None:
    old = json.dumps(OLD).encode()
    path.write_bytes(old)
    file = started(path)

    config = file.current()
    assert config.mode is Mode.KEYWORDS
    assert [model.id for model in config.categories["code"].models] == ["lab/mine", "z-ai/glm-5"]
    assert config.categories["poetry"].models[0].id == "lab/mine"
    assert path.with_name("router_config.json.v0").read_bytes() == old
    written = json.loads(path.read_bytes())
    assert (written["version"], written["etag"]) == (1, file.etag)
    assert written["models"]["mine"] == {"id": "lab/mine"}
    assert parse(path.read_bytes()) == config
    assert "was of version 0" in file.notes[0]
    assert file.problems == ()
    assert started(path).notes == ()


async def test_what_was_brought_up_to_date_is_what_the_next_edit_is_compared_with(
    path: Path,
) -> None:
    path.write_text(json.dumps(OLD))
    file = started(path)
    assert await file.look() is None
    foreign = json.loads(path.read_bytes()) | {"mode": "api", "etag": "0" * 16}
    path.write_text(json.dumps(foreign))

    assert await file.look() is None
    assert "is put aside" in file.problems[0]


def test_an_older_version_that_cannot_be_brought_up_to_date_serves_as_it_is(path: Path) -> None:
    path.write_text(json.dumps(OLD))
    path.with_name("router_config.json.v0").mkdir()
    file = started(path)

    assert file.current().mode is Mode.KEYWORDS
    assert json.loads(path.read_bytes()) == OLD
    assert file.warnings[0].startswith(f"cannot bring {path} up to date (")


async def test_an_older_version_may_be_an_edit_and_be_gone_back_to(path: Path) -> None:
    file = started(path)
    for text in (json.dumps(OLD), json.dumps({"mode": "api"})):
        path.write_text(text)
        edit = await file.look()
        assert edit is not None
        assert await file.accept(edit, "file")
    assert await file.accept(file.propose_version(2), "local")

    assert file.current().mode is Mode.KEYWORDS
    assert json.loads(path.read_bytes())["version"] == 1
    assert started(path).current() == file.current()


def test_who_only_reads_writes_nothing_of_an_older_version(path: Path) -> None:
    path.write_text(json.dumps(OLD))
    before = path.read_bytes()

    assert started(path, create=False).current().mode is Mode.KEYWORDS
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


@pytest.mark.parametrize("key", ["aliases", "models", "categories"])
@pytest.mark.parametrize("value", [["a"], "a", None])
def test_an_older_version_that_makes_no_sense_is_refused(path: Path, key: str, value: Any) -> None:
    path.write_text(json.dumps({"version": 0, key: value}))

    with pytest.raises(ConfigError, match=f"{key}: must be an object"):
        started(path)


def test_what_an_older_version_says_in_the_newer_way_counts_too(path: Path) -> None:
    models = {"mine": {"id": "lab/mine", "max_concurrent": 3}, "yours": {"id": "lab/yours"}}
    path.write_text(json.dumps({"version": 0, "aliases": {"mine": "a/b"}, "models": models}))
    config = started(path).current()

    assert {name: each.id for name, each in config.aliases.items()} == {
        "mine": "lab/mine",
        "yours": "lab/yours",
    } | {name: each.id for name, each in default_config().aliases.items()}


NEWER = json.dumps({"version": 2, "mode": {"by": "oracle"}}).encode()


@pytest.mark.parametrize("text", [NEWER, b"", b"{", b"\xff\x00", b"[]", b"null"])
def test_without_a_version_before_the_defaults_serve_for_a_newer_or_a_damaged_file(
    path: Path, text: bytes
) -> None:
    path.write_bytes(text)
    file = started(path)

    assert file.current() == default_config()
    assert file.is_refused
    (problem,) = file.problems
    assert problem.startswith(str(path))
    assert problem.endswith("the config in force is the built-in one")
    assert path.read_bytes() == text


@pytest.mark.parametrize("version", [-1, 1.0, True, "1", None])
def test_a_version_that_is_none_is_a_mistake_in_the_file(path: Path, version: Any) -> None:
    path.write_text(json.dumps({"version": version}))

    with pytest.raises(ConfigError, match="version: "):
        started(path)


@pytest.mark.parametrize("text", [NEWER, b"{", a_text(mode="nope")])
def test_else_the_version_before_serves(path: Path, text: bytes) -> None:
    path.write_bytes(a_text(mode="embedded"))
    before = started(path).current()
    path.write_bytes(text)
    file = started(path)

    assert file.current() == before
    assert "the config in force is version 1 of 20" in file.problems[0]
    assert path.read_bytes() == text
    assert len(file.versions()) == 1


def test_a_version_that_is_wrong_today_serves_no_more(path: Path) -> None:
    path.write_bytes(a_text(mode="keywords"))
    started(path)
    history = ConfigHistory(Database(path.with_name("router.db")))
    history.load()
    wrong = a_text(mode="of another time")
    history.add(wrong, time=datetime.now(UTC), author="admin", changes=("mode",), etag="e")
    path.write_bytes(a_text(mode="nope"))

    file = started(path)
    assert file.current().mode is Mode.KEYWORDS
    assert "the config in force is version 1 of" in file.problems[0]


def test_without_a_version_that_is_right_today_the_defaults_serve(path: Path) -> None:
    history = ConfigHistory(Database(path.with_name("router.db")))
    history.load()
    wrong = a_text(mode="of another time")
    history.add(wrong, time=datetime.now(UTC), author="admin", changes=("mode",), etag="e")
    path.write_bytes(b"{")

    assert started(path).current() == default_config()


def add(path: Path, text: bytes) -> None:
    history = ConfigHistory(Database(path.with_name("router.db")))
    history.load()
    time = datetime(2027, 1, 1, tzinfo=UTC)
    history.add(text, time=time, author="admin", changes=("later",), etag="later")


@pytest.mark.parametrize("text", [NEWER, b"{", a_text(mode="nope")])
def test_of_the_versions_before_the_last_that_can_be_read_serves(path: Path, text: bytes) -> None:
    path.write_bytes(a_text(mode="embedded"))
    before = started(path).current()
    add(path, NEWER)
    path.write_bytes(text)
    file = started(path)

    assert file.current() == before
    assert "the config in force is version 1 of 20" in file.problems[0]


def test_where_none_can_be_read_it_is_as_if_there_were_none(path: Path) -> None:
    add(path, NEWER)
    path.write_bytes(NEWER)
    assert started(path).current() == default_config()

    path.write_bytes(a_text(mode="nope"))
    with pytest.raises(ConfigError, match="mode: unknown value 'nope'"):
        started(path)


def test_a_wrong_variable_beside_a_damaged_file_is_what_stops_the_start(path: Path) -> None:
    path.write_bytes(b"{")

    with pytest.raises(ConfigError, match="LLM_ROUTER_MODE: unknown value 'keyword'"):
        started(path, mode="keyword")


def test_what_follows_on_a_version_that_cannot_be_read_is_a_version_too(path: Path) -> None:
    add(path, NEWER)
    path.write_bytes(a_text(mode="api"))

    (told,) = started(path).versions()[0].changes
    assert told == "the version before cannot be read any more"


async def test_where_the_file_cannot_be_created_the_first_change_may_do_it(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    file = ConfigFile(tmp_path / "home" / "router_config.json")
    file.load()
    assert file.warnings
    (tmp_path / "home").unlink()
    assert await file.accept(file.propose({("mode",): "api"}), "local")

    assert parse(file.path.read_bytes()).mode is Mode.API


def test_a_wrong_file_of_which_nothing_is_known_stops_the_start(path: Path) -> None:
    path.write_bytes(a_text(mode="nope"))

    with pytest.raises(ConfigError, match="mode: unknown value 'nope'"):
        started(path)


@pytest.mark.parametrize("text", [NEWER, b"{"])
def test_who_only_reads_is_told_what_is_wrong(path: Path, text: bytes) -> None:
    path.write_bytes(a_text())
    started(path)
    path.write_bytes(text)

    with pytest.raises(ConfigError, match=str(path)):
        started(path, create=False)


def test_what_was_edited_while_no_router_ran_is_a_version_too(path: Path) -> None:
    config: RoutingConfig = started(path).current()
    text = json.loads(path.read_bytes()) | {"mode": "keywords"}
    path.write_text(json.dumps(text))
    started(path)
    versions = started(path).versions()

    assert config.mode is Mode.CASCADE
    assert [(version.author, version.changes) for version in versions] == [
        ("file", ("mode: cascade -> keywords",)),
        ("file", ("written with the defaults",)),
    ]

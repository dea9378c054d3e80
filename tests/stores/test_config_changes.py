"""`router_config.json` under two writers: the router, and whoever edits it by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from router_core.decide.config import Mode
from router_core.decide.config_edits import LEFT_OUT, Edits
from router_core.errors import ConfigError, ConfigUnwritable, VersionNotFound
from router_core.stores.config_file import ConfigFile
from router_core.stores.config_in_force import parse
from router_core.stores.config_rendering import config_etag
from tests.stores.config_texts import a_text

POETRY: Edits = {("categories", "poetry"): {"models": ["glm-5"], "keywords": ["ode"]}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router_config.json"


def opened(path: Path, **options: Any) -> ConfigFile:
    file = ConfigFile(path, **options)
    file.load()
    return file


async def change(file: ConfigFile, edits: Edits) -> None:
    assert await file.accept(file.propose(edits), "local")


async def take_up(file: ConfigFile) -> None:
    proposal = await file.look()
    assert proposal is not None
    assert await file.accept(proposal, "file")


def value(path: Path) -> Any:
    return json.loads(path.read_bytes())


def edit(path: Path, **keys: Any) -> None:
    path.write_text(json.dumps(value(path) | keys))


# -- changes by the router


async def test_a_change_is_in_the_file_before_it_is_in_force(path: Path) -> None:
    file = opened(path)
    before = file.current()
    proposal = file.propose(POETRY)

    assert file.current() is before
    assert proposal.changes == ("categories.poetry: added",)
    assert await file.accept(proposal, "admin")
    assert file.current().categories["poetry"].keywords == ("ode",)
    assert parse(path.read_bytes()) == file.current()
    assert value(path)["etag"] == file.etag == proposal.etag != config_etag(before)
    assert list(value(path))[:3] == ["$schema", "etag", "version"]
    assert file.versions()[0].author == "admin"


async def test_what_a_file_leaves_out_stays_left_out(path: Path) -> None:
    path.write_text('{"tools_rule": "present", "categories": {"code": {"keywords": ["x"]}}}')
    file = opened(path)
    await change(file, {("categories", "code", "description"): "all code", ("mode",): "api"})

    assert value(path) == {
        "etag": file.etag,
        "tools_rule": "present",
        "categories": {"code": {"keywords": ["x"], "description": "all code"}},
        "mode": "api",
    }
    assert list(value(path)) == ["etag", "tools_rule", "categories", "mode"]


async def test_a_key_that_is_left_out_has_its_default_again(path: Path) -> None:
    path.write_bytes(a_text(mode="api"))
    file = opened(path)
    await change(file, {("mode",): LEFT_OUT})

    assert file.current().mode is Mode.CASCADE
    assert "mode" not in value(path)


@pytest.mark.parametrize(
    ("edits", "where"),
    [
        ({("mode",): "nope"}, "mode"),
        ({("categories", "poetry", "models"): ["nope"]}, "categories.poetry.models[0]"),
        ({("categories", "Poetry"): {"models": ["a/b"]}}, "categories.Poetry"),
        (
            {("categories", "poetry"): {"models": ["a/b"], "keyword": []}},
            "categories.poetry.keyword",
        ),
        ({("models", "a"): {"id": "glm-5"}}, "models.a.id"),
        ({("models", "a"): {"id": "a"}}, "models.a.id"),
        ({("models", "auto"): {"id": "a/b"}}, "models.auto"),
        ({("categories", "router"): {"models": ["a/b"]}}, "categories.router"),
        ({("models", "glm-5"): LEFT_OUT, ("last_resort",): "nope"}, "last_resort"),
    ],
)
async def test_a_wrong_change_is_refused_with_the_keys_path(
    path: Path, edits: Edits, where: str
) -> None:
    file = opened(path)
    before = path.read_bytes()

    with pytest.raises(ConfigError) as caught:
        file.propose(edits)
    assert caught.value.path == where
    assert path.read_bytes() == before


async def test_a_server_may_name_a_model_like_its_alias(path: Path) -> None:
    file = opened(path)
    local = {"base_url": "http://127.0.0.1:1/v1"}
    await change(
        file,
        {("providers", "local"): local, ("models", "qwen3"): {"id": "qwen3", "provider": "local"}},
    )

    assert file.current().aliases["qwen3"].id == "qwen3"


async def test_aliases_do_not_stand_for_one_another(path: Path) -> None:
    file = opened(path)

    with pytest.raises(ConfigError, match="'b' is an alias itself"):
        file.propose({("models", "a"): {"id": "b"}, ("models", "b"): {"id": "a"}})


async def test_what_cannot_be_written_is_not_in_force(path: Path) -> None:
    file = opened(path)
    proposal = file.propose(POETRY)
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()

    with pytest.raises((ConfigUnwritable, ConfigError)):
        await file.accept(proposal, "local")
    assert "poetry" not in file.current().categories
    assert len(file.versions()) == 1


async def test_no_temporary_file_is_left(path: Path) -> None:
    file = opened(path)
    for number in range(3):
        await change(file, {("limits", "max_queued"): number})

    assert {entry.name for entry in path.parent.iterdir()} == {
        path.name,
        "router_config.schema.json",
    }


async def test_of_a_link_what_it_leads_to_is_written(tmp_path: Path, path: Path) -> None:
    real = tmp_path / "etc" / "config.json"
    real.parent.mkdir()
    real.write_bytes(a_text())
    path.symlink_to(real)
    await change(opened(path), POETRY)

    assert path.is_symlink()
    assert "poetry" in value(real)["categories"]


# -- edits by hand


async def test_an_edit_by_hand_is_taken_up_and_left_as_it_is(path: Path) -> None:
    file = opened(path)
    edit(path, mode="keywords")
    text = path.read_bytes()
    await take_up(file)

    assert file.current().mode is Mode.KEYWORDS
    assert path.read_bytes() == text
    assert file.versions()[0].author == "file"
    assert file.versions()[0].changes == ("mode: cascade -> keywords",)
    assert await file.look() is None


async def test_one_editor_may_save_again_and_again(path: Path) -> None:
    file = opened(path)
    for mode in ("keywords", "api", "embedded"):
        edit(path, mode=mode)
        await take_up(file)
        assert file.current().mode == mode


async def test_a_wrong_edit_is_told_and_what_was_in_force_stays(path: Path) -> None:
    file = opened(path)
    before = file.current()
    edit(path, mode="nope")

    assert await file.look() is None
    assert file.current() is before
    assert file.is_refused
    (problem,) = file.problems
    assert problem.startswith(f"{path}: mode: unknown value 'nope'")
    edit(path, mode="api")
    await take_up(file)
    assert (file.problems, file.is_refused) == ((), False)


async def test_a_wrong_edit_that_is_taken_back_is_forgotten(path: Path) -> None:
    file = opened(path)
    before = path.read_bytes()
    path.write_bytes(b"{}}")
    assert await file.look() is None
    path.write_bytes(before)

    assert await file.look() is None
    assert (file.problems, file.is_refused) == ((), False)


async def test_an_edit_from_before_the_last_change_is_put_aside(path: Path) -> None:
    file = opened(path)
    stale = value(path) | {"mode": "keywords"}
    await change(file, POETRY)
    ours = path.read_bytes()
    path.write_text(json.dumps(stale))

    assert await file.look() is None
    assert path.read_bytes() == ours
    assert "poetry" in file.current().categories
    assert file.current().mode is Mode.CASCADE
    (aside,) = path.parent.glob("router_config.json.stale-*")
    assert value(aside) == stale
    assert aside.name in file.problems[0]
    assert not file.is_refused
    assert await file.look() is None
    assert aside.name in file.problems[0]
    edit(path, mode="keywords")
    await take_up(file)
    assert file.problems == ()


async def test_a_file_of_a_routers_own_may_be_put_back_as_a_whole(path: Path) -> None:
    file = opened(path)
    backup = path.read_bytes()
    await change(file, POETRY)
    path.write_bytes(backup)
    await take_up(file)

    assert "poetry" not in file.current().categories


async def test_where_the_file_has_no_etag_an_edit_may_have_any(path: Path) -> None:
    path.write_bytes(a_text())
    file = opened(path)
    path.write_bytes(a_text(mode="keywords", etag="0" * 16))
    await take_up(file)

    assert file.current().mode is Mode.KEYWORDS


@pytest.mark.parametrize("etag", [{}, {"etag": ""}])
async def test_an_edit_without_an_etag_replaces_everything(path: Path, etag: Any) -> None:
    file = opened(path)
    await change(file, POETRY)
    path.write_bytes(a_text(mode="keywords", **etag))
    await take_up(file)

    assert "poetry" not in file.current().categories
    assert file.current().mode is Mode.KEYWORDS


async def test_a_change_meets_an_edit_that_came_first(path: Path) -> None:
    file = opened(path)
    proposal = file.propose(POETRY)
    edit(path, mode="keywords")

    assert not await file.accept(proposal, "local")
    assert "poetry" not in file.current().categories
    await take_up(file)
    await change(file, POETRY)
    assert file.current().mode is Mode.KEYWORDS
    assert "poetry" in value(path)["categories"]
    assert value(path)["mode"] == "keywords"


async def test_a_file_that_is_gone_is_written_anew_by_the_next_change(path: Path) -> None:
    file = opened(path)
    path.unlink()

    assert await file.look() is None
    assert await file.look() is None  # the watcher looks more than once
    assert "is gone" in file.problems[0]
    await change(file, POETRY)
    assert parse(path.read_bytes()) == file.current()
    assert file.problems == ()


async def test_a_wrong_file_that_is_gone_stands_in_nobodys_way(path: Path) -> None:
    file = opened(path)
    edit(path, mode="nope")
    assert await file.look() is None
    path.unlink()

    assert await file.look() is None
    assert not file.is_refused
    assert [problem.partition(" is gone")[0] for problem in file.problems] == [str(path)]
    await change(file, POETRY)
    assert (value(path)["etag"], file.problems) == (file.etag, ())


async def test_half_a_file_is_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = opened(path)
    whole = json.dumps(value(path) | {"mode": "api"}).encode()
    path.write_bytes(whole[:100])
    reads = 0
    read = Path.read_bytes

    def finishes_late(self: Path) -> bytes:
        nonlocal reads
        reads += self == path
        if reads == 2:
            with path.open("wb") as editor:
                editor.write(whole)
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", finishes_late)
    await take_up(file)
    assert file.current().mode is Mode.API


async def test_another_router_on_the_same_file_is_an_editor_like_any_other(path: Path) -> None:
    one, other = opened(path), opened(path)
    await change(one, POETRY)
    proposal = other.propose({("mode",): "api"})

    assert not await other.accept(proposal, "local")
    await take_up(other)
    await change(other, {("mode",): "api"})
    await take_up(one)
    assert one.current() == other.current()
    assert "poetry" in one.current().categories


# -- going back


async def test_going_back_to_a_version(path: Path) -> None:
    file = opened(path)
    before = file.current()
    await change(file, POETRY)
    proposal = file.propose_version(1)

    assert proposal.changes == ("categories.poetry: removed",)
    assert await file.accept(proposal, "local")
    assert file.current() == before
    assert [version.number for version in file.versions()] == [3, 2, 1]
    with pytest.raises(VersionNotFound, match="no version 9; kept are 3, 2, 1"):
        file.propose_version(9)


async def test_going_back_puts_a_wrong_file_aside(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = opened(path)
    await change(file, POETRY)
    path.write_bytes(b"damaged")
    assert await file.look() is None
    assert await file.accept(file.propose_version(1), "local")

    assert parse(path.read_bytes()) == file.current()
    (aside,) = path.parent.glob("router_config.json.refused-*")
    assert aside.read_bytes() == b"damaged"
    assert f"{path}, which was wrong, is put aside as {aside.name}" in caplog.messages
    assert file.problems == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_read_only_folder_refuses_a_change(path: Path) -> None:
    file = opened(path)
    path.parent.chmod(0o500)
    try:
        with pytest.raises(ConfigUnwritable, match="nothing is changed"):
            await file.accept(file.propose(POETRY), "local")
    finally:
        path.parent.chmod(0o700)
    assert "poetry" not in file.current().categories

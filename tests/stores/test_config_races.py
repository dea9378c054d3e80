"""`router_config.json` where somebody else writes it between the router's looks."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from router_core.decide.config import Mode
from router_core.decide.config_edits import Edits
from router_core.stores.config_file import ConfigFile
from router_core.stores.config_history import ConfigHistory
from router_core.stores.config_in_force import parse
from router_core.stores.database import Database
from tests.stores.config_texts import a_text
from tests.stores.test_atomic_file import is_locked

POETRY: Edits = {("categories", "poetry"): {"models": ["glm-5"], "keywords": ["ode"]}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router_config.json"


class Watched(ConfigFile):
    """A config file that lets a test in where it asks for the time.

    Attributes:
        on_time: is called then.
    """

    def __init__(self, path: Path) -> None:
        self.on_time: Callable[[], object] = lambda: None
        super().__init__(path, now=self._time)
        self.load()

    def _time(self) -> datetime:
        self.on_time()
        return datetime(2026, 11, 27, tzinfo=UTC)


async def change(file: ConfigFile, edits: Edits = POETRY) -> None:
    assert await file.accept(file.propose(edits), "local")


async def a_stale_edit_of(file: ConfigFile, **keys: Any) -> bytes:
    """Edits a file that was read before the last change; returns its text."""
    stale = json.dumps(json.loads(file.path.read_bytes()) | keys).encode()
    await change(file)
    file.path.write_bytes(stale)
    return stale


async def test_what_is_put_aside_is_written_while_no_other_router_does(path: Path) -> None:
    file, locked = Watched(path), []
    await a_stale_edit_of(file, mode="api")
    file.on_time = lambda: locked.append(is_locked(path.parent))
    assert await file.look() is None
    assert locked == [True]

    path.write_bytes(b"damaged")
    assert await file.look() is None
    locked.clear()
    assert await file.accept(file.propose_version(1), "local")
    assert locked == [True, False]  # the other one is that of the version


async def test_an_edit_of_a_stale_edit_is_not_undone_unseen(path: Path) -> None:
    file = Watched(path)
    await a_stale_edit_of(file, mode="api")
    newer = a_text(mode="keywords")
    file.on_time = lambda: path.write_bytes(newer)

    assert await file.look() is None
    assert path.read_bytes() == newer
    assert file.problems == ()


async def test_a_stale_edit_that_cannot_be_put_aside_is_told_and_stays(tmp_path: Path) -> None:
    # What is put aside has a longer name, and this one is as long as they get.
    file = Watched(tmp_path / ("c" * 235))
    stale = await a_stale_edit_of(file, mode="api")

    assert await file.look() is None
    assert file.path.read_bytes() == stale
    assert file.is_refused
    assert "cannot be written" in file.problems[0]
    assert "poetry" in file.current().categories


async def test_a_file_that_comes_back_while_a_change_is_made_is_not_lost(path: Path) -> None:
    file = Watched(path)
    path.unlink()
    assert await file.look() is None
    proposal = file.propose(POETRY)
    path.write_bytes(a_text(mode="keywords"))

    assert not await file.accept(proposal, "local")
    assert parse(path.read_bytes()).mode is Mode.KEYWORDS


async def test_a_file_that_is_mended_while_it_is_put_aside_is_not_lost(path: Path) -> None:
    file = Watched(path)
    path.write_bytes(b"damaged")
    assert await file.look() is None
    proposal = file.propose_version(1)
    mended = a_text(mode="keywords")
    file.on_time = lambda: path.write_bytes(mended)

    assert not await file.accept(proposal, "local")
    assert path.read_bytes() == mended


async def test_a_file_that_is_gone_is_told_until_it_is_back(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = Watched(path)
    text = path.read_bytes()
    path.unlink()
    with caplog.at_level(logging.WARNING, "router_core.config"):
        for _ in range(3):
            assert await file.look() is None
    (problem,) = file.problems
    assert problem == f"{path} is gone; the next change writes it anew"
    assert len(caplog.records) == 1

    path.write_bytes(text)
    proposal = await file.look()
    assert proposal is not None
    assert await file.accept(proposal, "file")
    assert file.problems == ()


async def test_a_wrong_file_that_is_removed_is_wrong_no_more(path: Path) -> None:
    path.write_bytes(b"damaged")
    file = Watched(path)
    path.unlink()

    assert await file.look() is None
    assert not file.is_refused
    assert "is gone" in file.problems[0]


async def test_an_edit_that_changes_nothing_is_no_version(path: Path) -> None:
    file = Watched(path)
    path.write_bytes(b" " + path.read_bytes())
    proposal = await file.look()
    assert proposal is not None
    assert await file.accept(proposal, "file")

    assert len(file.versions()) == 1
    assert await file.look() is None


async def test_where_there_is_no_file_of_ours_an_edit_undoes_nothing(path: Path) -> None:
    file = Watched(path)
    stale = json.loads(path.read_bytes()) | {"mode": "keywords", "etag": "of another time"}
    path.unlink()
    assert await file.look() is None
    path.write_text(json.dumps(stale))
    proposal = await file.look()
    assert proposal is not None
    assert await file.accept(proposal, "file")

    assert file.current().mode is Mode.KEYWORDS
    assert file.problems == ()


@pytest.mark.parametrize("is_kept", [False, True])
async def test_a_mended_file_serves_again_whatever_etag_it_has(path: Path, is_kept: bool) -> None:
    def opened() -> ConfigFile:
        database = Database(path.with_name("router.db")) if is_kept else None
        file = ConfigFile(path, history=ConfigHistory(database))
        file.load()
        return file

    opened()
    mended = json.loads(path.read_bytes()) | {"mode": "api", "etag": "of a newer router"}
    path.write_text(json.dumps(mended | {"version": 99}))
    file = opened()
    assert file.is_refused
    path.write_text(json.dumps(mended))
    proposal = await file.look()
    assert proposal is not None
    assert await file.accept(proposal, "file")

    assert (file.current().mode, file.problems) == (Mode.API, ())


async def test_a_folder_that_is_gone_is_made_anew_by_the_next_change(tmp_path: Path) -> None:
    file = Watched(tmp_path / "home" / "router_config.json")
    shutil.rmtree(file.path.parent)
    assert await file.look() is None
    await change(file)

    assert parse(file.path.read_bytes()) == file.current()


async def test_an_edit_that_comes_into_force_is_not_written_again(path: Path) -> None:
    file = Watched(path)
    path.write_bytes(a_text(mode="keywords"))
    before = path.stat()
    proposal = await file.look()
    assert proposal is not None
    assert await file.accept(proposal, "file")

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert file.versions()[0].etag == file.etag == proposal.etag


async def test_the_same_mistake_is_logged_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = Watched(path)
    with caplog.at_level(logging.WARNING, "router_core.config"):
        for queued in (1, 2):
            path.write_bytes(a_text(mode="nope", limits={"max_queued": queued}))
            assert await file.look() is None

    assert len(caplog.records) == 1


async def test_a_file_that_was_wrong_at_the_start_still_is_for_the_same_reason(path: Path) -> None:
    path.write_bytes(b"damaged")
    file = Watched(path)
    (problem,) = file.problems

    assert await file.look() is None
    assert file.problems == (problem,)
    assert problem.endswith("the config in force is the built-in one")


def test_a_history_that_cannot_be_kept_is_a_problem(path: Path) -> None:
    nowhere = Database(path.parent / "nowhere" / "router.db")
    file = ConfigFile(path, history=ConfigHistory(nowhere))
    file.load()

    (problem,) = file.problems
    assert problem.startswith("the config's history is kept in memory alone")

"""`router_config.json`, and what comes between two steps of the router."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from router_core.decide.config import Mode
from router_core.decide.config_edits import Edits
from router_core.errors import ConfigError
from router_core.stores.config_file import ConfigFile
from router_core.stores.config_in_force import InForce
from tests.stores.config_texts import a_text

POETRY: Edits = {("categories", "poetry"): {"models": ["glm-5"], "keywords": ["ode"]}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router_config.json"


@pytest.fixture
def file(path: Path) -> ConfigFile:
    file = ConfigFile(path)
    file.load()
    return file


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    """The one thread for all that waits for the disk: one thing after the other."""
    with ThreadPoolExecutor(1) as worker:
        yield worker


async def is_begun(worker: ThreadPoolExecutor) -> None:
    """The step that was just asked for ends, while the loop stands still."""
    await asyncio.sleep(0)
    worker.submit(str).result()


async def test_a_change_comes_into_force_between_two_steps_of_the_loop(
    file: ConfigFile, path: Path, worker: ThreadPoolExecutor
) -> None:
    asyncio.get_running_loop().set_default_executor(worker)
    before, proposal = (file.current(), file.etag), file.propose(POETRY)
    making = asyncio.create_task(file.accept(proposal, "local"))
    await is_begun(worker)

    # Else who reads the config and then its etag might get those of two configs.
    assert path.read_bytes() == cast("InForce", proposal.snapshot).text
    assert (file.current(), file.etag) == before
    assert await making
    assert file.etag == proposal.etag


async def test_a_file_that_is_mended_while_it_is_refused_is_taken_up(
    file: ConfigFile, path: Path, worker: ThreadPoolExecutor
) -> None:
    asyncio.get_running_loop().set_default_executor(worker)
    path.write_bytes(a_text(mode="nope"))
    looking = asyncio.create_task(file.look())
    await is_begun(worker)
    path.write_bytes(a_text(mode="api"))
    await looking

    proposal = await file.look()
    assert proposal is not None
    assert await file.accept(proposal, "file")
    assert file.current().mode is Mode.API
    assert not file.is_refused


async def test_a_file_that_is_gone_is_told_until_there_is_one(file: ConfigFile, path: Path) -> None:
    path.unlink()
    for _ in range(3):
        assert await file.look() is None
        assert "is gone" in file.problems[0]

    assert await file.accept(file.propose(POETRY), "local")
    assert file.problems == ()


async def test_a_wrong_file_that_is_removed_is_in_nobodys_way(file: ConfigFile, path: Path) -> None:
    path.write_bytes(a_text(mode="nope"))
    await file.look()
    assert file.is_refused
    path.unlink()
    await file.look()

    assert not file.is_refused
    assert "is gone" in file.problems[0]


async def test_an_edit_that_says_the_same_in_other_words_is_no_version(
    file: ConfigFile, path: Path
) -> None:
    path.write_bytes(path.read_bytes() + b"\n")
    proposal = await file.look()
    assert proposal is not None
    assert await file.accept(proposal, "file")

    assert len(file.versions()) == 1
    assert await file.look() is None


async def test_a_file_that_cannot_be_read_is_named_once(file: ConfigFile, path: Path) -> None:
    path.unlink()
    path.mkdir()
    assert await file.look() is None

    (problem,) = file.problems
    assert problem.startswith(f"cannot read {path}: ")
    with pytest.raises(ConfigError, match="cannot read"):
        await file.accept(file.propose(POETRY), "local")

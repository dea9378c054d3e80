"""Changes of the config, and edits of its file by hand."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from router_core.decide.config import Mode
from router_core.errors import (
    ConfigConflict,
    ConfigLocked,
)
from tests.app.configuring import ANYHOW, Rig, create, refused


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path / "router_config.json")
    yield rig
    await rig.configure.close()


async def test_a_change_builds_on_an_edit_by_hand_that_nobody_has_noticed(rig: Rig) -> None:
    rig.edit(mode="keywords")
    await create(rig)

    assert rig.config.mode is Mode.KEYWORDS
    assert [version.author for version in rig.store.versions()] == ["local", "file", "file"]


async def test_an_edit_while_a_change_gets_ready_is_built_on(rig: Rig) -> None:
    def once() -> None:
        rig.while_preparing = lambda: None
        rig.edit(mode="keywords")

    rig.while_preparing = once
    await create(rig)

    assert rig.config.mode is Mode.KEYWORDS
    assert "poetry" in rig.config.categories
    assert json.loads(rig.path.read_bytes())["mode"] == "keywords"


async def test_a_file_that_never_rests_is_told(rig: Rig) -> None:
    numbers = iter(range(1000))
    rig.while_preparing = lambda: rig.edit(limits={"max_queued": next(numbers)})

    await refused(ConfigConflict, create(rig))
    assert "poetry" not in rig.config.categories


async def test_while_the_file_is_wrong_it_comes_first(rig: Rig) -> None:
    rig.edit(mode="nope")

    error = await refused(ConfigLocked, create(rig))
    assert "unknown value 'nope'" in error.message
    assert error.message.endswith("; mend the file first, or go back to a version")
    wrong = rig.path.read_bytes()
    tried = await rig.configure.roll_back(1, replace(ANYHOW, validate_only=True))
    made = await rig.configure.roll_back(1, ANYHOW)
    told = "the file was wrong: it is put aside (*.refused-*), and written anew"
    assert tried.warnings == made.warnings == (told,)
    (aside,) = rig.path.parent.glob("*.refused-*")
    assert aside.read_bytes() == wrong
    assert (await create(rig)).warnings == ()
    assert rig.store.problems == ()


async def test_an_edit_that_is_being_taken_up_is_taken_up_once(rig: Rig) -> None:
    begun, ready = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await ready.wait()

    rig.while_preparing = wait
    rig.edit(mode="keywords")
    rig.configure.start()
    await begun.wait()
    making = asyncio.create_task(create(rig))
    for _ in range(20):  # so that it could look at the file, if it did not wait
        await asyncio.to_thread(lambda: None)
    ready.set()
    await making

    assert [version.author for version in rig.store.versions()] == ["local", "file", "file"]


async def test_an_edit_that_fails_is_not_the_last_that_is_noticed(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    failed, taken = asyncio.Event(), asyncio.Event()

    def fails() -> None:
        rig.while_preparing = taken.set
        failed.set()
        raise RuntimeError("nobody has thought of that")

    rig.while_preparing = fails
    rig.edit(mode="api")
    rig.configure.start()
    async with asyncio.timeout(20):
        await failed.wait()
        for number in range(1000):  # nobody knows when they begin to be noticed
            rig.edit(limits={"max_queued": number})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(taken.wait(), 0.05)
                break
    await rig.configure.close()

    assert taken.is_set()

    assert "nobody has thought of that" in caplog.text


async def test_an_edit_is_taken_up_while_running(rig: Rig) -> None:
    taken = asyncio.Event()
    rig.configure.on_change = lambda _before, _after: taken.set()
    rig.configure.start()
    rig.edit(mode="keywords")
    async with asyncio.timeout(20):
        await taken.wait()

    assert rig.config.mode is Mode.KEYWORDS
    assert rig.config is rig.prepared[-1]

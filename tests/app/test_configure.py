"""Changes of the config: one at a time, on the newest one, made whole or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from router_core.app.configure import Change
from router_core.decide.config import Mode, ModelRef
from router_core.decide.config_edits import Edits
from router_core.decide.config_warnings import Surroundings
from router_core.decide.replay import ReplayReport
from router_core.errors import (
    CategoryExists,
    CategoryNotFound,
    ConfigConflict,
    ConfigLocked,
    InvalidRequest,
    ModelNotFound,
    VersionNotFound,
)
from router_core.stores.config_file import ConfigFile
from tests.app.configuring import ANYHOW, Rig, create, refused, update


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path / "router_config.json")
    yield rig
    await rig.configure.close()


async def test_a_category_comes_changes_and_goes(rig: Rig) -> None:
    made = await create(rig)
    assert made.config is rig.config is rig.prepared[-1]
    assert rig.config.categories["poetry"].keywords == ("ode",)
    assert (made.changes, made.warnings, made.replay) == (("categories.poetry: added",), (), None)

    await rig.configure.update_category("poetry", {("keywords",): ["sonnet"]}, ANYHOW)
    assert rig.config.categories["poetry"].keywords == ("sonnet",)
    assert rig.config.categories["poetry"].models == made.config.categories["poetry"].models

    await rig.configure.delete_category("poetry", ANYHOW)
    assert "poetry" not in rig.config.categories
    assert len(rig.changed) == len(rig.prepared) == 3
    assert [version.author for version in rig.store.versions()] == [*["local"] * 3, "file"]


async def test_what_there_is_already_and_what_there_is_not(rig: Rig) -> None:
    await refused(CategoryExists, create(rig, "code"))
    await refused(CategoryNotFound, rig.configure.update_category("nope", {}, ANYHOW))
    await refused(CategoryNotFound, rig.configure.delete_category("nope", ANYHOW))
    await refused(ModelNotFound, rig.configure.delete_model("nope", ANYHOW))
    await refused(VersionNotFound, rig.configure.roll_back(99, ANYHOW))
    error = await refused(CategoryNotFound, rig.configure.delete_category("Code", ANYHOW))
    assert error.message == "there is no category 'Code'; did you mean 'code'?"
    error = await refused(ModelNotFound, rig.configure.delete_model("glm5", ANYHOW))
    assert error.message == "there is no alias 'glm5'; did you mean 'glm-5'?"
    error = await refused(ConfigLocked, rig.configure.delete_category("code", ANYHOW))
    assert error.message == "code is built in and cannot be removed"
    assert rig.changed == []


async def test_a_model_in_use_stays(rig: Rig) -> None:
    error = await refused(ConfigLocked, rig.configure.delete_model("glm-5", ANYHOW))
    users = ["code", "reasoning", "tools", "conversation"]
    assert error.message.startswith("glm-5 is in use: ")
    assert all(f"categories.{user}.models" in error.message for user in users)

    await rig.configure.put_model("spare", {"id": "lab/spare"}, ANYHOW)
    assert rig.config.aliases["spare"].id == "lab/spare"
    await rig.configure.delete_model("spare", ANYHOW)
    assert "spare" not in rig.config.aliases


async def test_a_wrong_change_tells_the_keys_path(rig: Rig) -> None:
    error = await refused(InvalidRequest, create(rig, models=["glm5"]))

    assert error.param == "categories.poetry.models[0]"
    assert "did you mean 'glm-5'" in error.message
    assert rig.changed == []


async def test_a_try_changes_nothing_and_tells_what_it_would_do(rig: Rig) -> None:
    before, text = rig.config, rig.path.read_bytes()
    made = await create(rig, change=Change(author="local", validate_only=True), keywords=["python"])

    assert made.changes == ("categories.poetry: added",)
    assert made.warnings == ("categories.poetry.keywords: 'python' speaks for code too",)
    assert made.replay == ReplayReport(prompts=7)
    assert rig.replayed == [(before, made.config)]
    assert rig.config is before
    assert rig.path.read_bytes() == text
    assert (rig.changed, rig.prepared) == ([], [])


async def test_no_change_waits_for_a_try_that_takes_long(rig: Rig) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    rig.while_replaying = wait
    trying = asyncio.create_task(create(rig, "a", Change(author="local", validate_only=True)))
    async with asyncio.timeout(20):
        await begun.wait()
        await create(rig, "b")
        trying.cancel()
        await ended.wait()

    assert {"a", "b"} & rig.config.categories.keys() == {"b"}


async def test_a_change_that_changes_nothing_is_no_version(rig: Rig) -> None:
    made = await update(rig, {("mode",): "cascade"})

    assert made.changes == ()
    assert len(rig.store.versions()) == 1
    assert rig.changed == []


async def test_an_etag_that_is_not_the_last_one_is_refused(rig: Rig) -> None:
    seen = rig.store.etag
    category = rig.store.category_etag("code")
    await create(rig, change=Change(author="local", etag=seen))

    stale = Change(author="local", etag=seen)
    await refused(ConfigConflict, create(rig, "prose", stale))
    await refused(ConfigConflict, update(rig, {("mode",): "api"}, stale))
    await refused(ConfigConflict, rig.configure.roll_back(1, stale))
    await refused(ConfigConflict, rig.configure.update_category("code", {}, stale))

    # The category's own etag is as good, as long as that has not changed.
    own = Change(author="local", etag=category)
    words: Edits = {("keywords",): ["rust"]}
    await rig.configure.update_category("code", words, own)
    await refused(ConfigConflict, rig.configure.update_category("code", words, own))
    await refused(ConfigConflict, update(rig, {("mode",): "api"}, own))


async def test_a_caller_that_leaves_leaves_its_change_behind(rig: Rig) -> None:
    begun, ready = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await ready.wait()

    rig.while_preparing = wait
    making = asyncio.create_task(create(rig))
    await begun.wait()
    making.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await making
    assert rig.changed == []
    ready.set()
    await rig.configure.close()

    assert "poetry" in rig.config.categories
    assert len(rig.changed) == 1


async def test_a_change_that_fails_after_its_caller_left_is_let_go_of(rig: Rig) -> None:
    begun, ready, unheard = asyncio.Event(), asyncio.Event(), []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unheard.append(told))

    async def fail() -> None:
        begun.set()
        await ready.wait()
        raise OSError("no space left")

    rig.while_preparing = fail
    making = asyncio.create_task(create(rig))
    await begun.wait()
    making.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await making
    ready.set()
    await asyncio.wait(rig.configure._changing)
    await asyncio.sleep(0)
    assert not rig.configure._changing
    del making
    gc.collect()

    assert unheard == []
    rig.while_preparing = lambda: None
    await create(rig)
    assert "poetry" in rig.config.categories


async def test_changes_wait_for_one_another(rig: Rig) -> None:
    names = [f"c{number}" for number in range(20)]
    await asyncio.gather(*(create(rig, name) for name in names))

    assert set(names) < set(rig.config.categories)
    for (_, one), (other, _) in zip(rig.changed, rig.changed[1:], strict=False):
        assert one is other


async def test_what_may_take_long_does_not_hold_up_the_loop(rig: Rig) -> None:
    asked: list[threading.Thread] = []

    def absence(_: ModelRef) -> None:
        asked.append(threading.current_thread())

    rig.configure.around = Surroundings(absence=absence, has_key=lambda _: True)
    await create(rig)

    assert asked
    assert threading.current_thread() not in asked


async def test_what_the_environment_overrides_is_told(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "router_config.json")
    rig.store = ConfigFile(rig.path, mode="api")
    rig.store.load()
    rig.configure.store = rig.store
    made = await update(rig, {("mode",): "keywords"})

    assert made.config.mode is Mode.API
    (line,) = made.warnings
    assert line.startswith("without effect while the environment overrides it: mode is api")
    assert (await update(rig, {("tools_rule",): "present"})).warnings == ()
    made = await rig.configure.put_model("spare", {"id": "lab/spare"}, ANYHOW)
    assert made.changes == ("models.spare: added",)
    assert [line for line in made.warnings if "without effect" in line] == []

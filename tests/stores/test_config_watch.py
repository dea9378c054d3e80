"""When the router looks whether its config was edited."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from router_core.stores.config_watch import _is_not_ours, changes_of

LONG_S = 1000.0
SHORT_S = 0.02


@asynccontextmanager
async def looks(path: Path, at_least_s: float) -> AsyncIterator[AsyncIterator[None]]:
    changes = cast("AsyncGenerator[None, None]", changes_of(path, at_least_s))
    async with aclosing(changes), asyncio.timeout(20):
        await anext(changes)
        yield changes


def an_edit(path: Path, other: int) -> None:
    new = path.with_name(f"{other}")
    new.write_text(str(other))
    new.replace(path)


async def is_noticed(changes: AsyncIterator[None], path: Path) -> None:
    """The file is edited again and again until that is noticed: nobody knows when that begins."""
    looking = asyncio.ensure_future(anext(changes))
    for number in range(1000):
        an_edit(path, number)
        await asyncio.wait((looking,), timeout=0.05)
        if looking.done():
            break
    await looking


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_an_edit_is_noticed_where_a_link_leads_too(tmp_path: Path, elsewhere: bool) -> None:
    path = tmp_path / "real" / "router_config.json"
    path.parent.mkdir()
    path.write_text("{}")
    link = tmp_path / "router_config.json"
    link.symlink_to(path)
    async with looks(link if elsewhere else path, LONG_S) as changes:
        await is_noticed(changes, path)


@pytest.mark.parametrize("is_there", [False, True])
async def test_a_folder_may_come_late_and_go_and_come_again(tmp_path: Path, is_there: bool) -> None:
    path = tmp_path / "home" / "router_config.json"
    if is_there:
        path.parent.mkdir()
    async with looks(path, SHORT_S) as changes:
        await anext(changes)
        for _ in range(2):
            shutil.rmtree(path.parent, ignore_errors=True)
            await anext(changes)
            path.parent.mkdir()
            await is_noticed(changes, path)


@pytest.mark.parametrize(
    ("name", "is_edit"),
    [
        ("router.db", False),
        ("router.db-wal", False),
        (".router_config.json.x7f3", False),
        ("router_config.json", True),
        ("..data", True),
        ("routers.db", True),
    ],
)
def test_what_the_router_writes_all_the_time_is_no_edit(name: str, is_edit: bool) -> None:
    assert _is_not_ours(None, f"/home/router.db/{name}") is is_edit

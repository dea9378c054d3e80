"""Many writers of one config at once, over REST, gRPC and the file: none loses anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from llm_router import AsyncRouterClient
from llm_router.errors import Conflict
from llm_router.v1.config_categories_pb2 import (
    Category,
    CreateCategoryRequest,
    UpdateCategoryRequest,
)
from router_core.stores.config_in_force import parse
from tests.e2e.conftest import Router

SHARED = "shared"


@asynccontextmanager
async def writers(router: Router) -> AsyncIterator[tuple[aiohttp.ClientSession, AsyncRouterClient]]:
    async with aiohttp.ClientSession(router.rest) as http, AsyncRouterClient(router.grpc) as client:
        yield http, client


async def add_over_rest(http: aiohttp.ClientSession, word: str) -> int:
    """Adds a keyword to the shared category; returns how often it was too late."""
    late = 0
    while True:
        async with http.get(f"/config/category/{SHARED}") as answer:
            seen, etag = await answer.json(), answer.headers["etag"]
        changed = http.patch(
            f"/config/category/{SHARED}",
            json={"keywords": [*seen["keywords"], word]},
            headers={"if-match": etag},
        )
        async with changed as answer:
            if answer.status == 200:
                return late
            assert answer.status == 409, await answer.text()
            assert (await answer.json())["error"]["code"] == "config_conflict"
        late += 1


async def add_over_grpc(client: AsyncRouterClient, word: str) -> int:
    """The same over gRPC."""
    late = 0
    while True:
        seen = (await client.get_category(SHARED)).category
        wanted = Category(name=SHARED, keywords=[*seen.keywords, word])
        try:
            await client.update_category(UpdateCategoryRequest(category=wanted, etag=seen.etag))
        except Conflict:
            late += 1
        else:
            return late


async def add_by_hand(path: Path, number: int, in_force: Callable[[], set[str]]) -> int:
    """Adds a category by editing the file, until the router has it; returns the tries."""
    name = f"by-hand-{number}"
    tries = 0
    while name not in in_force():
        tries += 1
        text = json.loads(path.read_bytes())
        text["categories"][name] = {"models": ["glm-5"], "keywords": [name]}
        beside = path.with_name(f".editor-{name}")
        beside.write_text(json.dumps(text))
        beside.replace(path)
        for _ in range(200):
            if name in in_force() or path.read_bytes().find(name.encode()) < 0:
                break
            await asyncio.sleep(0.01)
    return tries


async def test_no_update_is_lost_and_no_reader_sees_half_of_one(
    router: Router, tmp_path: Path
) -> None:
    await write_at_once(router, tmp_path, over_rest=12, over_grpc=12, by_hand=6)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_nor_where_a_hundred_write(router: Router, tmp_path: Path) -> None:
    await write_at_once(router, tmp_path, over_rest=40, over_grpc=40, by_hand=20)


async def write_at_once(
    router: Router, tmp_path: Path, *, over_rest: int, over_grpc: int, by_hand: int
) -> None:
    path = tmp_path / "router_config.json"
    router.core.configure.start()
    writing = True

    def in_force() -> set[str]:
        return set(router.core.config.current().categories)

    async def edit() -> int:
        return sum([await add_by_hand(path, number, in_force) for number in range(by_hand)])

    async def read_all_the_time(http: aiohttp.ClientSession) -> int:
        reads = 0
        while writing:
            parse(await asyncio.to_thread(path.read_bytes))
            async with http.get("/config") as answer:
                shown: Any = await answer.json()
            words = [each["keywords"] for each in shown["categories"] if each["name"] == SHARED]
            assert len(set(words[0])) == len(words[0])
            reads += 1
        return reads

    async with writers(router) as (http, client):
        first = Category(name=SHARED, models=["glm-5"], keywords=["first"])
        await client.create_category(CreateCategoryRequest(category=first))
        reading = asyncio.create_task(read_all_the_time(http))
        try:
            late = await asyncio.gather(
                edit(),
                *(add_over_rest(http, f"rest{number}") for number in range(over_rest)),
                *(add_over_grpc(client, f"grpc{number}") for number in range(over_grpc)),
            )
        finally:
            writing = False
        assert await reading > 0

    config = router.core.config.current()
    words = {f"rest{n}" for n in range(over_rest)} | {f"grpc{n}" for n in range(over_grpc)}
    assert set(config.categories[SHARED].keywords) == words | {"first"}
    assert {f"by-hand-{number}" for number in range(by_hand)} < in_force()
    assert parse(path.read_bytes()).categories == config.categories
    assert sum(late[1:]) > 0, "they were never in one another's way"
    assert not list(path.parent.glob(".router_config.json.*"))

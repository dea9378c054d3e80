"""REST and gRPC are one: the same calls have the same result over both."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import grpc
import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from llm_router.errors import error_from
from llm_router.projection import project
from llm_router.v1.config_categories_pb2_grpc import ConfigCategoriesServiceStub
from rest_shim.errors import STATUS_ROWS
from router_core.bootstrap import Core, build_core
from router_core.settings import read_settings
from tests.e2e.config_calls import (
    CONFIG_EDITS,
    LOOKS,
    MODEL_EDITS,
    Call,
    calls,
    create,
    delete,
    delete_model,
    get,
    put,
    replace,
    roll_back,
    update_category,
    update_config,
)
from tests.e2e.conftest import serving_rest

_PHASES = (Phase.explicit, Phase.generate)
"""A failure names its call; to look for a shorter way there takes minutes."""

_GOOD = {"CreateCategory": 201, "DeleteCategory": 204, "DeleteModel": 204}


@dataclass(frozen=True)
class Result:
    """What a call came to.

    Attributes:
        status: HTTP's.
        body: what was answered, as REST shows it; of an error message, code and param.
    """

    status: int
    body: Any


@dataclass
class Side:
    """One transport, before a core of its own.

    Attributes:
        seen: etags of the config before each call so far.
    """

    core: Core
    file: Path
    seen: list[str] = field(default_factory=list)

    def etag(self, call: Call) -> str:
        """The etag that goes along; empty: none."""
        now = self.core.config.etag
        kinds = {"config": now, "stale": self.seen[0] if self.seen else "", "made up": "W/x"}
        if call.etag == "category":
            known = call.category in self.core.config.current().categories
            return self.core.config.category_etag(call.category) if known else ""
        return kinds.get(call.etag, "")

    async def make(self, call: Call) -> Result:
        """Makes the call."""
        etag = self.etag(call)
        self.seen.append(self.core.config.etag)
        return await self.send(call, etag)

    async def send(self, call: Call, etag: str) -> Result:
        raise NotImplementedError


@dataclass
class Rest(Side):
    client: httpx.AsyncClient = field(kw_only=True)

    async def send(self, call: Call, etag: str) -> Result:
        headers = {"if-match": f'"{etag}"'} if etag else {}
        query = {"dry_run": "true"} if call.dry_run else {}
        path = quote(call.path)
        options: dict[str, Any] = {} if call.body is None else {"json": call.body}
        response = await self.client.request(
            call.method, path, headers=headers, params=query, **options
        )
        if not response.content:
            return Result(response.status_code, None)
        return Result(response.status_code, _without_times(response.json()))


@dataclass
class Grpc(Side):
    stub: Any = field(kw_only=True)

    async def send(self, call: Call, etag: str) -> Result:
        request = type(call.request)()
        request.CopyFrom(call.request)
        if call.changes:
            request.etag = etag  # type: ignore[attr-defined]  # every change has it
            request.validate_only = call.dry_run  # type: ignore[attr-defined]  # and this
        try:
            answer = await getattr(self.stub, call.rpc)(request, timeout=30)
        except grpc.aio.AioRpcError as error:
            return _failed(error)
        status = 200 if call.dry_run else _GOOD.get(call.rpc, 200)
        return Result(status, None if status == 204 else _as_rest(call, answer))


def _failed(error: grpc.aio.AioRpcError) -> Result:
    told = error_from(error)
    row = STATUS_ROWS[told.code]
    shown = {
        "message": told.message,
        "type": row.type,
        "param": told.param or None,
        "code": told.reason.lower(),
    }
    return Result(row.status, {"error": shown})


def _as_rest(call: Call, answer: Any) -> Any:
    """A gRPC answer in the shape that REST gives it."""
    shown = project(answer)
    shown.pop("next_page_token", None)
    top = call.shown or ("config" if "config" in shown else "")
    shown |= shown.pop(top) if top else {}
    if top == "category":
        assert shown["etag"]
    if not call.changes:
        shown.pop("change", None)
    return _without_times(shown)


def _without_times(shown: Mapping[str, Any]) -> dict[str, Any]:
    for version in shown.get("versions", ()):
        assert version.pop("time")
    return dict(shown)


@contextlib.asynccontextmanager
async def _core(home: Path) -> AsyncIterator[Core]:
    env = {"LLM_ROUTER_HOME": str(home)}
    core = build_core(read_settings(env), env, demo=True)
    try:
        yield core
    finally:
        await core.close()


async def _compare(sequence: Sequence[Call], home: Path) -> list[int]:
    """Makes the calls over both, each time looking whether they came to the same.

    Returns:
        Their statuses.
    """
    statuses: list[int] = []
    async with contextlib.AsyncExitStack() as stack:
        cores = []
        for name in ("rest", "grpc"):
            (home / name).mkdir()
            cores.append(await stack.enter_async_context(_core(home / name)))
        url = await stack.enter_async_context(serving_rest(cores[0]))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
        server = cores[1].server("127.0.0.1:0")
        port = await server.start()
        stack.push_async_callback(server.stop)
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
        file = "router_config.json"
        rest = Rest(cores[0], home / "rest" / file, client=client)
        over_grpc = Grpc(cores[1], home / "grpc" / file, stub=ConfigCategoriesServiceStub(channel))
        for call in sequence:
            one, other = await rest.make(call), await over_grpc.make(call)
            assert one == other, call
            assert one.status < 500, call
            statuses.append(one.status)
        assert rest.file.read_bytes() == over_grpc.file.read_bytes()
    return statuses


def _run(sequence: Sequence[Call]) -> None:
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(_compare(sequence, Path(home)))


def _with(call: Call, **changes: Any) -> Call:
    return Call(**(vars(call) | changes))


_MODE, _NO_MODE, _DEADLINE = CONFIG_EDITS[0], CONFIG_EDITS[2], CONFIG_EDITS[6]
STORY = [
    (LOOKS[0], 200),
    (put("fast", MODEL_EDITS[4]), 200),
    (_with(create("law", ["fast"], ["court"], ""), dry_run=True), 200),
    (get("law"), 404),
    (_with(create("law", ["fast"], ["court"], ""), etag="config"), 201),
    (create("law", ["fast"], [], ""), 409),
    (get("law"), 200),
    (_with(update_category("law", {"description": "Courts"}), etag="category"), 200),
    (_with(update_category("law", {"description": None}), etag="stale"), 409),
    (_with(replace("law", ["fast", "glm-5"]), etag="category"), 200),
    (delete_model("fast"), 409),
    (_with(update_config([_MODE, _DEADLINE]), etag="config"), 200),
    (_with(update_config([_MODE]), etag="made up"), 409),
    (update_config([_NO_MODE]), 200),
    (_with(delete("law"), dry_run=True), 200),
    (_with(delete("law"), etag="category"), 204),
    (delete("code"), 409),
    (delete_model("fast"), 204),
    (LOOKS[2], 200),
    (roll_back(2), 200),
    (roll_back(99), 404),
    (LOOKS[0], 200),
    (LOOKS[1], 200),
]


async def test_every_kind_of_change_is_made_over_both(tmp_path: Path):
    calls, statuses = zip(*STORY, strict=True)
    assert await _compare(calls, tmp_path) == list(statuses)


@settings(max_examples=6, phases=_PHASES)
@given(st.lists(calls(), min_size=10, max_size=30))
def test_the_same_calls_have_the_same_result_over_both(sequence: list[Call]):
    _run(sequence)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=40, phases=_PHASES)
@given(st.lists(calls(), min_size=20, max_size=60))
def test_many_calls_have_the_same_result_over_both(sequence: list[Call]):
    _run(sequence)

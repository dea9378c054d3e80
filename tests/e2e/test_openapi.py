"""Whatever the OpenAPI document lets a client send: it is answered as the document says."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from router_core.bootstrap import build_core
from router_core.settings import read_settings
from tests.e2e.conftest import serving_rest

TIMEOUT_S: Final = 20.0
"""What does not answer by then hangs."""

KNOWN: Final = {
    "/config/category/{name}": "code",
    "/config/model/{alias}": "glm-5",
    "/stats/models/{alias}/reset": "glm-5",
    "/v1/models/{name}": "router",
}
"""What there is at the start; of any other name it is soon found that there is none."""

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@contextlib.asynccontextmanager
async def _demo(home: Path) -> AsyncIterator[str]:
    env = {"LLM_ROUTER_HOME": str(home)}
    core = build_core(read_settings(env), env, demo=True)
    try:
        async with serving_rest(core) as url:
            yield url
    finally:
        await core.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo, in a thread with a loop of its own: schemathesis calls it from this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="demo")
    thread.start()
    demo = _demo(tmp_path_factory.mktemp("demo"))

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(TIMEOUT_S)

    try:
        yield run(demo.__aenter__())
        run(demo.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(frozen=True, kw_only=True)
class Explorer:
    """Sends what the document of the demo at ``url`` describes.

    Attributes:
        mode: what it allows, or what it forbids.
        examples: how many cases of each operation.
        seed: the same cases for the same seed.
    """

    url: str
    mode: GenerationMode
    examples: int
    seed: int

    def explore(self) -> None:
        """Raises where an answer is not as documented."""
        document = httpx.get(f"{self.url}/openapi.json").raise_for_status().json()
        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            operation = cast("Any", result).ok()
            if self.mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
                continue  # any text is a name
            self._explore(operation, None)
            if operation.path in KNOWN:
                name = KNOWN[operation.path]
                self._explore(operation, {"name": name, "alias": name})

    def _explore(self, operation: Any, path: dict[str, str] | None) -> None:
        checks = list(CHECKS)
        if self.mode is GenerationMode.NEGATIVE and "/config" in operation.path:
            # Of a chat the document names the main keys alone; the config it has whole.
            checks.append(negative_data_rejection)

        @settings(
            max_examples=self.examples,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(self.mode, path_parameters=path))
        def is_answered_as_documented(case: Any) -> None:
            response = case.call(base_url=self.url, timeout=TIMEOUT_S)
            case.validate_response(response, checks=checks)

        seed(self.seed)(is_answered_as_documented)()


_MODES = pytest.mark.parametrize("mode", list(GenerationMode), ids=str)


@_MODES
def test_what_the_document_allows_and_forbids_is_answered_as_it_says(
    mode: GenerationMode, url: str
):
    Explorer(url=url, mode=mode, examples=4, seed=4).explore()


@pytest.mark.slow
@pytest.mark.timeout(900)
@_MODES
def test_much_that_the_document_allows_and_forbids_is_answered_as_it_says(
    mode: GenerationMode, url: str
):
    Explorer(url=url, mode=mode, examples=50, seed=20_261_127).explore()

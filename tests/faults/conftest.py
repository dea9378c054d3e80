"""What the tests of this folder share: a loop with its own time, and a light router."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import pytest

from router_core.bootstrap import core as bootstrap
from router_core.providers import openai_compatible
from router_core.providers.sse import SseDecoder
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.faults.bodies import LIMIT
from tests.faults.rig import NoClassifier


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Runner]:
    """Runs what the tests do, waiting included, at once."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        # The edge reads the machine's clock for when a request came.
        time = SimpleNamespace(monotonic=runner.get_loop().time)
        monkeypatch.setattr("router_core.grpc_edge.call.time", time)
        yield runner


@pytest.fixture(autouse=True)
def _small_and_light(monkeypatch: pytest.MonkeyPatch) -> None:
    # Limits that a test reaches soon, and no model file for each of two thousand cores.
    monkeypatch.setattr(openai_compatible, "_MAX_ANSWER", LIMIT)
    monkeypatch.setattr(openai_compatible, "SseDecoder", partial(SseDecoder, LIMIT))
    monkeypatch.setattr(bootstrap, "EmbeddedClassifier", NoClassifier)

"""A real, small model behind an endpoint shaped like Ollama's, cold at first."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.llm.local_ollama import LocalOllama, running


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Keeps the collector off what pytest holds, which takes half a second if it is much."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def ollama(tmp_path: Path) -> Iterator[LocalOllama]:
    """One for each test: nothing is loaded, and nobody has called."""
    with running(tmp_path / "log") as it:
        yield it

"""A core that answers as a test says, and an empty folder to run the commands in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.operating import Script, scripted_core


@pytest.fixture
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As somebody would be who has set nothing."""
    monkeypatch.chdir(tmp_path)
    for name in ("LLM_ROUTER_ADMIN_KEY", "LLM_ROUTER_API_KEYS", "LLM_ROUTER_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def core(script: Script, nothing_set: None) -> Iterator[str]:
    """The address of a core that answers as ``script`` says."""
    with scripted_core(script) as address:
        yield address

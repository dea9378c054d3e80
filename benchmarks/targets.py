"""The three things that the gateway suite measures, as running processes."""

from __future__ import annotations

import http.client
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.closed_loop import completion_problem
from benchmarks.payloads import BODIES
from benchmarks.processes import Placement, ProcessFailed, free_port, server

_PROBE_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One server that answers chat completions on the loopback address.

    Attributes:
        path: of the completions endpoint.
        routes: whether it decides, and says so in headers.
    """

    name: str
    port: int
    path: str
    routes: bool = False

    def notes(self) -> list[str]:
        """Sends each body once; what became of it, where the target decides.

        Raises:
            ProcessFailed: an answer is wrong, or nothing was decided: there is
                nothing to measure then.
        """
        return [note for name in BODIES if (note := self._probe(name))]

    def _probe(self, body: str) -> str | None:
        answer, content = self._post(BODIES[body](0, stream=False))
        problem = completion_problem(answer.status, content)
        if problem:
            raise ProcessFailed(f"{self.name} does not answer the {body} body: {problem}")
        if not self.routes:
            return None
        category, model = answer.headers["x-router-category"], answer.headers["x-router-model"]
        if not (category and model):
            raise ProcessFailed(f"{self.name} decided nothing about the {body} body")
        return f"{self.name} sent the {body} body to {model} (category {category})"

    def _post(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        headers = {"content-type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PROBE_S)) as link:
            try:
                link.request("POST", self.path, body, headers)
                answer = link.getresponse()
                return answer, answer.read()
            except (OSError, http.client.HTTPException) as error:
                raise ProcessFailed(f"{self.name} does not answer: {error}") from error


Starter = Callable[[ExitStack, Placement, int], Target]
"""Starts a target in front of the mock upstream at the given port."""


def _direct(stack: ExitStack, placement: Placement, upstream_port: int) -> Target:
    return Target(name="direct", port=upstream_port, path="/api/v1/chat/completions")


def _bare(stack: ExitStack, placement: Placement, upstream_port: int) -> Target:
    port = free_port()
    upstream = f"http://127.0.0.1:{upstream_port}/api/v1"
    command = ["-m", "benchmarks.bare", "--port", str(port), "--upstream", upstream]
    stack.enter_context(server([sys.executable, *command], port=port, core=placement.server))
    return Target(name="bare", port=port, path="/v1/chat/completions")


def _router(stack: ExitStack, placement: Placement, upstream_port: int) -> Target:
    """Starts the router as a user would, in an empty home, with every default."""
    port, grpc_port = free_port(), free_port()
    home = stack.enter_context(tempfile.TemporaryDirectory(prefix="llm-router-bench-"))
    ours = ("LLM_ROUTER_", "OPENROUTER_", "OLLAMA_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {
        "OPENROUTER_API_KEY": "bench",
        "OPENROUTER_BASE_URL": f"http://127.0.0.1:{upstream_port}/api/v1",
        "LLM_ROUTER_HOME": home,
    }
    command = [
        str(Path(sys.executable).with_name("llm-router")),
        "serve",
        *("--port", str(port)),
        *("--grpc-address", f"127.0.0.1:{grpc_port}"),
    ]
    stack.enter_context(
        server(command, port=port, core=placement.server, env=env, folder=Path(home))
    )
    return Target(name="router", port=port, path="/v1/chat/completions", routes=True)


STARTERS: Final[Mapping[str, Starter]] = {"direct": _direct, "bare": _bare, "router": _router}
"""Every target by name, in the order of the table's columns."""


@contextmanager
def running_targets(
    names: Sequence[str], placement: Placement, *, chunks: int, chunks_per_second: float
) -> Iterator[tuple[Target, ...]]:
    """Runs the mock upstream and the named targets until the block ends.

    Raises:
        ProcessFailed: one of them did not start.
    """
    port = free_port()
    mock = [sys.executable, "-m", "benchmarks.mock_upstream", "--port", str(port)]
    mock += ["--chunks", str(chunks), "--chunks-per-second", str(chunks_per_second)]
    with ExitStack() as stack:
        stack.enter_context(server(mock, port=port, core=placement.load))
        yield tuple(STARTERS[name](stack, placement, port) for name in names)

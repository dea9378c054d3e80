"""``route``: explains a decision, by the running core or in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

from llm_router.errors import RouterClientError
from llm_router.projection import project
from llm_router.v1.route_pb2 import RouteResponse
from router_core.cli.classify import why_lines
from router_core.cli.connect import chat_of, reach, refusal
from router_core.settings import environment, read_settings


def explain(text: str, *, as_json: bool, core: str | None, config: Path | None) -> None:
    """Prints which model would answer ``text``, and why."""
    response, where = asyncio.run(_ask(text, core, config))
    if as_json:
        print(json.dumps(project(response), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(response)))
        print(f"\ndecided {where}; no model answered it")


async def _ask(text: str, core: str | None, config: Path | None) -> tuple[RouteResponse, str]:
    chat = chat_of(text)
    env = environment()
    settings = read_settings(env)
    async with reach(settings, env, core=core, config=config) as reached:
        try:
            return await reached.client.route(chat), reached.where
        except RouterClientError as error:
            raise refusal(error, reached.address) from None


def _lines(response: RouteResponse) -> Iterator[str]:
    yield f"{response.category} -> {response.model}"
    yield f"  why         {response.explanation}"
    if response.HasField("classification"):
        yield from why_lines(response.classification)
    for candidate in response.candidates:
        mark = "in " if candidate.eligible else "out"
        yield f"  {mark}         {candidate.model} ({candidate.id}): {candidate.reason}"

"""``route``: explains a decision, by the running core or in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from llm_router.errors import RouterClientError, Unavailable
from llm_router.projection import project
from llm_router.v1.chat_pb2 import ChatMessage, ChatRequest
from llm_router.v1.route_pb2 import RouteResponse
from router_core.cli.connect import REACH_S, connect, key_hint
from router_core.errors import ConfigError
from router_core.settings import Settings, environment, read_settings


def explain(text: str, *, as_json: bool, core: str | None, config: Path | None) -> None:
    """Prints which model would answer ``text``, and why."""
    if not text.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ConfigError("TEXT is not valid UTF-8")
    env = environment()
    settings = read_settings(env)
    chat = ChatRequest(messages=[ChatMessage(role="user", text=text)])
    response, where = asyncio.run(_ask_core(chat, settings, core))
    if response is None:
        response, where = asyncio.run(_ask_here(chat, settings, env, config))
    if as_json:
        print(json.dumps(project(response), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(response)))
        print(f"\ndecided {where}; no model was called")


async def _ask_core(
    chat: ChatRequest, settings: Settings, named: str | None
) -> tuple[RouteResponse | None, str]:
    """Asks the running core; ``None`` when there is none and the user named none."""
    address = named or settings.core_address
    try:
        async with connect(settings, address) as client:
            return await client.route(chat, timeout_s=REACH_S), f"by the core at {address}"
    except Unavailable as error:
        if named:
            raise ConfigError(f"no core answers at {address}: {error.message}") from None
        return None, ""
    except RouterClientError as error:
        raise ConfigError(f"the core at {address} says: {error.message}{key_hint(error)}") from None


async def _ask_here(
    chat: ChatRequest, settings: Settings, env: Mapping[str, str], config: Path | None
) -> tuple[RouteResponse, str]:
    from router_core.bootstrap import build_core

    core = build_core(settings, env, demo=True, config_path=config, create_config=False)
    try:
        async with connect(settings, channel=core.in_process_channel()) as client:
            where = f"in this process, since no core runs at {settings.core_address}"
            return await client.route(chat), where
    finally:
        await core.close()


def _lines(response: RouteResponse) -> Iterator[str]:
    yield f"{response.category} -> {response.model}"
    yield f"  why         {response.explanation}"
    if response.HasField("classification"):
        found = response.classification
        yield f"  classified  {found.text!r}"
        others = ", ".join(f"{r.category} {r.confidence:.2f}" for r in found.runners_up)
        yield f"  runners-up  {others or 'none'}"
        for fallback in found.fallbacks:
            yield f"  fell back   {fallback.source}: {fallback.cause}"
    for candidate in response.candidates:
        mark = "in " if candidate.eligible else "out"
        yield f"  {mark}         {candidate.model} ({candidate.id}): {candidate.reason}"

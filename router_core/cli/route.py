"""``route``: explains a decision, by the running core or in this process."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from llm_router.chat_json import from_json
from llm_router.errors import RouterClientError
from llm_router.json_text import JsonTextError, loads
from llm_router.projection import project
from llm_router.v1.chat_pb2 import ChatRequest
from llm_router.v1.route_pb2 import RouteResponse
from router_core.cli.connect import chat_of, reach, refusal, utf8
from router_core.errors import ConfigError
from router_core.settings import environment, read_settings

__all__ = ["explain", "read_request"]


def explain(
    chat: ChatRequest,
    *,
    session: str | None,
    as_json: bool,
    core: str | None,
    config: Path | None,
) -> None:
    """Prints which model would answer a request, and why.

    Args:
        chat: the request.
        session: the caller's id of its conversation.
        as_json: print what REST answers.
        core: the address of the core to ask; by default the running one.
        config: the routing config of a core in this process.
    """
    session = None if session is None else utf8(session, "--session")
    response, where = asyncio.run(_ask(chat, session, core, config))
    if as_json:
        print(json.dumps(project(response), ensure_ascii=False, indent=2))
        return
    from router_core.cli.explanation import plain_lines, show

    footer = f"decided {where}; no model answered it"
    if not sys.stdout.isatty():
        print("\n".join(plain_lines(response, footer)))
        return
    from rich.console import Console

    show(response, footer, Console())


def read_request(text: str | None, file: Path | None) -> ChatRequest:
    """The request of somebody who types ``text``, or the one in ``file``.

    Args:
        text: what a user would type.
        file: a chat completion request in JSON, as a client sends it; "-": standard input.

    Raises:
        ConfigError: both or neither are given, or what is there is no request.
    """
    if (text is None) is (file is None):
        raise ConfigError("route takes either TEXT or --file")
    if file is None:
        assert text is not None
        return chat_of(text)
    try:
        body = loads(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    except JsonTextError as error:
        raise ConfigError(f"{file} is no request: {error}") from None
    if type(body) is not dict:
        raise ConfigError(f"{file} is no request: it must hold a JSON object")
    return from_json(body, ChatRequest)


async def _ask(
    chat: ChatRequest, session: str | None, core: str | None, config: Path | None
) -> tuple[RouteResponse, str]:
    env = environment()
    settings = read_settings(env)
    async with reach(settings, env, core=core, config=config, prices=True) as reached:
        try:
            return await reached.client.route(chat, session_id=session), reached.where
        except RouterClientError as error:
            raise refusal(error, reached.address) from None

"""How the commands reach a core: the running one, or one made for the command."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc

from llm_router.aio import AsyncRouterClient
from llm_router.client import RouterClient
from llm_router.errors import RouterClientError, Unauthenticated, Unavailable
from llm_router.v1.chat_pb2 import ChatMessage, ChatRequest
from router_core.errors import ConfigError
from router_core.settings import Settings, environment, read_settings

REACH_S: Final = 2.0
"""How long a core may take to answer a command, in seconds."""
CHANGE_S: Final = 60.0
"""How long it may take to try or to make a change, in seconds."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A core that answers.

    Attributes:
        where: which one, for a person.
        address: its own; ``""``: it is in this process.
    """

    client: AsyncRouterClient
    where: str
    address: str = ""


def key_hint(error: RouterClientError) -> str:
    """What to do about a core that asks for a key; empty for other errors."""
    return " (LLM_ROUTER_API_KEYS has its keys)" if isinstance(error, Unauthenticated) else ""


def admin_hint(error: RouterClientError) -> str:
    """What to do about a core that knows us and asks for more; empty for other errors."""
    ours = " (LLM_ROUTER_ADMIN_KEY must be the core's own)"
    return ours if isinstance(error, Unauthenticated) else ""


def connect(
    settings: Settings, address: str | None = None, channel: grpc.aio.Channel | None = None
) -> AsyncRouterClient:
    """A client of the core at ``address`` (the settings' by default), or over ``channel``.

    It shows the admin key where there is one, else the first of the clients' keys.
    """
    return AsyncRouterClient(
        address or settings.core_address, api_key=_key(settings), channel=channel
    )


def _key(settings: Settings) -> str | None:
    keys = [*([settings.admin_key] if settings.admin_key else []), *settings.api_keys]
    return keys[0].get_secret_value() if keys else None


@contextlib.contextmanager
def running_core(core: str | None) -> Iterator[RouterClient]:
    """A client of the core that runs at ``core``, by default at the settings' address.

    Raises:
        ConfigError: none answers, or it refuses what the block asks of it, or the
            block puts into a message what is not Unicode.
    """
    settings = read_settings(environment())
    address = core or settings.core_address
    with RouterClient(address, api_key=_key(settings), timeout_s=CHANGE_S) as client:
        try:
            client.get_server_info(timeout_s=REACH_S)
        except RouterClientError as error:
            raise _unanswered(error, address) from None
        try:
            yield client
        except Unauthenticated as error:  # it has taken our key as a client's
            told = f"the core at {address} says: {error.message}{admin_hint(error)}"
            raise ConfigError(told) from None
        except RouterClientError as error:
            raise _unanswered(error, address) from None
        except UnicodeEncodeError:
            raise ConfigError("an argument is not valid UTF-8") from None


def _unanswered(error: RouterClientError, address: str) -> ConfigError:
    if isinstance(error, Unavailable) and not error.reason:
        return ConfigError(f"no core answers at {address}; `llm-router serve` starts one")
    return refusal(error, address)


@contextlib.asynccontextmanager
async def reach(
    settings: Settings,
    env: Mapping[str, str],
    *,
    core: str | None,
    config: Path | None,
    mode: str | None = None,
    prices: bool = False,
) -> AsyncIterator[Reached]:
    """The running core; where there is none and the user named none, one in this process.

    Args:
        settings: the process settings.
        env: where the providers' keys are.
        core: the address that the user named.
        config: the routing config of a core in this process.
        mode: what a core in this process gets ready for first.
        prices: whether a core in this process has to know the models' prices.

    Raises:
        ConfigError: the core that was named does not answer, or a core refuses us.
    """
    address = core or settings.core_address
    async with connect(settings, address) as client:
        try:
            await client.get_server_info(timeout_s=REACH_S)
        except Unavailable as error:
            if core:
                raise ConfigError(f"no core answers at {address}: {error.message}") from None
        except RouterClientError as error:
            raise refusal(error, address) from None
        else:
            yield Reached(client, f"by the core at {address}", address)
            return
    async with core_here(
        settings, env, config, mode=mode, warm_up=mode is not None, prices=prices
    ) as reached:
        yield reached


@contextlib.asynccontextmanager
async def core_here(
    settings: Settings,
    env: Mapping[str, str],
    config: Path | None,
    *,
    mode: str | None = None,
    warm_up: bool = False,
    prices: bool = False,
) -> AsyncIterator[Reached]:
    """A core in this process, which writes no file; ready for the mode first, if wanted.

    With ``prices`` it knows those of the price table too, which takes a third of a second.
    """
    from router_core.bootstrap import build_core

    core = build_core(settings, env, config_path=config, writes_files=False)
    try:
        if prices:
            core.catalogue.load_table()
        if warm_up:
            await core.warm_up(mode)
        async with connect(settings, channel=core.in_process_channel()) as client:
            where = f"in this process, since no core runs at {settings.core_address}"
            yield Reached(client, where)
    finally:
        await core.close()


def refusal(error: RouterClientError, address: str) -> ConfigError:
    """What a core said, as the one line that a command ends with.

    Args:
        address: the core's; ``""``: it is in this process.
    """
    who = f"the core at {address} says: " if address else ""
    where = f"{error.param}: " if error.param and error.param not in error.message else ""
    return ConfigError(f"{who}{where}{error.message}{key_hint(error)}")


def chat_of(text: str) -> ChatRequest:
    """The request of somebody who types ``text``.

    Raises:
        ConfigError: it is not valid Unicode.
    """
    return ChatRequest(messages=[ChatMessage(role="user", text=utf8(text, "TEXT"))])


def utf8(text: str, name: str) -> str:
    """``text`` itself, an argument of a command.

    Raises:
        ConfigError: it is not valid Unicode.
    """
    if not text.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ConfigError(f"{name} is not valid UTF-8")
    return text

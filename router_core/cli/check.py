"""``check``: the settings and the config in force, and what is wrong with them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from llm_router.errors import RouterClientError, Unavailable
from llm_router.v1.config_categories_pb2 import GetConfigResponse
from router_core.bootstrap import Core, build_core
from router_core.cli.connect import REACH_S, connect, key_hint
from router_core.settings import Settings, environment, read_settings


def report(*, config: Path | None, core: str | None) -> None:
    """Prints everything; exits with 1 when something does not work as configured."""
    env = environment()
    settings = read_settings(env)
    print("Settings")
    for name, value in settings.in_force().items():
        print(f"  {name:26} {value or '-'}")
    here = build_core(settings, env, config_path=config, writes_files=False)
    missing = "" if here.config.path.exists() else " (not there yet: the defaults)"
    print(f"\nRouting config {here.config.path}{missing}")
    for line in _config_lines(asyncio.run(_config_of(here, settings))):
        print(f"  {line}")
    here.catalogue.load_table()
    print(f"\nCatalogue {settings.catalogue_path}")
    for line in here.catalogue.lines():
        print(f"  {line}")
    print(f"\n{asyncio.run(_core_line(settings, core or settings.core_address))}")
    for note in here.notes:
        print(f"note: {note}")
    if to_mend := here.to_mend():
        print("\nTo mend")
        for warning in to_mend:
            print(f"  {warning}")
        sys.exit(1)


async def _config_of(core: Core, settings: Settings) -> GetConfigResponse:
    async with connect(settings, channel=core.in_process_channel()) as client:
        return await client.get_config()


def _config_lines(response: GetConfigResponse) -> Iterator[str]:
    config = response.config
    yield f"mode {config.mode}, tools rule {config.tools_rule}"
    for provider in config.providers:
        key = f"key from {provider.api_key_env}" if provider.api_key_env else "no key"
        yield f"provider {provider.name}: {provider.base_url} ({key})"
    for category in config.categories:
        yield f"category {category.name}: {', '.join(category.models)}"
    yield f"last resort: {config.last_resort or 'none'}"
    yield from response.overrides


async def _core_line(settings: Settings, address: str) -> str:
    try:
        async with connect(settings, address) as client:
            info = await client.get_server_info(timeout_s=REACH_S)
    except Unavailable:
        return f"No core runs at {address}; `llm-router serve` starts one."
    except RouterClientError as error:
        return f"The core at {address} says: {error.message}{key_hint(error)}"
    demo = ", answering by the demo provider" if info.demo else ""
    return f"The core at {address} runs version {info.version} in mode {info.mode}{demo}."

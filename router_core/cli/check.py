"""``check``: the settings and the config in force, and what is wrong with them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from llm_router.errors import RouterClientError, Unavailable
from llm_router.v1.config_categories_pb2 import Continuity, GetConfigResponse, RouterConfig
from router_core.bootstrap import Core, build_core
from router_core.cli.category import choice
from router_core.cli.config_keys import known_keys
from router_core.cli.connect import REACH_S, admin_hint, connect, key_hint
from router_core.cli.printing import plain
from router_core.errors import ConfigError
from router_core.settings import Settings, environment, read_settings


def report(*, config: Path | None, core: str | None) -> None:
    """Prints everything; exits with 1 when something does not work as configured."""
    env = environment()
    settings = read_settings(env)
    print("Settings")
    for name, value in settings.in_force().items():
        print(f"  {name:26} {value or '-'}")
    here = _look_here(settings, env, config)
    print("\n".join(here.lines))
    running = asyncio.run(_ask_core(settings, core or settings.core_address, here.etag))
    print("\n".join(running.lines))
    for note in here.notes:
        print(f"note: {note}")
    if to_mend := (*here.to_mend, *running.to_mend):
        print("\nTo mend")
        for warning in to_mend:
            print(f"  {plain(warning)}")
        sys.exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What there is to see, of the files here or of the running core.

    Attributes:
        lines: what to print.
        etag: of the routing config; empty: there is none that holds.
        notes: what works otherwise than its name says, a line each.
        to_mend: what does not work as configured, likewise.
    """

    lines: Sequence[str]
    etag: str = ""
    notes: Sequence[str] = ()
    to_mend: Sequence[str] = ()


def _look_here(settings: Settings, env: Mapping[str, str], config: Path | None) -> _Look:
    path = config or settings.config_path
    try:
        here = build_core(settings, env, config_path=config, writes_files=False)
    except ConfigError as error:
        return _Look(lines=(f"\nRouting config {path}", "  is wrong"), to_mend=(str(error),))
    read = asyncio.run(_config_of(here, settings))
    here.catalogue.load_table()
    missing = "" if path.exists() else " (not there yet: the defaults)"
    lines = (
        f"\nRouting config {path}{missing}",
        *(f"  {line}" for line in _config_lines(read)),
        f"\nCatalogue {settings.catalogue_path}",
        *(f"  {line}" for line in here.catalogue.lines()),
    )
    return _Look(lines=lines, etag=read.etag, notes=here.notes, to_mend=here.to_mend())


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
        chosen = "" if choice(category) == "ordered" else f", {choice(category)}"
        yield f"category {category.name}{chosen}: {', '.join(category.models)}"
    yield from _choice_lines(config)
    yield f"last resort: {config.last_resort or 'none'}"
    yield _continuity_line(config.continuity)
    yield from response.overrides


def _choice_lines(config: RouterConfig) -> Iterator[str]:
    """What the categories choose by beside their lists, where they do."""
    if any(category.policy != "ordered" for category in config.categories):
        settings = config.policies
        yield (
            f"policies: thrift {settings.thrift:g}, a point of quality is worth"
            f" ${settings.usd_per_point:g} or {settings.seconds_per_point:g} s"
        )
    limits = {
        key.field.name: key.show(config)
        for name, key in known_keys().items()
        if name.startswith("limits.per_request.")
    }
    told = [f"{name} {value}" for name, value in limits.items() if value not in ("", "allow")]
    if told:
        yield f"limits of a request: {'; '.join(told)}"


def _continuity_line(continuity: Continuity) -> str:
    if not continuity.enabled:
        return "continuity: off, each request is routed as if it were the first"
    cache_s = continuity.cache.ToNanoseconds() / 1e9
    sessions = continuity.max_sessions
    return f"continuity: on, caches hold for {cache_s:g} s, {sessions} conversations remembered"


async def _ask_core(settings: Settings, address: str, etag: str) -> _Look:
    async with connect(settings, address) as client:
        try:
            info = await client.get_server_info(timeout_s=REACH_S)
        except Unavailable:
            line = f"\nNo core runs at {address}; `llm-router serve` starts one."
            return _Look(lines=(line,))
        except RouterClientError as error:
            return _Look(lines=(f"\nThe core at {address} says: {error.message}{key_hint(error)}",))
        demo = ", answering by the demo provider" if info.demo else ""
        line = f"\nThe core at {address} runs version {info.version} in mode {info.mode}{demo}."
        says = [f"  it says: {plain(warning)}" for warning in info.warnings]
        try:
            config = await client.get_config(timeout_s=REACH_S)
        except RouterClientError as error:
            return _Look(lines=(line, f"  its config: {error.message}{admin_hint(error)}", *says))
    other = ["  its routing config is another than the one here"]
    return _Look(
        lines=(line, *(other if etag and etag != config.etag else ()), *says),
        to_mend=[f"the core at {address}: {problem}" for problem in config.problems],
    )

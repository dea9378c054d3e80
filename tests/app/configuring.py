"""Changes of the config over a real file, with what surrounds them scripted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from router_core.app.configure import Change, Changed, Configure
from router_core.decide.config import RoutingConfig
from router_core.decide.config_edits import Edits
from router_core.decide.config_warnings import Surroundings
from router_core.decide.replay import ReplayReport
from router_core.errors import (
    RouterError,
)
from router_core.stores.config_file import ConfigFile

ANYHOW = Change(author="local")
POETRY = {"models": ["glm-5"], "keywords": ["ode"]}


class Rig:
    """The use case over a real file.

    Attributes:
        prepared: the configs that it got ready for, in order.
        replayed: the configs of each replay.
        changed: the configs before and after each change.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = ConfigFile(path)
        self.store.load()
        self.prepared: list[RoutingConfig] = []
        self.replayed: list[tuple[RoutingConfig, RoutingConfig]] = []
        self.changed: list[tuple[RoutingConfig, RoutingConfig]] = []
        self.while_preparing: Callable[[], Any] = lambda: None
        self.while_replaying: Callable[[], Awaitable[object]] = lambda: asyncio.sleep(0)
        self.configure = Configure(
            store=self.store,
            around=Surroundings(absence=lambda _: None, has_key=lambda _: True),
            replay=self._replay,
            prepare=self._prepare,
            on_change=lambda before, after: self.changed.append((before, after)),
        )

    async def _replay(self, before: RoutingConfig, after: RoutingConfig) -> ReplayReport:
        self.replayed.append((before, after))
        await self.while_replaying()
        return ReplayReport(prompts=7)

    async def _prepare(self, config: RoutingConfig) -> None:
        self.prepared.append(config)
        waiting = self.while_preparing()
        if waiting is not None:
            await waiting

    def edit(self, **keys: Any) -> None:
        self.path.write_text(json.dumps(json.loads(self.path.read_bytes()) | keys))

    @property
    def config(self) -> RoutingConfig:
        return self.store.current()


async def create(rig: Rig, name: str = "poetry", change: Change = ANYHOW, **fields: Any) -> Changed:
    return await rig.configure.create_category(name, POETRY | fields, change)


async def update(rig: Rig, edits: Edits, change: Change = ANYHOW) -> Changed:
    return await rig.configure.update(edits, change)


async def refused(kind: type[RouterError], making: Any) -> Any:
    with pytest.raises(kind) as caught:
        await making
    return caught.value

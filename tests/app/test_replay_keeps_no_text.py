"""What is kept of requests holds none of their words, unless texts may be kept."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Iterator
from dataclasses import replace
from types import FunctionType, ModuleType
from typing import Any

import pytest

from router_core.decide.config import Mode, RoutingConfig, ToolsRule
from router_core.decide.defaults import default_config
from tests.app.replaying import Replaying, of_decisions, with_category
from tests.app.rig import ask
from tests.decide.openclaw_messages import SESSION, assistant, system, user

SECRET = "xylofrobnicate"
TEXT = f"please {SECRET} my tulips"
CONFIG = default_config()
GARDEN = with_category(CONFIG, "garden", keywords=("tulips",))

MODES = [Mode.KEYWORDS, Mode.EMBEDDED, Mode.CASCADE, Mode.OLLAMA]


def reachable(root: object) -> Iterator[object]:
    """Yields everything that an object holds, but for code and types."""
    seen, waiting = {id(root)}, [root]
    while waiting:
        held = waiting.pop()
        yield held
        for each in gc.get_referents(held):
            if id(each) not in seen and not isinstance(each, type | ModuleType | FunctionType):
                seen.add(id(each))
                waiting.append(each)


def holds(root: object, secret: str) -> bool:
    texts = (
        each if isinstance(each, str) else bytes(each).decode("latin-1")
        for each in reachable(root)
        if isinstance(each, str | bytes | bytearray)
    )
    return any(secret in text for text in texts)


async def kept(config: RoutingConfig, **fields: Any) -> Replaying:
    """A router that was asked the text in every way."""
    router = Replaying(config, **fields)
    await router.says(TEXT)
    for name in ("router/code", "glm-5"):
        await router.asks(ask(name, TEXT))
    agents = replace(ask(), messages=(system(), user(TEXT)), tools=("read",), session_id=SECRET)
    await router.asks(agents)
    after = (*agents.messages, assistant(f"about {SECRET}"), user(f"and {SECRET}?"))
    await router.asks(replace(agents, messages=after, cache_key=SECRET, caller=SECRET))
    return router


@pytest.mark.parametrize("rule", ToolsRule)
@pytest.mark.parametrize("mode", MODES)
async def test_no_word_of_a_request_can_be_reached(mode: Mode, rule: ToolsRule) -> None:
    router = await kept(replace(CONFIG, mode=mode, tools_rule=rule))
    assert len(router.replay._taken) == 5
    for secret in (SECRET, "please", SESSION):
        assert not holds(router.replay._taken, secret)
    assert not holds(router.replay, SECRET)
    assert SECRET.encode() not in pickle.dumps(list(router.replay._taken))
    report = await router.under(GARDEN)
    assert report.moved_decisions
    assert not holds(report, SECRET)
    assert all(not move.examples for move in of_decisions(report) if not move.prompts)
    assert not holds(router.replay, SECRET)


async def test_texts_that_may_be_kept_are_found_and_shown() -> None:
    router = await kept(CONFIG, keeps_texts=True)
    assert holds(router.replay._taken, SECRET)
    assert SECRET.encode() in pickle.dumps(list(router.replay._taken))
    report = await router.under(GARDEN)
    assert TEXT in {text for move in of_decisions(report) for text in move.examples}


async def test_of_a_long_text_its_beginning_alone_is_kept() -> None:
    router = Replaying(keeps_texts=True)
    await router.says(f"my tulips are {'very ' * 500}{SECRET}")
    assert holds(router.replay._taken, "my tulips are very")
    assert not holds(router.replay._taken, SECRET)


async def test_nothing_is_known_of_a_word_in_another_process() -> None:
    here, elsewhere = Replaying(), Replaying(salt=bytes(32))
    for router in (here, elsewhere):
        await router.says(TEXT)
    one, other = (router.replay._taken[0].print for router in (here, elsewhere))
    assert one is not None
    assert other is not None
    assert len(one.words) == len(other.words) == 4
    assert set(one.words).isdisjoint(other.words)

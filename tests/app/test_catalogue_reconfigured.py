"""The catalogue under another config: what it says counts at once, new providers are asked."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from router_core.decide.config import ModelSettings, Provider, RoutingConfig
from router_core.decide.model_info import ModelInfo
from tests.app.keeping import Keeping, a_config
from tests.app.rig import model
from tests.fakes.provider import FakeProvider, Held, failure

LAB = Provider(name="lab", base_url="http://lab.test/v1")


def reconfigure(keeping: Keeping, after: RoutingConfig) -> None:
    before, keeping.config.config = keeping.config.config, after
    keeping.keep.reconfigured(before, after)


async def test_what_the_config_says_of_a_model_counts_at_once() -> None:
    keeping = Keeping(a_config("one"))
    keeping.tells("lab/one")
    keeping.keep.start()
    await keeping.asleep()
    window = ModelSettings(info=ModelInfo(context_length=77))
    reconfigure(keeping, a_config("one", settings={"one": window}))

    assert keeping.keep.current().info(model("one")).context_length == 77
    assert keeping.providers["openrouter"].listed == 1
    await keeping.keep.close()


async def test_a_model_that_the_listing_lacks_is_told_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keeping = Keeping(a_config("one"))
    keeping.tells("lab/one", *(f"lab/{number}" for number in range(20)))
    keeping.keep.start()
    await keeping.asleep()
    assert keeping.keep.warnings() == ()
    with caplog.at_level(logging.WARNING, "router_core.catalogue"):
        reconfigure(keeping, a_config("one", "two"))

    (warning,) = keeping.keep.warnings()
    assert warning.startswith("model two (lab/two) is out")
    assert caplog.messages == [warning]
    await keeping.keep.close()


async def test_a_new_provider_is_asked_at_once_and_the_others_when_they_are_due() -> None:
    keeping = Keeping(a_config("one"))
    keeping.tells("lab/one")
    keeping.keep.start()
    await keeping.asleep()
    keeping.providers["lab"] = FakeProvider({})
    keeping.tells("lab/new", name="lab")
    before = keeping.config.config
    reconfigure(keeping, replace(before, providers={**before.providers, "lab": LAB}))
    await keeping.clock.until_nap(2)

    asked = {name: provider.listed for name, provider in keeping.providers.items()}
    assert asked == {"openrouter": 1, "lab": 1}
    assert set(keeping.keep.current().listings) == {"openrouter", "lab"}
    keeping.clock.advance(3600)
    await keeping.clock.until_nap(3)
    asked = {name: provider.listed for name, provider in keeping.providers.items()}
    assert asked == {"openrouter": 2, "lab": 2}
    await keeping.keep.close()


async def test_a_provider_that_moved_is_asked_anew_and_its_old_listing_forgotten() -> None:
    keeping = Keeping(a_config("one"))
    keeping.tells("lab/one")
    keeping.keep.start()
    await keeping.asleep()
    moved = Provider(name="openrouter", base_url="http://elsewhere.test/v1")
    keeping.providers["openrouter"].pages = [{"data": [{"id": "lab/one"}, {"id": "lab/two"}]}]
    reconfigure(keeping, replace(keeping.config.config, providers={"openrouter": moved}))
    assert keeping.keep.current().listings == {}
    await keeping.clock.until_nap(2)

    assert keeping.providers["openrouter"].listed == 2
    assert len(keeping.keep.current().listings["openrouter"].models) == 2
    await keeping.keep.close()


async def test_of_changes_that_come_together_each_new_provider_is_asked_once() -> None:
    keeping = Keeping(a_config("one", local=True))
    keeping.tells("lab/one")
    keeping.tells("lab/x", name="local")
    keeping.keep.start()
    await keeping.asleep()
    naps, before = len(keeping.clock.naps), keeping.config.config.providers
    moved = replace(before["local"], base_url="http://elsewhere.test/v1")
    for providers in ({"local": moved}, {"local": moved, "openrouter": before["openrouter"]}):
        reconfigure(keeping, replace(keeping.config.config, providers=providers))
    await keeping.clock.until_nap(naps + 1)
    assert {name: each.listed for name, each in keeping.providers.items()} == {
        "openrouter": 2,
        "local": 2,
    }

    keeping.providers["lab"] = FakeProvider({})
    now = keeping.config.config
    reconfigure(keeping, replace(now, providers={**now.providers, "lab": LAB}))
    await keeping.clock.until_nap(naps + 2)
    assert {name: each.listed for name, each in keeping.providers.items()} == {
        "openrouter": 2,
        "local": 2,
        "lab": 1,
    }
    await keeping.keep.close()


async def test_what_a_provider_says_to_a_key_that_is_gone_counts_for_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked, told = asyncio.Event(), asyncio.Event()

    class Asked(FakeProvider):
        async def list_models(self) -> list[Any]:
            asked.set()
            return await super().list_models()

    keeping = Keeping(a_config("one"))
    provider = keeping.providers["openrouter"] = Asked({})
    provider.pages = Held(told, failure())
    with caplog.at_level(logging.WARNING, "router_core.catalogue"):
        keeping.keep.start()
        await asked.wait()
        before = keeping.config.config
        other_key = replace(before.providers["openrouter"], api_key_env="OTHER_KEY")
        keeping.tells("lab/one")
        reconfigure(keeping, replace(before, providers={"openrouter": other_key}))
        told.set()
        await keeping.asleep()
        while provider.listed < 2:
            await keeping.clock.until_nap(len(keeping.clock.naps) + 1)

    assert set(keeping.keep.current().listings) == {"openrouter"}
    assert caplog.messages == []
    await keeping.keep.close()


async def test_a_provider_that_is_gone_is_asked_no_more() -> None:
    keeping = Keeping(a_config("one", local=True))
    keeping.tells("lab/one")
    keeping.tells("lab/x", name="local")
    keeping.keep.start()
    await keeping.asleep()
    reconfigure(keeping, a_config("one"))
    keeping.clock.advance(3600)
    await keeping.clock.until_nap(2)

    asked = {name: provider.listed for name, provider in keeping.providers.items()}
    assert asked == {"openrouter": 2, "local": 1}
    assert set(keeping.keep.current().listings) == {"openrouter"}
    await keeping.keep.close()

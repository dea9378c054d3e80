"""The use case that keeps the catalogue: what it learns, when, and what it tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from router_core.decide.config import ModelSettings
from router_core.decide.model_info import ModelInfo
from tests.app.keeping import FakeTable, Keeping, a_config, on_disk
from tests.app.rig import model as a_model
from tests.decide.model_entries import a_listing
from tests.fakes.clock import START
from tests.fakes.provider import failure

GONE = "model gone (lab/gone) is out: not in openrouter's catalogue of 2026-11-23"


@contextmanager
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    lines: list[str] = []
    with caplog.at_level(logging.INFO, "router_core.catalogue"):
        yield lines
    lines += [record.getMessage() for record in caplog.records]


async def test_a_refresh_learns_what_every_provider_lists() -> None:
    keeping = Keeping(a_config("one", "gone", local=True))
    keeping.tells("lab/one")
    keeping.tells("qwen3:latest", name="local")

    failed = await keeping.keep.refresh()

    assert failed == frozenset()
    catalogue = keeping.keep.current()
    assert {name: list(it.models) for name, it in catalogue.listings.items()} == {
        "openrouter": ["lab/one"],
        "local": ["qwen3:latest"],
    }
    assert catalogue.absence(a_model("gone"), START) is not None


async def test_what_is_learnt_is_kept_with_the_url_that_told_it() -> None:
    keeping = Keeping(a_config("one"))
    keeping.tells("lab/one")

    await keeping.keep.refresh()

    assert keeping.store.saved == [on_disk(a_listing("lab/one", told_at=START))]


async def test_only_what_is_whole_is_kept() -> None:
    keeping = Keeping(a_config("one", local=True))
    keeping.tells("lab/one")
    keeping.tells("qwen3:latest", name="local", total_count=2)

    await keeping.keep.refresh()

    assert [list(saved) for saved in keeping.store.saved] == [["openrouter"]]


@pytest.mark.parametrize(
    "pages",
    [
        [],
        [{"error": "busy"}],
        failure(),
        TimeoutError(),
        [{"data": []}],
        [{"data": [{"id": "lab/else"}, {}]}],
        [{"data": [{"id": "lab/else"}], "total_count": 2}],
    ],
    ids=["lists nothing", "no list", "fails", "late", "empty", "no id", "cut"],
)
async def test_what_is_not_a_whole_list_takes_nothing_out_and_is_not_kept(pages: Any) -> None:
    keeping = Keeping(a_config("one"))
    keeping.providers["openrouter"].pages = pages

    await keeping.keep.refresh()

    assert keeping.keep.current().absence(a_model("one"), START) is None
    assert keeping.store.saved == []


async def test_a_list_of_none_of_the_models_is_no_list_of_what_can_be_called() -> None:
    keeping = Keeping(a_config("one", "gone"))
    keeping.tells("something/else")

    await keeping.keep.refresh()

    assert keeping.keep.current().absence(a_model("gone"), START) is None
    assert keeping.keep.warnings() == ()


async def test_who_wants_to_know_is_told_what_came_and_only_that() -> None:
    keeping = Keeping(a_config("one", local=True))
    keeping.tells("lab/one")
    keeping.providers["local"].pages = failure()

    await keeping.keep.refresh()
    keeping.tells("lab/two", total_count=9)
    await keeping.keep.refresh()

    told = [(name, list(listing.models)) for name, listing in keeping.listed]
    assert told == [("openrouter", ["lab/one"]), ("openrouter", ["lab/two"])]


async def test_after_a_failure_what_was_known_is_still_known() -> None:
    keeping = Keeping(a_config("one", "gone"))
    keeping.tells("lab/one")
    await keeping.keep.refresh()
    keeping.providers["openrouter"].pages = failure()

    failed = await keeping.keep.refresh()

    assert failed == {"openrouter"}
    assert keeping.keep.current().absence(a_model("gone"), START) is not None
    assert keeping.keep.current().absence(a_model("one"), START) is None


async def test_a_provider_that_hangs_is_given_up_and_does_not_hold_up_the_others() -> None:
    keeping = Keeping(a_config("one", local=True), patience_s=0.01)
    keeping.tells("qwen3:latest", name="local")

    async def never() -> list[Any]:
        await asyncio.Event().wait()
        return []

    keeping.providers["openrouter"].list_models = never  # type: ignore[method-assign]  # hangs

    failed = await keeping.keep.refresh()

    assert failed == {"openrouter"}
    assert list(keeping.keep.current().listings) == ["local"]


async def test_what_one_provider_tells_is_known_while_another_takes_its_time() -> None:
    keeping = Keeping(a_config("one", "gone", local=True))
    keeping.tells("lab/one")
    answers = asyncio.Event()

    async def late() -> list[Any]:
        await answers.wait()
        raise RuntimeError

    keeping.providers["local"].list_models = late  # type: ignore[method-assign]  # takes its time

    refreshing = asyncio.ensure_future(keeping.keep.refresh())
    while keeping.keep.current().absence(a_model("gone"), START) is None:  # noqa: ASYNC110  # a thread
        await asyncio.sleep(0)
    answers.set()

    assert await refreshing == {"local"}
    assert keeping.keep.current().absence(a_model("gone"), START) is not None


async def test_a_table_that_cannot_be_read_costs_the_prices_alone() -> None:
    class OddTable(FakeTable):
        def models(self, *_: Any) -> Any:
            raise AttributeError("match")

    keeping = Keeping(a_config("one", "gone"), table=OddTable())
    keeping.tells("lab/one")

    await keeping.keep.refresh()

    assert keeping.keep.current().absence(a_model("gone"), START) is not None
    assert "the price table cannot be read" in keeping.keep.warnings()[-1]


async def test_a_long_list_counts_even_if_it_has_none_of_the_models() -> None:
    keeping = Keeping(a_config("gone"))
    keeping.tells(*(f"lab/m{number}" for number in range(30)))

    await keeping.keep.refresh()

    assert keeping.keep.current().absence(a_model("gone"), START) is not None


def test_what_is_on_disk_is_known_from_the_start() -> None:
    listed = a_listing("lab/one", told_at=START)
    keeping = Keeping(a_config("one", "gone", "lost"), kept=on_disk(listed))

    keeping.keep.load()

    assert len(keeping.keep.warnings()) == 2
    assert list(keeping.keep.lines()) == [
        "openrouter: of 2026-11-23 12:00 UTC, 1 models",
        "prices before that: a table of 2026-11-23",
    ]


def test_what_another_url_has_told_is_not() -> None:
    listing = a_listing("lab/x", told_at=START)
    keeping = Keeping(a_config("one"), kept=on_disk(listing, "http://other.test/v1"))

    keeping.keep.load()

    assert keeping.keep.current().listings == {}
    assert next(keeping.keep.lines()) == "openrouter: none yet"


def test_the_config_and_the_table_tell_of_models_before_any_provider() -> None:
    settings = {"mine": ModelSettings(info=ModelInfo(context_length=7))}
    keeping = Keeping(a_config("one", "mine", settings=settings))

    keeping.keep.load()
    keeping.keep.load_table()

    assert keeping.keep.current().info(a_model("mine")).context_length == 7
    assert keeping.keep.current().info(a_model("one")).context_length == 327


async def test_the_table_tells_the_prices_of_the_day() -> None:
    keeping = Keeping(a_config("one"))
    keeping.keep.load_table()
    keeping.clock.advance(86_400)

    await keeping.keep.refresh()

    assert keeping.keep.current().info(a_model("one")).context_length == 328


def test_without_a_table_nothing_else_is_lost() -> None:
    keeping = Keeping(a_config("one"), table=FakeTable(fails=True))
    keeping.keep.load()

    keeping.keep.load_table()

    assert keeping.keep.warnings() == ("there is no price table: no module of that name",)


def test_what_does_not_work_with_the_file_is_told() -> None:
    keeping = Keeping(a_config("one"))
    keeping.keep.load()
    keeping.store.problem = "it cannot be written"

    assert keeping.keep.warnings() == ("it cannot be written",)


# -- what is logged


async def test_a_model_that_is_out_is_logged_once_and_again_when_it_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keeping = Keeping(a_config("one", "gone"))
    with logged(caplog) as lines:
        keeping.tells("lab/one")
        await keeping.keep.refresh()
        keeping.clock.advance(86_400)
        await keeping.keep.refresh()
        keeping.tells("lab/one", "lab/gone")
        await keeping.keep.refresh()

    assert lines == [
        f"{GONE}; live ones like it: lab/one",
        "model gone is there again",
    ]


async def test_a_provider_that_fails_is_logged_once_until_it_tells_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keeping = Keeping(a_config("one"))
    with logged(caplog) as lines:
        for pages in (failure(), failure(), [{"data": [{"id": "lab/one"}]}], failure()):
            keeping.providers["openrouter"].pages = pages
            await keeping.keep.refresh()

    assert lines == ["openrouter's models cannot be learnt: it failed"] * 2


# -- when it asks


async def test_it_asks_at_the_start_and_each_hour_in_the_background() -> None:
    keeping = Keeping(a_config("one"))
    keeping.tells("lab/one")

    keeping.keep.start()
    await keeping.asleep()
    assert keeping.providers["openrouter"].listed == 1
    await keeping.asleep(3599)
    assert keeping.providers["openrouter"].listed == 1
    keeping.clock.advance(1)
    await keeping.clock.until_nap(2)
    await keeping.keep.close()

    assert keeping.providers["openrouter"].listed == 2


async def test_the_pause_is_a_tenth_longer_or_shorter_by_chance() -> None:
    chances = iter([0.0, 1.0])
    keeping = Keeping(a_config("one"), random=lambda: next(chances))
    keeping.tells("lab/one")

    keeping.keep.start()
    await keeping.asleep()
    keeping.clock.advance(3600)
    await keeping.clock.until_nap(2)
    await keeping.keep.close()

    assert keeping.clock.naps == pytest.approx([3240, 3960])


async def test_after_failures_it_asks_sooner_and_less_and_less_often() -> None:
    keeping = Keeping(a_config("one"))
    keeping.providers["openrouter"].pages = failure()

    keeping.keep.start()
    for naps in range(1, 10):
        await keeping.clock.until_nap(naps)
        if naps == 9:
            keeping.tells("lab/one")
        keeping.clock.advance(keeping.clock.naps[-1])
    await keeping.clock.until_nap(10)
    await keeping.keep.close()

    assert keeping.clock.naps == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


async def test_a_provider_that_fails_does_not_have_the_others_asked_more_often() -> None:
    keeping = Keeping(a_config("one", local=True))
    keeping.tells("lab/one")
    keeping.providers["local"].pages = failure()

    keeping.keep.start()
    await keeping.clock.until_nap(1)
    keeping.clock.advance(30)
    await keeping.clock.until_nap(2)
    await keeping.keep.close()

    asked = {name: provider.listed for name, provider in keeping.providers.items()}
    assert asked == {"openrouter": 1, "local": 2}


async def test_what_nobody_has_thought_of_does_not_end_the_asking(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keeping = Keeping(a_config("one"))
    keeping.providers["openrouter"].pages = RuntimeError("odd")

    with logged(caplog) as lines:
        keeping.keep.start()
        await keeping.clock.until_nap(1)
        keeping.tells("lab/one")
        keeping.clock.advance(30)
        await keeping.clock.until_nap(2)
        await keeping.keep.close()

    assert lines == ["openrouter's models cannot be learnt: it failed unexpectedly (RuntimeError)"]
    assert list(keeping.keep.current().listings) == ["openrouter"]


async def test_the_price_table_is_read_in_the_background() -> None:
    keeping = Keeping(a_config("one"))
    keeping.tells("lab/one")

    keeping.keep.start()
    while keeping.keep.current().info(a_model("one")) == ModelInfo():  # noqa: ASYNC110  # a thread
        await asyncio.sleep(0)
    await keeping.keep.close()

"""The use case that keeps the catalogue: how long a start waits for it, and its end."""

from __future__ import annotations

from datetime import timedelta

from tests.app.keeping import Keeping, a_config, on_disk
from tests.app.rig import model as a_model
from tests.decide.model_entries import a_listing
from tests.fakes.clock import START


async def test_a_start_without_a_fresh_copy_waits_for_the_first_refresh() -> None:
    old = a_listing("lab/one", told_at=START - timedelta(hours=25))
    keeping = Keeping(a_config("one", "gone"), kept=on_disk(old))
    keeping.tells("lab/one")
    keeping.keep.load()

    keeping.keep.start()
    await keeping.keep.settle(30)

    assert keeping.keep.current().absence(a_model("gone"), START) is not None
    await keeping.keep.close()


async def test_a_start_with_a_fresh_copy_waits_for_nothing() -> None:
    keeping = Keeping(a_config("one"), kept=on_disk(a_listing("lab/one", told_at=START)))
    keeping.keep.load()

    await keeping.keep.settle(30)  # nothing was started that could end the waiting


async def test_a_start_waits_no_longer_than_it_is_told_to() -> None:
    keeping = Keeping(a_config("one"))
    keeping.keep.load()

    await keeping.keep.settle(0.01)

    assert keeping.keep.current().listings == {}


async def test_closing_what_was_not_started_is_nothing() -> None:
    await Keeping(a_config("one")).keep.close()

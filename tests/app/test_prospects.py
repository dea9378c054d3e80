"""What is known of the models at a moment, and for how long that is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from router_core.app.prospects import Prospects
from router_core.decide.catalogue import Catalogue
from router_core.decide.config import ModelSettings
from router_core.decide.failures import Failure, FailureClass
from router_core.decide.health import Health, Leave, Standing
from router_core.decide.model_info import ModelInfo
from tests.app.rig import FixedCatalogue, config, model
from tests.decide.model_entries import of
from tests.fakes.clock import START, FakeClock

DAY_S = 24 * 3600.0


def test_another_catalogue_is_taken_up_at_once() -> None:
    catalogue = FixedCatalogue(Catalogue(overrides={"one": ModelInfo(context_length=1)}))
    prospects = Prospects(catalogue, Health(), FakeClock())
    assert prospects.info_of(model("one")).context_length == 1
    catalogue.catalogue = Catalogue(overrides={"one": ModelInfo(context_length=2)})
    assert prospects.info_of(model("one")).context_length == 2


def test_the_day_after_its_last_one_a_model_is_absent() -> None:
    catalogue = of({"lab/one": ModelInfo(expires=date(2026, 11, 23))}, told_at=START)
    clock = FakeClock()
    prospects = Prospects(FixedCatalogue(catalogue), Health(), clock)
    assert prospects.of(model("one")).absence is None
    clock.advance(DAY_S)
    absence = prospects.of(model("one")).absence
    assert absence is not None
    assert "expired" in absence


def test_how_a_model_fares_is_always_of_now() -> None:
    health, clock = Health(), FakeClock()
    prospects = Prospects(FixedCatalogue(Catalogue()), health, clock)
    assert prospects.of(model("one")).is_well
    leave = health.admit(model("one"), clock.monotonic(), lease_s=1.0)
    assert isinstance(leave, Leave)
    failure = Failure(failure_class=FailureClass.RATE_LIMITED, message="no")
    health.failed(leave, failure, clock.monotonic())
    assert prospects.of(model("one")).health.standing is Standing.BENCHED
    clock.advance(15.0)
    assert prospects.of(model("one")).is_well


def test_under_another_config_its_word_counts_and_all_else_is_as_now() -> None:
    listed = of({"lab/one": ModelInfo(context_length=1, max_output_tokens=2)}, told_at=START)
    overrides = {"one": ModelInfo(context_length=3)}
    catalogue = replace(listed, overrides=overrides)
    health, clock = Health(), FakeClock()
    prospects = Prospects(FixedCatalogue(catalogue), health, clock)
    settings = {"one": ModelSettings(info=ModelInfo(max_output_tokens=9))}
    outlook = prospects.under(config(model("one"), model_settings=settings))
    assert outlook(model("one")).info == ModelInfo(context_length=1, max_output_tokens=9)
    assert prospects.info_of(model("one")).context_length == 3
    leave = health.admit(model("one"), clock.monotonic(), lease_s=1.0)
    assert isinstance(leave, Leave)
    failure = Failure(failure_class=FailureClass.RATE_LIMITED, message="no")
    health.failed(leave, failure, clock.monotonic())
    assert not prospects.under(config(model("one")))(model("one")).is_well

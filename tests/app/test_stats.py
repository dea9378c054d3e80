"""What is told of the models, and letting one back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from router_core.app.prospects import Prospects
from router_core.app.stats import Stats
from router_core.decide.catalogue import Catalogue
from router_core.decide.config import ModelRef
from router_core.decide.failures import Failure, FailureClass
from router_core.decide.health import Health, Leave, Standing
from router_core.errors import ModelNotFound
from tests.app.rig import FixedCatalogue, FixedConfig, ListLedger, config, model
from tests.decide.model_entries import a_listing
from tests.fakes.clock import START, FakeClock


class Told:
    """Statistics over models whose health a test makes."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self.clock = FakeClock()
        self.health = Health()
        self.catalogue = FixedCatalogue(catalogue or Catalogue())
        ledger: Any = ListLedger()
        self.stats = Stats(
            ledger=ledger,
            prospects=Prospects(self.catalogue, self.health, self.clock),
            config=FixedConfig(config()),
            clock=self.clock,
            demo=False,
            warnings=lambda: ("as always",),
        )

    def fail(self, failure_class: FailureClass, of: ModelRef) -> None:
        now = self.clock.monotonic()
        leave = self.health.admit(of, now, lease_s=1.0)
        assert isinstance(leave, Leave)
        self.health.failed(leave, Failure(failure_class=failure_class, message="no"), now)

    def standings(self) -> dict[str, Standing]:
        return {state.model.name: state.health.standing for state in self.stats.models()}


def test_every_model_of_the_config_is_told() -> None:
    told = Told()
    told.fail(FailureClass.RATE_LIMITED, model("two"))
    assert told.standings() == {
        "one": Standing.CLOSED,
        "three": Standing.CLOSED,
        "two": Standing.BENCHED,
    }


def test_when_a_model_is_back_is_told_as_a_time_of_day() -> None:
    told = Told()
    told.clock.advance(100.0)
    told.fail(FailureClass.RATE_LIMITED, model("two"))
    told.clock.advance(5.0)
    states = {state.model.name: state for state in told.stats.models()}
    assert states["two"].back_at == START + timedelta(seconds=115)
    assert states["one"].back_at is None


def test_a_model_that_the_catalogue_lacks_is_out() -> None:
    listing = a_listing("lab/one", "lab/two", told_at=START)
    told = Told(Catalogue(listings={"openrouter": listing}))
    assert told.standings()["three"] is Standing.OUT
    state = next(state for state in told.stats.models() if state.model.name == "three")
    assert "not in openrouter's catalogue" in state.health.why


@pytest.mark.parametrize("name", ["two", "lab/two"])
def test_a_model_is_let_back_by_its_alias_or_its_id(name: str) -> None:
    told = Told()
    told.fail(FailureClass.RATE_LIMITED, model("two"))
    assert told.stats.reset_model(name).health.standing is Standing.CLOSED
    assert told.standings()["two"] is Standing.CLOSED


def test_what_is_no_model_cannot_be_let_back() -> None:
    with pytest.raises(ModelNotFound, match="nonsense"):
        Told().stats.reset_model("nonsense")


def test_a_provider_that_refuses_us_is_a_warning_as_long_as_it_does() -> None:
    told = Told()
    assert told.stats.server_info().warnings == ("as always",)
    told.fail(FailureClass.NO_ACCESS, model("one"))
    assert told.stats.server_info().warnings == (
        "provider openrouter refuses us, so its models are out: no",
        "as always",
    )
    told.stats.reset_model("one")
    assert told.stats.server_info().warnings == ("as always",)


def test_a_model_that_its_provider_says_is_gone_is_a_warning() -> None:
    told = Told()
    told.fail(FailureClass.MODEL_GONE, model("two"))
    assert told.stats.server_info().warnings == (
        "model two (lab/two) is out: gone: no",
        "as always",
    )

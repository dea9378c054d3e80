"""How the models fare, by examples."""

from __future__ import annotations

import pytest

from router_core.decide.config import ModelRef
from router_core.decide.failures import EFFECTS, Failure, FailureClass, Mark
from router_core.decide.health import (
    BENCH_S,
    LONGEST_BENCH_S,
    MOST_MODELS,
    PROVIDER_OUT_S,
    Change,
    Health,
    Leave,
    Refusal,
    Standing,
)

OPEN_S = 300.0


def model(name: str = "a", provider: str = "p") -> ModelRef:
    return ModelRef(name=name, id=f"lab/{name}", provider=provider)


def failure(
    failure_class: FailureClass = FailureClass.SERVER_ERROR, retry_after_s: float | None = None
) -> Failure:
    return Failure(failure_class=failure_class, message="it said no", retry_after_s=retry_after_s)


def leave(health: Health, now: float = 0.0, of: ModelRef | None = None) -> Leave:
    given = health.admit(of or model(), now, lease_s=60.0)
    assert isinstance(given, Leave)
    return given


def fail(health: Health, times: int = 1, now: float = 0.0, of: ModelRef | None = None) -> None:
    for _ in range(times):
        health.failed(leave(health, now, of), failure(), now)


def standing(health: Health, now: float = 0.0, of: ModelRef | None = None) -> Standing:
    return health.of(of or model(), now).standing


def refused(health: Health, now: float = 0.0, of: ModelRef | None = None) -> Refusal:
    given = health.admit(of or model(), now, lease_s=60.0)
    assert isinstance(given, Refusal)
    return given


def test_nothing_is_known_at_the_start() -> None:
    assert standing(Health()) is Standing.CLOSED


def test_three_counted_failures_in_a_row_open_it() -> None:
    health = Health()
    changes = [health.failed(leave(health), failure(), 10.0) for _ in range(3)]
    assert changes == [None, None, Change.OPENED]
    told = health.of(model(), 10.0)
    assert (told.standing, told.consecutive_failures) == (Standing.OPEN, 3)
    assert told.back_at == 10.0 + OPEN_S
    assert "3 times" in told.why
    assert refused(health, 10.0).health == told


def test_an_answer_resets_the_count() -> None:
    health = Health()
    fail(health, 2)
    health.answered(leave(health))
    fail(health, 2)
    assert standing(health) is Standing.CLOSED


@pytest.mark.parametrize(
    "failure_class", [each for each in FailureClass if EFFECTS[each].mark is not Mark.COUNTS]
)
def test_what_is_not_the_models_fault_never_opens_it(failure_class: FailureClass) -> None:
    health, now = Health(), 0.0
    for _ in range(10):
        health.failed(leave(health, now), failure(failure_class), now)
        health.listed("p", {"lab/a"})
        now += 1000.0
    assert health.of(model(), now).consecutive_failures == 0
    assert standing(health, now) in (Standing.CLOSED, Standing.OUT, Standing.HALF_OPEN)
    assert health.would_admit(model(), now)


def test_of_a_thousand_that_wait_one_is_the_probe() -> None:
    health = Health()
    fail(health, 3)
    given = [health.admit(model(), OPEN_S, lease_s=60.0) for _ in range(1000)]
    assert sum(isinstance(each, Leave) for each in given) == 1
    assert standing(health, OPEN_S) is Standing.HALF_OPEN
    assert refused(health, OPEN_S).health.back_at is None


def test_a_probe_whose_caller_left_gives_its_place_back() -> None:
    health = Health()
    fail(health, 3)
    health.released(leave(health, OPEN_S))
    leave(health, OPEN_S)


def test_a_probe_may_take_as_long_as_its_call() -> None:
    health = Health()
    fail(health, 3)
    assert isinstance(health.admit(model(), OPEN_S, lease_s=900.0), Leave)
    refused(health, OPEN_S + 899.0)
    leave(health, OPEN_S + 900.0)


def test_what_an_older_state_tells_changes_nothing() -> None:
    health = Health()
    late = [leave(health) for _ in range(4)]
    fail(health, 3)
    health.answered(late[0])
    assert health.failed(late[1], failure(), 5.0) is None
    assert health.failed(late[2], failure(FailureClass.RATE_LIMITED), 5.0) is None
    assert health.failed(late[3], failure(FailureClass.MODEL_GONE), 5.0) is None
    told = health.of(model(), 5.0)
    assert (told.standing, told.back_at) == (Standing.OPEN, OPEN_S)


@pytest.mark.parametrize(
    ("asked", "rests"), [(None, BENCH_S), (2.5, 2.5), (0.0, 0.0), (9999.0, LONGEST_BENCH_S)]
)
def test_a_rate_limited_model_rests_as_long_as_it_asks(asked: float | None, rests: float) -> None:
    health = Health()
    health.failed(leave(health), failure(FailureClass.RATE_LIMITED, asked), 100.0)
    if rests:
        told = refused(health, 100.0 + rests - 0.1).health
        assert (told.standing, told.back_at) == (Standing.BENCHED, 100.0 + rests)
    leave(health, 100.0 + rests)


def test_a_rest_may_be_passed_over_by_who_brought_it_and_stands_for_all_others() -> None:
    health = Health()
    health.failed(leave(health), failure(FailureClass.RATE_LIMITED), 0.0)
    until = health.of(model(), 0.0).back_at
    given = health.admit(model(), 0.1, lease_s=1.0, despite_bench_until=until)
    assert isinstance(given, Leave)
    refused(health, 0.1)
    health.failed(given, failure(FailureClass.RATE_LIMITED, 60.0), 1.0)
    again = health.admit(model(), 2.0, lease_s=1.0, despite_bench_until=until)
    assert isinstance(again, Refusal), "it is another rest by now"


def test_a_shorter_rest_does_not_end_a_longer_one() -> None:
    health = Health()
    early = leave(health)
    health.failed(leave(health), failure(FailureClass.RATE_LIMITED, 120.0), 0.0)
    health.failed(early, failure(FailureClass.RATE_LIMITED), 0.0)
    assert health.of(model(), 0.0).back_at == 120.0


def test_a_bench_opens_no_breaker_and_hides_none() -> None:
    health = Health()
    early = leave(health)
    fail(health, 2)
    health.failed(early, failure(FailureClass.RATE_LIMITED, 60.0), 0.0)
    assert standing(health) is Standing.BENCHED
    assert health.of(model(), 0.0).consecutive_failures == 2


def test_a_model_that_is_gone_stays_out_until_the_catalogue_lists_it() -> None:
    health = Health()
    change = health.failed(leave(health), failure(FailureClass.MODEL_GONE), 0.0)
    assert change is Change.GONE
    told = refused(health, 1e6).health
    assert (told.standing, told.back_at) == (Standing.OUT, None)
    assert "it said no" in told.why
    health.listed("p", {"lab/b"})
    health.listed("q", {"lab/a"})
    refused(health, 1e6)
    health.listed("p", {"lab/a"})
    leave(health, 1e6)


def test_a_model_that_is_gone_is_asked_again_where_a_caller_insists() -> None:
    health = Health()
    health.failed(leave(health), failure(FailureClass.MODEL_GONE), 0.0)
    insisting = health.admit(model(), 0.0, lease_s=1.0, despite_absence=True)
    assert isinstance(insisting, Leave)
    refused(health)
    health.answered(insisting)
    leave(health)


def test_a_refused_key_takes_all_models_of_the_provider_out() -> None:
    health = Health()
    change = health.failed(leave(health), failure(FailureClass.NO_ACCESS), 50.0)
    assert change is Change.PROVIDER_OUT
    told = refused(health, 51.0, model("b")).health
    assert (told.standing, told.back_at) == (Standing.OUT, 50.0 + PROVIDER_OUT_S)
    assert "p refuses us: it said no" in told.why
    leave(health, 51.0, model("c", provider="q"))
    assert health.providers_out(51.0) == {"p": "it said no"}


def test_a_late_refusal_of_the_key_is_no_news() -> None:
    health = Health()
    late = leave(health)
    health.failed(leave(health), failure(FailureClass.NO_ACCESS), 0.0)
    assert health.failed(late, failure(FailureClass.NO_ACCESS), 200.0) is None
    assert health.of(model(), 200.0).back_at == PROVIDER_OUT_S


def test_a_provider_that_is_out_is_probed_by_one_call() -> None:
    health = Health()
    health.failed(leave(health), failure(FailureClass.NO_ACCESS), 0.0)
    probe = leave(health, PROVIDER_OUT_S, model("b"))
    refused(health, PROVIDER_OUT_S, model("a"))
    health.answered(probe)
    leave(health, PROVIDER_OUT_S, model("a"))
    assert health.providers_out(PROVIDER_OUT_S) == {}


@pytest.mark.parametrize(
    ("failure_class", "back"),
    [
        (FailureClass.NO_ACCESS, False),
        (FailureClass.REJECTED, True),
        (FailureClass.RATE_LIMITED, True),
    ],
)
def test_what_a_probe_of_a_provider_tells(failure_class: FailureClass, back: bool) -> None:
    health = Health()
    health.failed(leave(health), failure(FailureClass.NO_ACCESS), 0.0)
    health.failed(leave(health, PROVIDER_OUT_S), failure(failure_class), PROVIDER_OUT_S)
    assert health.would_admit(model("b"), PROVIDER_OUT_S) is back


def test_a_probe_of_a_provider_that_fails_otherwise_lets_the_next_one_try() -> None:
    health = Health()
    health.failed(leave(health), failure(FailureClass.NO_ACCESS), 0.0)
    health.failed(leave(health, PROVIDER_OUT_S), failure(), PROVIDER_OUT_S)
    leave(health, PROVIDER_OUT_S, model("b"))
    refused(health, PROVIDER_OUT_S, model("c"))


def test_a_model_is_the_same_under_each_of_its_names() -> None:
    health = Health()
    fail(health, 3)
    renamed = ModelRef(name="other", id="lab/a", provider="p")
    refused(health, 0.0, renamed)
    leave(health, 0.0, model("a", provider="q"))


@pytest.mark.parametrize(
    "failure_class",
    [FailureClass.RATE_LIMITED, FailureClass.MODEL_GONE, FailureClass.NO_ACCESS],
)
def test_an_operator_lets_a_model_back(failure_class: FailureClass) -> None:
    health = Health()
    health.failed(leave(health), failure(failure_class), 0.0)
    refused(health)
    health.reset(model())
    assert standing(health) is Standing.CLOSED
    leave(health)


def test_an_operator_closes_a_breaker() -> None:
    health = Health()
    fail(health, 3)
    health.reset(model())
    assert health.of(model(), 0.0).consecutive_failures == 0
    leave(health)


def test_names_without_end_do_not_push_out_what_is_known_of_a_failing_model() -> None:
    health = Health()
    fail(health, 3)
    for number in range(MOST_MODELS + 10):
        junk = model(f"junk-{number}")
        health.failed(leave(health, 0.0, junk), failure(FailureClass.MODEL_GONE), 0.0)
    assert standing(health) is Standing.OPEN
    assert len(health._models) <= MOST_MODELS


def test_another_config_gives_its_new_models_and_all_providers_another_chance() -> None:
    health = Health()
    fail(health, 3)
    fail(health, 3, of=model("b"))
    health.failed(leave(health, of=model("c", "q")), failure(FailureClass.NO_ACCESS), 0.0)
    assert standing(health, of=model("c", "q")) is Standing.OUT

    health.reconfigured([model("b")])

    assert standing(health) is Standing.OPEN
    assert standing(health, of=model("b")) is Standing.CLOSED
    assert standing(health, of=model("c", "q")) is Standing.CLOSED


def test_what_was_known_of_models_at_another_address_is_forgotten() -> None:
    health = Health()
    there, elsewhere = model("a", "q"), model("a")
    for each in (there, elsewhere):
        fail(health, 3, of=each)
        health.failed(leave(health, 400.0, each), failure(FailureClass.MODEL_GONE), 400.0)
    health.reconfigured([], {"q"})

    assert standing(health, 400.0, of=there) is Standing.CLOSED
    assert standing(health, 400.0, of=elsewhere) is Standing.OUT

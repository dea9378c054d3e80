"""Traces for the tests of what routers are judged by."""

from __future__ import annotations

from hypothesis import strategies as st

from router_core.decide.evaluation import Outcome, Trial


def outcome(quality: float, cost_usd: float) -> Outcome:
    return Outcome(quality=quality, cost_usd=cost_usd, latency_ms=1_000.0)


def trial(prompt_tokens: int = 10, **outcomes: tuple[float, float]) -> Trial:
    """A request, with each model's quality and cost."""
    return Trial(
        prompt_tokens=prompt_tokens,
        outcomes={name: outcome(*each) for name, each in outcomes.items()},
    )


qualities = st.integers(0, 100).map(lambda percent: percent / 100)
costs = st.integers(0, 1_000).map(lambda cents: cents / 100)
trials = st.builds(
    Trial,
    prompt_tokens=st.integers(0, 50),
    outcomes=st.dictionaries(st.sampled_from("abcd"), st.builds(outcome, qualities, costs)),
)
tables = st.lists(trials, max_size=12)

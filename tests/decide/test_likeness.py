"""Whether a name that stands for nothing was meant as one that does."""

from __future__ import annotations

import pytest

from router_core.decide.likeness import did_you_mean

KNOWN = ("glm-5", "gpt-4o-mini", "kimi-k2.5")


@pytest.mark.parametrize("word", ["glm5", "GLM-5", "glm-4", "Glm_5", "GLM 5"])
def test_a_name_that_is_almost_right(word: str) -> None:
    assert did_you_mean(word, KNOWN) == "; did you mean 'glm-5'?"


def test_capitals_of_what_is_known_are_kept() -> None:
    assert did_you_mean("LAB_key", ["LAB_KEY", "OTHER"]) == "; did you mean 'LAB_KEY'?"
    assert did_you_mean("a", ["A", "a"]) == "; did you mean 'A'?"


@pytest.mark.parametrize("word", ["", "claude", "x" * 1_000_000])
def test_a_name_that_is_like_none(word: str) -> None:
    assert did_you_mean(word, KNOWN) == ""
    assert did_you_mean(word, ()) == ""

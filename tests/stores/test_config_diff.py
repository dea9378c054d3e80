"""What changed between two configs, in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.stores.config_diff import changes

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()))
OBJECTS = st.recursive(
    st.dictionaries(st.text(max_size=3), LEAVES, max_size=4),
    lambda inner: st.dictionaries(st.text(max_size=3), st.one_of(LEAVES, inner), max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ({"mode": "api"}, {"mode": "keywords"}, "mode: api -> keywords"),
        ({"last_resort": None}, {"last_resort": "glm-5"}, "last_resort: none -> glm-5"),
        ({"c": {}}, {"c": {"poetry": {"models": []}}}, "c.poetry: added"),
        ({"c": {"poetry": {}}}, {"c": {}}, "c.poetry: removed"),
        ({"max_concurrent": 3}, {}, "max_concurrent: removed"),
        ({}, {"max_concurrent": 3}, "max_concurrent: 3"),
        ({"models": ["a", "b"]}, {"models": ["b", "a"]}, "models: a, b -> b, a"),
        ({"keywords": ["a", "b"]}, {"keywords": ["b", "c"]}, "keywords: +c, -a"),
        ({"keywords": ["a", "b"]}, {"keywords": ["b", "a"]}, "keywords: in another order"),
        (
            {"keywords": []},
            {"keywords": list("abcdefg")},
            "keywords: +a, +b, +c, +d, +e and 2 more",
        ),
        ({"keywords": list("abcde")}, {"keywords": []}, "keywords: -a, -b, -c, -d, -e"),
        ({"models": ["a"]}, {"models": list("abcde")}, "models: a -> a, b, c, d, e"),
        ({"p": {"a": 1, "b": 2}}, {"p": {"b": 2, "a": 1}}, "p: in another order"),
        ({"description": "private"}, {"description": "words"}, "description: changed"),
        ({"examples": ["private"]}, {"examples": []}, "examples: changed"),
        ({"mode": "a"}, {"mode": "x" * 60}, f"mode: a -> {'x' * 60}"),
        ({"mode": "a"}, {"mode": "x" * 99}, f"mode: a -> {'x' * 60}..."),
    ],
)
def test_a_change_is_one_line(before: Any, after: Any, line: str) -> None:
    assert changes(before, after) == (line,)


@given(OBJECTS)
def test_nothing_is_told_of_the_same(value: dict[str, Any]) -> None:
    assert changes(value, value) == ()


@given(OBJECTS, OBJECTS)
def test_something_is_told_of_what_differs(one: dict[str, Any], other: dict[str, Any]) -> None:
    told = changes(one, other)

    assert bool(told) or one == other
    assert all(line.strip() for line in told)

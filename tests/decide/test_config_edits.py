"""Edits of the config's document: set one key, leave the rest as it was written."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.config_edits import LEFT_OUT, Edits, edited

KEYS = st.sampled_from("abc")
PATHS = st.lists(KEYS, min_size=1, max_size=3).map(tuple)
VALUES = st.one_of(st.integers(), st.text(max_size=3), st.just([1]))
DOCUMENTS = st.dictionaries(
    KEYS, st.dictionaries(KEYS, st.dictionaries(KEYS, st.integers()), max_size=2), max_size=3
)


def found(document: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path; ``LEFT_OUT``: nothing."""
    for key in path:
        if not isinstance(document, dict) or key not in document:
            return LEFT_OUT
        document = document[key]
    return document


def test_a_key_is_set_beside_the_others() -> None:
    document = {"mode": "api", "categories": {"code": {"models": ["a"]}}}
    made = edited(document, {("categories", "poetry", "models"): ["b"], ("mode",): "keywords"})

    assert made == {
        "mode": "keywords",
        "categories": {"code": {"models": ["a"]}, "poetry": {"models": ["b"]}},
    }
    assert document == {"mode": "api", "categories": {"code": {"models": ["a"]}}}


def test_the_keys_stay_in_their_order() -> None:
    made = edited({"b": 1, "a": 2}, {("b",): 3, ("c",): 4})

    assert list(made.items()) == [("b", 3), ("a", 2), ("c", 4)]


def test_what_is_left_out_needs_no_place() -> None:
    assert edited({"a": 1}, {("b", "c"): LEFT_OUT, ("d",): LEFT_OUT}) == {"a": 1}


def test_what_is_left_out_further_down_leaves_the_rest_there() -> None:
    document = {"deadlines": {"idle_s": 1, "total_s": 2}}

    assert edited(document, {("deadlines", "idle_s"): LEFT_OUT}) == {"deadlines": {"total_s": 2}}


@given(DOCUMENTS, PATHS.filter(lambda path: len(path) == 3), st.one_of(VALUES, st.just(LEFT_OUT)))
def test_one_edit_changes_one_place(
    document: dict[str, Any], path: tuple[str, ...], value: Any
) -> None:
    edits: Edits = {path: value}
    made = edited(document, edits)

    assert found(made, path) == value
    for other in ((a, b, c) for a in "abc" for b in "abc" for c in "abc"):
        if other != path:
            assert found(made, other) == found(document, other)
    assert edited(made, edits) == made

"""JSON values for the codec's tests, and equality that tells their types apart."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["exact", "integers", "json_values", "texts"]

texts = st.text(st.characters(codec="utf-8"), max_size=12)
"""Strings of whole characters: any but the surrogates."""

integers = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.sampled_from([0, 1, -(2**63), 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1]),
)
"""Every integer that has one meaning, often one at an edge."""

_floats = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1.0, 2.0**53, 2.0**63, -(2.0**63), 2.0**64, 1e300, 5e-324]),
)

scalars = st.one_of(st.none(), st.booleans(), integers, _floats, texts)


def json_values(
    keys: st.SearchStrategy[str] = texts, *, max_leaves: int = 12
) -> st.SearchStrategy[Any]:
    """Any JSON value within the codec's limits; objects' keys are drawn from ``keys``."""
    return st.recursive(
        scalars,
        lambda children: st.one_of(
            st.lists(children, max_size=4), st.dictionaries(keys, children, max_size=4)
        ),
        max_leaves=max_leaves,
    )


def exact(value: Any) -> Any:
    """A form of ``value`` that is equal only to the same value of the same types.

    Python holds that 1 == 1.0 == True and 0.0 == -0.0; JSON readers do not.
    """
    if isinstance(value, dict):
        return {key: exact(child) for key, child in value.items()}
    if isinstance(value, list):
        return [exact(child) for child in value]
    return type(value).__name__, repr(value)

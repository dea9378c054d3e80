"""Sessions as text."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.session import MOST_CACHES, Cache, Session
from router_core.stores.session_text import SessionReader, render

TEXTS = st.text(max_size=9).filter(lambda text: text.isprintable())
MODELS = st.tuples(TEXTS, TEXTS)
INTS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SESSIONS = st.builds(
    Session,
    thread=TEXTS,
    category=TEXTS,
    model=MODELS,
    used_at=FLOATS,
    answers=INTS,
    foreign=INTS,
    preamble=INTS,
    caches=st.lists(
        st.builds(Cache, model=MODELS, tokens=INTS, at=FLOATS), max_size=MOST_CACHES
    ).map(tuple),
)


@given(SESSIONS)
def test_a_session_is_read_as_it_was_written(session: Session) -> None:
    assert SessionReader().read(render(session).encode()) == session


JSON = st.recursive(
    st.none() | st.booleans() | INTS | FLOATS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.text(max_size=3), inner),
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_read_is_a_session_or_nothing(text: bytes) -> None:
    assert SessionReader().read(text) is None

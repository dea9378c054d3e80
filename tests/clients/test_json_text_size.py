"""Texts that would only stall their reader are refused before they do."""

from __future__ import annotations

import pytest

from llm_router.json_text import MAX_VALUES, JsonTextError, loads


@pytest.mark.parametrize("member", ["1", "[]", '{"a":1}'])
def test_a_text_with_too_many_members_is_refused(member: str) -> None:
    with pytest.raises(JsonTextError, match="members"):
        loads(f"[{','.join([member] * (MAX_VALUES + 1))}]")


def test_as_many_members_as_there_may_be_are_read() -> None:
    assert len(loads(f"[{','.join(['1'] * MAX_VALUES)}]")) == MAX_VALUES


def test_in_a_large_text_the_place_of_an_error_is_not_looked_for() -> None:
    with pytest.raises(JsonTextError) as raised:
        loads("[" + "1," * 3_000_000 + "1e400]")
    assert raised.value.path == ""

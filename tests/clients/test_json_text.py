from __future__ import annotations

import importlib.util
import json
import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llm_router import json_text
from llm_router.json_text import JsonTextError, dumps, dumps_bytes, loads
from tests.clients.json_values import exact, json_values


@pytest.fixture(scope="module")
def plain() -> ModuleType:
    """`json_text` as it is where orjson is not installed."""
    spec = importlib.util.find_spec("llm_router.json_text")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as environment:
        environment.setitem(sys.modules, "orjson", None)
        spec.loader.exec_module(module)
    assert module.orjson is None
    return module


def outcome(module: ModuleType, text: bytes | str) -> Any:
    """What the module's `loads` makes of the text: a value, or the refusal's path and problem."""
    try:
        return exact(module.loads(text))
    except module.JsonTextError as error:
        return f"refused: {error.path!r}, {error.problem!r}"


def refusal(text: bytes | str) -> JsonTextError:
    with pytest.raises(JsonTextError) as caught:
        loads(text)
    return caught.value


def nested(depth: int, inner: str = "") -> str:
    return "[" * depth + inner + "]" * depth


texts_of_values = st.builds(
    json.dumps,
    json_values(),
    ensure_ascii=st.booleans(),
    indent=st.sampled_from([None, 1]),
)

punctuation = [*'{}[]:,"\\ \t\n0-.e', "\x00", "\ufeff", '"a":', "'a'"]
words = ["null", "true", "NaN", "-Infinity", '"a"', "9" * 400, f"{2**64}.5"]
numbers = ["1", "1.0", "-0", "01", "1.", "1E+2", "1e400", "-1e400", "1e-400"]
edges = [str(edge) for edge in (2**64 - 1, 2**64, -(2**63), -(2**63) - 1)]
surrogates = [r'"\ud800"', r'"\ud83d\ude00"', r'"\ude00\ud83d"', r'{"\udfff":1e999}']
fragments = st.sampled_from([*punctuation, *words, *numbers, *edges, *surrogates])
near_json = st.lists(fragments, max_size=8).map("".join)


class TestBothParsers:
    @given(texts_of_values)
    def test_agree_with_the_standard_library_on_every_value(
        self, plain: ModuleType, text: str
    ) -> None:
        expected = exact(json.loads(text))
        assert outcome(json_text, text) == expected
        assert outcome(json_text, text.encode()) == expected
        assert outcome(plain, text) == expected

    @given(near_json)
    @example(r'{"\ud800": ' + nested(101) + "}")
    @example('{"a": 1e400, "a": 1}')
    @example(nested(5_000))
    @example(nested(100_000))
    def test_agree_on_what_they_refuse(self, plain: ModuleType, text: str) -> None:
        assert outcome(json_text, text) == outcome(plain, text)
        assert outcome(json_text, text.encode()) == outcome(plain, text.encode())

    @given(st.one_of(st.binary(max_size=12), st.binary(max_size=4).map(lambda b: b'"' + b + b'"')))
    @example(b'"\xed\xa0\x80"')
    @example(b'\xef\xbb\xbf"a"')
    def test_agree_on_any_bytes(self, plain: ModuleType, raw: bytes) -> None:
        assert outcome(json_text, raw) == outcome(plain, raw)

    @given(st.text(max_size=4).map(lambda inner: f'"{inner}"'))
    @example('"\ud800"')
    def test_agree_on_strings_that_are_no_unicode(self, plain: ModuleType, text: str) -> None:
        assert outcome(json_text, text) == outcome(plain, text)

    @given(json_values())
    def test_read_what_the_other_wrote(self, plain: ModuleType, value: Any) -> None:
        assert exact(plain.loads(dumps(value))) == exact(value)
        assert exact(loads(plain.dumps_bytes(value))) == exact(value)

    def test_refuse_to_write_what_is_no_json(self, plain: ModuleType) -> None:
        with pytest.raises(ValueError, match="JSON"):
            plain.dumps(float("nan"))


@given(json_values())
def test_writing_and_reading_is_the_identity(value: Any) -> None:
    assert exact(loads(dumps(value))) == exact(value)
    assert exact(loads(dumps_bytes(value))) == exact(value)


@pytest.mark.parametrize("number", [2**64 - 1, 2**63, 2**53 + 1, -(2**63), 0])
def test_keeps_integers_within_the_limits_whole(number: int) -> None:
    assert exact(loads(f'{{"n": {number}}}')) == exact({"n": number})


@pytest.mark.parametrize("number", ["1.0", "-0.0", "1e3", str(2**64) + ".0", "1e19", "-1e300"])
def test_keeps_doubles_doubles(number: str) -> None:
    assert exact(loads(number)) == exact(float(number))


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (str(2**64), "integer out of range (-2^63 to 2^64-1)"),
        (str(-(2**63) - 1), "integer out of range (-2^63 to 2^64-1)"),
        ("9" * 5_000, "integer out of range (-2^63 to 2^64-1)"),
        ("1e400", "number too large for a double"),
        ("-1e400", "number too large for a double"),
        ("NaN", "NaN is not JSON"),
        ("-Infinity", "-Infinity is not JSON"),
    ],
)
def test_refuses_a_number_without_a_single_meaning_and_says_where(
    number: str, problem: str
) -> None:
    error = refusal(f'{{"messages": [{{}}, {{"content": [0, {number}]}}]}}')
    assert (error.path, error.problem) == ("messages[1].content[1]", problem)
    assert refusal(number).path == ""


def test_digits_in_a_string_are_no_number() -> None:
    assert loads(f'["{2**64}", "a {"9" * 40} b"]') == [str(2**64), f"a {'9' * 40} b"]


def test_refuses_half_a_surrogate_pair_in_a_string_and_in_a_key() -> None:
    error = refusal(r'{"user": ["\ud83d\ude00", "\ud83d"]}')
    assert (error.path, error.problem) == ("user[1]", "half a surrogate pair")
    error = refusal(r'{"user": {"\ude00": 1}}')
    assert (error.path, error.problem) == ("user", "half a surrogate pair in a key")


def test_nests_a_hundred_levels_and_no_more() -> None:
    assert loads(nested(100, "1")) == json.loads(nested(100, "1"))
    error = refusal('{"tools": ' + nested(100) + "}")
    assert error.problem == "nested more than 100 levels deep"
    assert error.path.startswith("tools[0][0]")


def test_counts_levels_not_brackets() -> None:
    wide = "[" + ",".join(["[[]]"] * 500) + "]"
    assert loads(wide) == [[[]]] * 500


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1} {}', "not JSON"),
        (b'"a\nb"', "not JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
    ],
)
def test_refuses_what_is_no_json(text: bytes, problem: str) -> None:
    error = refusal(text)
    assert error.problem.startswith(problem)
    assert error.path == ""


def test_a_refusal_never_repeats_the_text() -> None:
    assert "secret" not in str(refusal('{"a": "secret" "b"}'))


def test_a_refusal_can_be_encoded_whatever_the_keys_are() -> None:
    error = refusal(r'{"\ud800": ' + nested(101) + "}")
    assert str(error).encode().startswith(b"?[0][0]")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("last", ["1e400", nested(100)])
def test_refuses_in_good_time_where_keys_are_long_and_values_many(last: str) -> None:
    values = "[]," * 300_000
    error = refusal(f'{{"{"k" * 1_000_000}": [{values}{last}]}}')
    assert len(error.path) < 200


def test_an_error_can_be_seen_from_further_out() -> None:
    assert JsonTextError("bad", "a").under("b").path == "b.a"
    assert JsonTextError("bad", "[0]").under("b").path == "b[0]"
    assert str(JsonTextError("bad").under("b")) == "b: bad"

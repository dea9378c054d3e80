"""Reading a request's own limits: what they may be, and where they are wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_router.chat_json import from_json
from llm_router.v1 import chat_pb2
from llm_router.v1.complete_pb2 import CompleteRequest
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits
from router_core.errors import InvalidRequest
from router_core.grpc_edge.chat import read_chat
from router_core.grpc_edge.router_options import read_limits

HELLO = {"role": "user", "content": "hello"}

EVERY: dict[str, Any] = {
    "max_cost_usd": "0.02",
    "max_ttft_ms": 1500,
    "allowed_models": ["glm-5", "local:qwen3"],
    "excluded_models": ["moonshotai/kimi-k2.5"],
    "allowed_providers": ["openrouter"],
    "excluded_providers": ["local"],
    "data_policy": "deny",
}
READ = RequestLimits(
    max_cost_usd=Decimal("0.02"),
    max_ttft_ms=1500.0,
    allowed_models=(frozenset({"glm-5", "local:qwen3"}),),
    excluded_models=frozenset({"moonshotai/kimi-k2.5"}),
    allowed_providers=(frozenset({"openrouter"}),),
    excluded_providers=frozenset({"local"}),
    data_policy=DataPolicy.DENY,
)


def over_rest(options: Any) -> RequestLimits:
    body = {"messages": [HELLO], "router": options}
    return read_chat(CompleteRequest(chat=from_json(body, chat_pb2.ChatRequest))).limits


def test_json_and_typed_fields_say_the_same() -> None:
    assert over_rest(EVERY) == READ
    typed = chat_pb2.ChatRequest(router=chat_pb2.RouterOptions(**EVERY))
    typed.messages.add(role="user", text="hello")
    assert read_chat(CompleteRequest(chat=typed)).limits == READ


@pytest.mark.parametrize("key", EVERY)
def test_a_limit_alone_limits_nothing_else(key: str) -> None:
    told = read_limits({key: EVERY[key]})
    assert told == RequestLimits(**{key: getattr(READ, key)})
    assert told != NO_LIMITS


@pytest.mark.parametrize(
    "options",
    [
        None,
        {},
        dict.fromkeys(EVERY),
        {"allowed_models": [], "excluded_models": [], "data_policy": "allow"},
    ],
)
def test_what_limits_nothing_is_no_limit(options: Any) -> None:
    assert over_rest(options) is NO_LIMITS


@pytest.mark.parametrize(
    ("told", "usd"),
    [
        ("0", "0"),
        ("0.000000000000000001", "0.000000000000000001"),
        (0, "0"),
        (3, "3"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        ("1e-3", "0.001"),
        (10**6, "1000000"),
    ],
)
def test_money_is_taken_as_it_is_written(told: Any, usd: str) -> None:
    assert over_rest({"max_cost_usd": told}).max_cost_usd == Decimal(usd)


@pytest.mark.parametrize(("told", "ms"), [(1, 1.0), (0.5, 0.5), (2**63, 2.0**63)])
def test_a_wait_may_have_a_fraction(told: Any, ms: float) -> None:
    assert over_rest({"max_ttft_ms": told}).max_ttft_ms == ms


def wrong(path: str, *values: Any) -> list[Any]:
    return [pytest.param(path, value, id=f"{path}={value!r}") for value in values]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *wrong("router", [], "deny", 1, True),
        *wrong("router.max_cost_usd", -1, -0.01, "-1", "", "free", "NaN", "Infinity", 1000001),
        *wrong("router.max_cost_usd", "1_0", " 1", "１", "1e999999999", ".5", True, [], {}),
        *wrong("router.max_ttft_ms", 0, -1, 0.0, "1500", True, [1]),
        *wrong("router.allowed_models", "glm-5", {}, 1, True),
        *wrong("router.allowed_models[1]", ["glm-5", 1], ["glm-5", None]),
        *wrong("router.excluded_models", "glm-5"),
        *wrong("router.excluded_models[0]", [["glm-5"]]),
        *wrong("router.allowed_providers", "openrouter"),
        *wrong("router.excluded_providers[0]", [{}]),
        *wrong("router.data_policy", "DENY", "", "zdr", True, ["deny"]),
        *wrong("router.max_cost", "0.02", None),
        *wrong("router.extra_json", "{}"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(path: str, value: Any) -> None:
    key = path.partition(".")[2].partition("[")[0]
    with pytest.raises(InvalidRequest) as raised:
        over_rest({key: value} if key else value)
    assert raised.value.param == path


@pytest.mark.parametrize(
    ("value", "told"),
    [(-1, "-1"), (-0.5, "-0.5"), ("-1", "'-1'"), (True, "a boolean"), ([], "a list")],
)
def test_a_price_that_is_none_is_told(value: Any, told: str) -> None:
    with pytest.raises(InvalidRequest, match=f"must be USD, .*, not {told}$"):
        read_limits({"max_cost_usd": value})


@pytest.mark.parametrize("key", ["max_cost_usd", "max_ttft_ms"])
@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_no_limit_is_endless(key: str, value: float) -> None:
    with pytest.raises(InvalidRequest):
        read_limits({key: value})


def test_who_misspells_a_limit_is_told_which_there_are() -> None:
    with pytest.raises(InvalidRequest, match=r"no router\.max_price; .* max_cost_usd, max_ttft_ms"):
        read_limits({"max_price": 1})


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def read_or_why(options: Any) -> RequestLimits | InvalidRequest:
    try:
        return read_limits(options)
    except InvalidRequest as error:
        return error


@given(junk | st.dictionaries(st.sampled_from(sorted(EVERY)), junk))
def test_anything_is_read_or_refused_with_a_path_below_router(options: Any) -> None:
    told = read_or_why(options)
    if isinstance(told, InvalidRequest):
        assert told.param.startswith("router")
        assert len(told.message) < 400
    else:
        assert told.max_cost_usd is None or 0 <= told.max_cost_usd <= 10**6
        assert told.max_ttft_ms is None or told.max_ttft_ms > 0
        assert frozenset() not in (*told.allowed_models, *told.allowed_providers)

"""Moving a conversation, by the shapes that clients send."""

from __future__ import annotations

from typing import Any

import pytest

from router_core.decide.call_ids import is_mistral
from router_core.decide.call_pairs import INTERRUPTED, ORPHAN
from router_core.decide.config import ModelRef
from router_core.decide.foreign_reasoning import is_signed
from router_core.decide.portability import BRIDGE, portable
from tests.decide.openclaw_messages import CONTEXT
from tests.decide.transcripts import GLM, MISTRAL, SIGNED, call, result

ASKED = {"role": "user", "content": "what is in note.txt?"}
HINT = {"role": "user", "content": [{"type": "text", "text": CONTEXT}]}
BRIDGING = {"role": "assistant", "content": BRIDGE}


def move(*messages: Any, to: ModelRef = GLM) -> list[Any]:
    moved = portable({"messages": list(messages)}, source=None, target=to)["messages"]
    assert isinstance(moved, list)
    return moved


def calling(*calls: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls), **more}


def ids(messages: list[Any]) -> list[str]:
    """The ids of calls and results, in order."""
    found: list[str] = []
    for message in messages:
        found += [made["id"] for made in message.get("tool_calls", [])]
        if message["role"] == "tool":
            found.append(message["tool_call_id"])
    return found


def test_an_openclaw_turn_stays_the_same_object() -> None:
    body = {
        "messages": [
            ASKED,
            calling(call("callabc0"), reasoning_content="hm"),
            result("callabc0"),
            HINT,
        ],
        "tools": [{"type": "function", "function": {"name": "read"}}],
    }
    assert portable(body, source=MISTRAL, target=GLM) is body


def test_mistral_gets_nine_letters_and_digits_and_its_order() -> None:
    turn = [ASKED, calling(call("callabc0"), call("callabc1")), result("callabc0")]
    moved = move(*turn, result("callabc1"), HINT, to=MISTRAL)
    first, second = ids(moved)[:2]
    assert ids(moved) == [first, second, first, second]
    assert len(first) == len(second) == 9
    assert moved[4:] == [BRIDGING, HINT]


def test_images_come_after_all_results() -> None:
    image = {
        "role": "user",
        "content": [
            {"type": "text", "text": "Image(s) from tool result #1 (view_image):"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        ],
    }
    calls = calling(call("callabc0"), call("callabc1"))
    one, two = result("callabc0"), result("callabc1")
    assert move(calls, one, image, two, HINT) == [calls, one, two, image, HINT]


def test_results_keep_their_order_where_it_is_legal() -> None:
    body = {"messages": [calling(call("a"), call("b")), result("b"), result("a")]}
    assert portable(body, source=None, target=GLM) is body


def test_an_interrupted_call_gets_a_result_that_says_so() -> None:
    calls = calling(call("a"), call("b"))
    assert move(calls, result("b"), ASKED) == [calls, result("b"), result("a", INTERRUPTED), ASKED]


def test_a_call_at_the_end_gets_one_too() -> None:
    assert move(ASKED, calling(call("a"))) == [ASKED, calling(call("a")), result("a", INTERRUPTED)]


def test_a_late_result_goes_to_its_call() -> None:
    calls, said = calling(call("a")), {"role": "assistant", "content": "reading"}
    assert move(calls, ASKED, said, result("a")) == [calls, result("a"), ASKED, said]


def test_a_result_without_a_call_is_told_by_the_user_as_a_tools() -> None:
    parts = [{"type": "text", "text": "BANANA"}]
    assert move(ASKED, result("a"), result("a", parts, new_key=1), result("a", None)) == [
        ASKED,
        {"role": "user", "content": f"{ORPHAN}\nBANANA"},
        {"role": "user", "content": [{"type": "text", "text": ORPHAN}, *parts], "new_key": 1},
        {"role": "user", "content": ORPHAN},
    ]


def test_a_second_result_of_a_call_is_one_without_a_call() -> None:
    moved = move(calling(call("a")), result("a"), result("a", "again"))
    assert moved[2] == {"role": "user", "content": f"{ORPHAN}\nagain"}


def test_an_id_that_comes_twice_is_told_apart_in_order() -> None:
    turn = [calling(call("a")), result("a", "1"), calling(call("a"), call("a"))]
    moved = move(*turn, result("a", "2"), result("a", "3"))
    first, second, third = moved[0]["tool_calls"] + moved[2]["tool_calls"]
    assert first["id"] == "a"
    assert len({"a", second["id"], third["id"]}) == 3
    assert moved[3:] == [result(second["id"], "2"), result(third["id"], "3")]


def test_an_id_that_comes_again_in_a_later_turn_is_told_apart() -> None:
    moved = move(calling(call("a")), result("a", "1"), calling(call("a")), result("a", "2"))
    assert ids(moved) == ["a", "a", ids(moved)[2], ids(moved)[2]]
    assert ids(moved)[2] != "a"
    assert [message["content"] for message in moved[1::2]] == ["1", "2"]


def test_a_result_answers_the_nearest_call_of_its_id() -> None:
    moved = move(calling(call("a")), ASKED, calling(call("a")), result("a", "late"))
    assert [message["content"] for message in moved if message["role"] == "tool"] == [
        INTERRUPTED,
        "late",
    ]


def test_a_call_without_an_id_gets_one() -> None:
    calls = calling({"type": "function", "function": {"name": "ls", "arguments": "{}"}})
    moved = move(calls, {"role": "tool", "content": "note.txt"})
    assert ids(moved) == [ids(moved)[0]] * 2
    assert ids(moved)[0]


def test_a_new_id_is_never_one_that_is_taken() -> None:
    made = ids(move(calling(call("functions.read:0")), result("functions.read:0")))[0]
    moved = move(calling(call(made), call("functions.read:0"), call("functions.read:0")))
    assert len(set(ids(moved))) == 3


def test_new_ids_are_the_same_in_every_version() -> None:
    assert ids(move(calling(call("functions.read:0"))))[0] == "842b9ab53"


def test_foreign_reasoning_goes_and_its_text_stays() -> None:
    message = calling(
        call("a", extra_content=SIGNED),
        call("b", extra_content={"google": {"thought_signature": "s", "x": 1}, "y": 2}),
        reasoning="hm",
        reasoning_details=[{"type": "reasoning.text", "text": "hm", "signature": "s"}],
        extra_content=SIGNED,
        refusal=None,
    )
    kept = calling(
        call("a"),
        call("b", extra_content={"google": {"x": 1}, "y": 2}),
        reasoning="hm",
        refusal=None,
    )
    assert move(message, result("a"), result("b")) == [kept, result("a"), result("b")]


def test_a_signed_call_alone_is_reason_enough() -> None:
    moved = move(ASKED, calling(call("a", thought_signature="s")), result("a"))
    assert moved == [ASKED, calling(call("a")), result("a")]


def test_thinking_parts_go() -> None:
    thinking = {"type": "thinking", "thinking": "hm", "signature": "s"}
    text = {"type": "text", "text": "hello"}
    assert move(ASKED, {"role": "assistant", "content": [thinking, text]}) == [
        ASKED,
        {"role": "assistant", "content": [text]},
    ]
    calls = {**calling(call("a")), "content": [thinking]}
    assert move(calls, result("a"))[0] == calling(call("a"))


def test_thinking_parts_of_a_user_are_the_upstreams_to_judge() -> None:
    body = {"messages": [{"role": "user", "content": [{"type": "thinking"}], "signature": "s"}]}
    assert portable(body, source=None, target=GLM) is body


def test_a_message_of_reasoning_alone_goes_unless_it_is_the_first() -> None:
    alone = {"role": "assistant", "content": None, "reasoning_details": [{"data": "d"}]}
    assert move(ASKED, alone, HINT) == [ASKED, HINT]
    assert move(alone, HINT) == [{"role": "assistant", "content": ""}, HINT]
    assert move(ASKED, {**alone, "reasoning": "hm"}) == [
        ASKED,
        {"role": "assistant", "content": "", "reasoning": "hm"},
    ]


def test_an_empty_message_that_had_no_reasoning_stays() -> None:
    body = {"messages": [ASKED, {"role": "assistant", "content": None}]}
    assert portable(body, source=None, target=MISTRAL) is body


def test_the_old_form_of_calls_stays_as_it_is() -> None:
    function_call = {"name": "read", "arguments": "{}"}
    body: dict[str, list[Any]] = {
        "messages": [
            {"role": "assistant", "content": None, "function_call": function_call},
            {"role": "function", "name": "read", "content": "BANANA"},
        ]
    }
    assert portable(body, source=None, target=MISTRAL) is body
    reasoned = {**body["messages"][0], "reasoning_details": []}
    assert move(reasoned, body["messages"][1]) == body["messages"]


@pytest.mark.parametrize(
    ("model_id", "made_by_mistral"),
    [
        ("mistralai/mistral-small", True),
        ("mistralai/codestral-2508", True),
        ("Mistral-7B-Instruct", True),
        ("devstral:24b", True),
        ("z-ai/glm-5", False),
        ("openai/gpt-4o-mini", False),
    ],
)
def test_mistrals_models_are_known_by_their_ids(model_id: str, made_by_mistral: bool) -> None:
    assert is_mistral(model_id) is made_by_mistral


@pytest.mark.timeout(20)
def test_many_broken_calls_take_no_longer_than_many_good_ones() -> None:
    calls = [calling(call("a")) for _ in range(20_000)]
    orphans = [result("b") for _ in range(20_000)]
    assert len(move(*calls, *orphans)) == 60_000


THEIRS = calling(call("functions.read:0", thought_signature="s"), signature="s")
OWN = calling(call("functions.read:1", thought_signature="s"), signature="s")


@pytest.mark.parametrize("foreign", range(6))
def test_a_models_own_reasoning_and_ids_stay_where_it_has_taken_over(foreign: int) -> None:
    read = [result("functions.read:0"), result("functions.read:1")]
    messages = [ASKED, THEIRS, read[0], OWN, read[1]]
    body = {"messages": messages}
    after = portable(body, source=GLM, target=GLM, foreign=foreign)
    told = after["messages"]
    assert len(told) == 5
    signed = [is_signed(message) for message in told if message["role"] == "assistant"]
    assert signed == [foreign < 2, foreign < 4]
    assert (told[1] is THEIRS) is (foreign < 2)
    assert (told[3] is OWN) is (foreign < 4)
    assert (after is body) is (foreign < 2)
    for asked, answered in ((told[1], told[2]), (told[3], told[4])):
        assert asked["tool_calls"][0]["id"] == answered["tool_call_id"]
        assert answered["content"] == "BANANA"


def test_after_a_take_over_in_a_tool_loop_what_follows_the_results_stays_bridged() -> None:
    before = [ASKED, calling(call("abcDEF123")), result("abcDEF123"), HINT]
    taken_over = portable({"messages": before}, source=GLM, target=MISTRAL)["messages"]
    assert taken_over == [*before[:3], BRIDGING, HINT]
    later = [*before, {"role": "assistant", "content": "ok"}, ASKED]
    after = portable({"messages": later}, source=MISTRAL, target=MISTRAL, foreign=3)["messages"]
    assert after == [*taken_over, *later[4:]]


@pytest.mark.parametrize(
    "message",
    [
        {"content": "a", "reasoning_details": [{"type": "reasoning.encrypted", "data": "d"}]},
        {"content": "a", "thinking_blocks": [{"type": "thinking", "signature": "s"}]},
        {"content": "a", "reasoning_opaque": "o"},
        {"content": "a", "signature": "s"},
        {"content": "a", "extra_content": SIGNED},
        {"content": [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
        {"content": [{"type": "redacted_thinking", "data": "d"}, {"type": "text", "text": "a"}]},
        calling(call("a"), call("b", extra_content=SIGNED)),
        calling(call("a", thought_signature="s")),
    ],
)
def test_reasoning_that_only_its_model_can_read_is_seen(message: dict[str, Any]) -> None:
    assert is_signed(message)


@pytest.mark.parametrize(
    "message",
    [
        {"content": "a"},
        {"content": None},
        {"content": "a", "reasoning": "hm", "reasoning_content": "hm"},
        {"content": [{"type": "text", "text": "signature"}]},
        {"content": "a", "extra_content": {"google": {"x": 1}}},
        calling(call("a")),
        calling(),
        {},
    ],
)
def test_plain_reasoning_binds_nobody(message: dict[str, Any]) -> None:
    assert not is_signed(message)


def test_reasoning_that_anybody_can_read_is_not_signed() -> None:
    for details in ([], None, [{"type": "reasoning.text", "text": "so"}], [{"signature": None}]):
        assert not is_signed({"role": "assistant", "content": "x", "reasoning_details": details})
    for key in ("thinking_blocks", "signature"):
        assert not is_signed({"role": "assistant", "content": "x", key: None})
    sealed = [{"type": "reasoning.encrypted", "data": "d"}]
    assert is_signed({"role": "assistant", "content": "x", "reasoning_details": sealed})

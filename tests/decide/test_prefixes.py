"""The prefix chain: what gives a history its names, what changes them, and what does not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router_core.decide.chat import Message, ToolCall
from router_core.decide.peel import read_turn
from router_core.decide.prefixes import (
    NAME_BYTES,
    Prefixes,
    PrefixHasher,
    canonical_arguments,
)
from tests.decide.conversations import (
    arguments,
    histories,
    json_values,
    result,
    said,
    system,
    user,
    words,
)

KEY = bytes(range(32))
HASHER = PrefixHasher(KEY)


def read(
    messages: Sequence[Message], caller: str = "me", hasher: PrefixHasher = HASHER
) -> Prefixes:
    return hasher.read(caller, messages, read_turn(messages))


def names(messages: Sequence[Message]) -> tuple[bytes, ...]:
    return read(messages).answered


def name_of(arguments: str) -> bytes:
    """Of a history that ends in a call with these arguments."""
    return names([user("go"), said("", ToolCall("run", arguments))])[-1]


# -- the chain --------------------------------------------------------------------------


@given(histories(), histories())
def test_the_names_of_a_history_begin_with_those_of_its_beginning(
    first: list[Message], more: list[Message]
) -> None:
    shorter, longer = names(first), names([*first, *more])
    assert longer[: len(shorter)] == shorter
    assert len(longer) == sum(message.role == "assistant" for message in [*first, *more])


@given(histories())
def test_each_name_is_another(history: list[Message]) -> None:
    found = names(history)
    assert len(set(found)) == len(found)
    assert {len(name) for name in found} <= {NAME_BYTES}


@given(histories(), words, words, histories())
def test_a_name_told_after_an_answer_is_that_of_the_next_requests_history(
    history: list[Message], text: str, answer: str, more: list[Message]
) -> None:
    asked = [*history, user(text)]
    after = tuple(read(asked).after(said(answer)))
    assert names([*asked, said(answer)])[-1] in after
    assert names([*asked, said(answer), *more])[len(names(asked))] in after


@given(histories(), st.lists(words, min_size=1, max_size=3), words)
def test_so_it_is_in_the_middle_of_a_tool_loop(
    history: list[Message], results: list[str], answer: str
) -> None:
    call = ToolCall("run", '{"a": 1}')
    asked = [*history, user("go"), said("", *[call] * len(results)), *map(result, results)]
    for message in (said(answer), said(answer, call), said("", call, call)):
        assert names([*asked, message])[-1:] == tuple(read(asked).after(message))


@given(histories(least=1), histories(least=1), st.data())
def test_an_edited_history_shares_the_names_before_the_edit_and_no_other(
    history: list[Message], more: list[Message], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(history) - 1))
    edited = [*history, *more]
    edited[at] = replace(edited[at], texts=(*edited[at].texts, "changed"))
    before = sum(message.role == "assistant" for message in history[:at])
    old, new = names([*history, *more]), names(edited)
    assert new[:before] == old[:before]
    assert set(new[before:]).isdisjoint(old)


# -- the forms in which a client may send a turn again ----------------------------------

CONTEXT = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nJobs: {}\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>"
OPENCLAW = system("<!-- openclaw:session:FIXED -->\nYou are running inside OpenClaw.\n")
STAMPED = "[Fri 2026-03-06 09:15 UTC] "


@given(histories(), words, st.integers(0, 2), words)
def test_a_turn_may_come_again_whole_without_context_or_only_as_it_was_typed(
    history: list[Message], text: str, contexts: int, answer: str
) -> None:
    before = [OPENCLAW, *history]
    context = [user(CONTEXT.format(number)) for number in range(contexts)]
    stamped = user(STAMPED + text)
    asked = [*before, stamped, *context]
    assume(read_turn(asked).text.strip() == text.strip())
    after = set(read(asked).after(said(answer)))
    for again in ([stamped, *context], [stamped], [user(text)]):
        assert names([*before, *again, said(answer)])[-1] in after
    assert len(after) == (3 if contexts else 2)


def test_what_a_tool_showed_stays_with_what_is_no_context() -> None:
    picture = Message(role="user", texts=("Attached image(s) from tool result:",))
    picture = replace(picture, other_parts=("image_url",))
    before = [OPENCLAW, user("look"), said("", ToolCall("see")), result("done"), picture]
    asked = [*before, user(CONTEXT)]
    assert read_turn(asked).context == 2
    after = set(read(asked).after(said("a cat")))
    assert names([*before, said("a cat")])[-1] in after
    assert names([*before[:-1], said("a cat")])[-1] not in after
    assert len(after) == 2


def test_what_was_typed_while_tools_ran_comes_after_their_results() -> None:
    before = [OPENCLAW, user("look"), said("", ToolCall("see")), result("a"), result("b")]
    after = set(read([*before, user(f"{STAMPED}stop")]).after(said("ok")))
    assert names([*before, user("stop"), said("ok")])[-1] in after
    assert names([*before[:3], user("stop"), said("ok")])[-1] not in after


def test_background_work_may_come_again_as_its_task_alone() -> None:
    asked = [OPENCLAW, user("[cron:7 tidy] Tidy the desk")]
    after = set(read(asked).after(said("done")))
    assert names([OPENCLAW, user("Tidy the desk"), said("done")])[-1] in after


@pytest.mark.parametrize("text", ["hi", " hi \n", "\thi"])
def test_white_space_around_what_was_typed_changes_no_form(text: str) -> None:
    after = set(read([OPENCLAW, user(STAMPED + text), user(CONTEXT)]).after(said("ok")))
    assert names([OPENCLAW, user("hi"), said("ok")])[-1] in after


def test_a_tools_result_has_one_form() -> None:
    asked = [OPENCLAW, user("look"), said("", ToolCall("see")), result("a")]
    assert len(set(read(asked).after(said("ok")))) == 1


# -- what changes nothing ---------------------------------------------------------------


@given(histories(least=1), words, words)
def test_a_system_prompt_changes_nothing_wherever_it_stands(
    history: list[Message], text: str, other: str
) -> None:
    note = Message(role="developer", texts=(other,))
    assert names([system(text), *history]) == names(history)
    assert names([system(text), *history[:1], note, *history[1:]]) == names(history)


@given(histories(least=1), st.sampled_from(["image_url", "input_audio", "file", "thinking"]))
def test_parts_that_are_no_text_change_nothing(history: list[Message], kind: str) -> None:
    assert names([replace(each, other_parts=(kind,)) for each in history]) == names(history)


@given(histories(least=1), st.text(" \n\t\r\v\u00a0", max_size=4), st.integers(0, 9))
def test_neither_do_white_space_around_a_text_and_parts_for_one_text(
    history: list[Message], white: str, cut: int
) -> None:
    def dressed(message: Message) -> Message:
        text = white + "".join(message.texts) + white
        return replace(message, texts=(text[:cut], text[cut:]))

    assert names([dressed(message) for message in history]) == names(history)


@given(histories(), words, st.sampled_from(["hm", "", "\n", "a < b </b>"]))
def test_thoughts_before_an_answer_change_nothing(
    history: list[Message], answer: str, thought: str
) -> None:
    asked = [*history, user("why?")]
    thinking = said(f"<think>{thought}</think>\n\n{answer}")
    assert set(read(asked).after(thinking)) == set(read(asked).after(said(answer)))
    assert names([*asked, thinking]) == names([*asked, said(answer)])


def test_thoughts_after_an_answer_are_part_of_it() -> None:
    asked = [user("why?")]
    assert names([*asked, said("so <think>a</think>")]) != names([*asked, said("so")])


@given(arguments)
def test_however_arguments_are_written_they_are_the_same(given_arguments: dict[str, Any]) -> None:
    backwards = dict(reversed(given_arguments.items()))
    written = {
        json.dumps(given_arguments),
        json.dumps(backwards, indent=2),
        json.dumps(given_arguments, ensure_ascii=False, separators=(",", ":")),
        " " + json.dumps(backwards, ensure_ascii=False) + "\n",
    }
    assert len({canonical_arguments(text) for text in written}) == 1
    assert len({name_of(text) for text in written}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"n": 1}', '{"n": 1.0}'),
        ('{"n": 1e3}', '{"n": 1000}'),
        ('{"n": -0.0}', '{"n": 0}'),
        ('{"s": "\\u00e9"}', '{"s": "é"}'),
        ('{"s": "\\/"}', '{"s": "/"}'),
        ("", "{}"),
        (" \n", "{ }"),
        (" no JSON ", "no JSON"),
    ],
)
def test_these_are_the_same_arguments(one: str, other: str) -> None:
    assert canonical_arguments(one) == canonical_arguments(other)
    assert name_of(one) == name_of(other)


@given(json_values)
def test_the_one_form_says_the_same_as_the_other(value: Any) -> None:
    again = canonical_arguments(json.dumps(value))
    assert json.loads(again) == value
    assert canonical_arguments(again) == again


# -- what changes the name --------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"n": 1}', '{"n": true}'),
        ('{"n": 1}', '{"n": "1"}'),
        ('{"n": 1}', '{"n": 1.5}'),
        ('{"n": 1}', '{"m": 1}'),
        ('{"n": [1, 2]}', '{"n": [2, 1]}'),
        ('{"n": null}', "{}"),
        ('{"n": 0}', '{"n": null}'),
        ('{"n": " a"}', '{"n": "a"}'),
        ("{", "{}"),
    ],
)
def test_these_are_others(one: str, other: str) -> None:
    assert name_of(one) != name_of(other)


ASKED = [user("go"), said("", ToolCall("run", '{"a": 1}'), ToolCall("stop")), result("ok")]
OTHERS = {
    "text": [user("gone"), *ASKED[1:]],
    "letter case": [user("Go"), *ASKED[1:]],
    "white space inside": [user("g o"), *ASKED[1:]],
    "role": [ASKED[0], ASKED[1], user("ok")],
    "role of the first": [result("go"), *ASKED[1:]],
    "tool name": [ASKED[0], said("", ToolCall("ran", '{"a": 1}'), ToolCall("stop")), ASKED[2]],
    "argument": [ASKED[0], said("", ToolCall("run", '{"a": 2}'), ToolCall("stop")), ASKED[2]],
    "order of calls": [ASKED[0], said("", *reversed(ASKED[1].tool_calls)), ASKED[2]],
    "one call less": [ASKED[0], said("", ASKED[1].tool_calls[0]), ASKED[2]],
    "text beside the calls": [ASKED[0], said("hm", *ASKED[1].tool_calls), ASKED[2]],
    "result": [*ASKED[:2], result("no")],
    "one result more": [*ASKED, result("ok")],
    "order": [ASKED[2], *ASKED[:2]],
    "moved border": [user("g"), user("o"), *ASKED[1:]],
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_what_says_something_else_has_another_name(other: list[Message]) -> None:
    end = said("so")
    assert names([*other, end])[-1] != names([*ASKED, end])[-1]
    assert set(read(other).after(end)).isdisjoint(read(ASKED).after(end))


def test_what_a_function_returned_is_no_persons_word() -> None:
    returned = replace(ASKED[2], role="function")
    assert names([*ASKED[:2], returned, said("so")]) == names([*ASKED, said("so")])
    assert names([*ASKED[:2], user("ok"), said("so")]) != names([*ASKED[:2], returned, said("so")])


@given(histories(least=1), st.integers(0, 50))
def test_a_message_left_out_changes_all_later_names(history: list[Message], at: int) -> None:
    at %= len(history)
    before = sum(message.role == "assistant" for message in history[:at])
    left = history[:at] + history[at + 1 :]
    # Where it says what its neighbour says, it cannot be told which of them is left out.
    assume(left[at:] != history[at : len(left)])
    assert set(names(left)[before:]).isdisjoint(names(history))


callers = st.text(st.characters(codec="utf-8"), max_size=5)


@given(histories(least=1), callers, callers)
def test_another_callers_history_has_other_names(
    history: list[Message], caller: str, other: str
) -> None:
    assume(caller != other)
    mine, theirs = read(history, caller), read(history, other)
    assert set(mine.answered).isdisjoint(theirs.answered)
    assert set(mine.after(said("a"))).isdisjoint(theirs.after(said("a")))
    assert HASHER.name_of("id", caller, "x") != HASHER.name_of("id", other, "x")


@given(histories(least=1), st.binary(max_size=64))
def test_another_key_gives_other_names(history: list[Message], key: bytes) -> None:
    assume(key.ljust(64, b"\0") != KEY.ljust(64, b"\0"))  # as the hash takes it
    other = PrefixHasher(key)
    assert set(read(history, hasher=other).answered).isdisjoint(names(history))
    assert other.name_of("id", "me", "x") != HASHER.name_of("id", "me", "x")


def test_a_name_by_an_id_tells_its_kind_and_its_text() -> None:
    made = [HASHER.name_of(kind, "me", text) for kind in ("id", "key") for text in ("x", "y", "")]
    assert len(set(made)) == len(made)
    assert HASHER.name_of("id", "me", "x") == PrefixHasher(KEY).name_of("id", "me", "x")


# -- nothing to name, and anything at all -----------------------------------------------


@pytest.mark.parametrize(
    "nothing",
    [
        said(),
        said(" \n"),
        said("<think>hm</think> "),
        said("<think>cut off"),
        replace(said(), other_parts=("image_url",)),
    ],
    ids=["nothing", "white space", "thoughts", "cut thoughts", "a picture"],
)
def test_an_answer_that_says_nothing_has_no_name(nothing: Message) -> None:
    history = [user("hi"), said("hello"), user("and?")]
    assert list(read(history).after(nothing)) == []
    assert names([*history, nothing]) == names(history)
    end = [user("so?"), said("so")]
    assert names([*history, nothing, *end]) == names([*history, *end])


@pytest.mark.parametrize(
    "text",
    [
        "\ud800",
        "\udfff\ud800",
        "\0\x1e\x1f",
        "{" * 5000,
        "[" * 200_000,
        '{"a":' * 20_000,
        '{"a": ' + "9" * 5000 + "}",
        '{"a": 1e999, "b": -1e999}',
        '{"a": NaN}',
        '{"\ud800": "\udc00"}',
        '{"a": "' + "x" * 100_000 + '"}',
    ],
    ids=lambda text: repr(text[:12]),
)
def test_no_text_is_too_much(text: str) -> None:
    message = said(text, ToolCall(text, text))
    history = [system(text), user(text), message, result(text), user("go on")]
    (first,) = names(history)
    assert first in set(read(history[:2]).after(message))
    assert len(set(read(history).after(message))) >= 1


@given(st.text(), st.text(), st.text())
def test_no_text_at_all_is_too_much(text: str, name: str, given_arguments: str) -> None:
    message = said(text, ToolCall(name, given_arguments))
    (first,) = names([user(text), message])
    assert first in set(read([user(text)]).after(message))


def test_what_is_known_of_arguments_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router_core.decide.prefixes._MOST_KNOWN", 3)
    hasher = PrefixHasher(KEY)
    for number in range(10):
        calls = said("", ToolCall("run", json.dumps({"n": number})))
        assert read([calls], hasher=hasher).answered == names([calls])
        assert len(hasher._known) <= 3


def test_an_empty_history_has_no_names() -> None:
    assert names([]) == ()
    assert names([system("be kind"), user("hi")]) == ()

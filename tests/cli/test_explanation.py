"""A decision as a person reads it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from llm_router.v1.classify_pb2 import TURN_KIND_USER_TURN, ClassifyResponse
from llm_router.v1.route_pb2 import Candidate, EstimateBasis, RouteResponse, SessionState
from router_core.cli.explanation import plain_lines, show

FOOTER = "decided here; no model answered it"
REASON = "number 2 of code (ordered), the session's model first"


def a_candidate(model: str = "glm-5", *, eligible: bool = True, **keys: Any) -> Candidate:
    made = {"id": f"lab/{model}", "provider": "openrouter", "reason": "because of its place"}
    return Candidate(model=model, eligible=eligible, **made | keys)


def a_response(*candidates: Candidate, **keys: Any) -> RouteResponse:
    made: dict[str, Any] = {
        "category": "code",
        "model": "glm-5",
        "explanation": "code with confidence 0.90",
        "classification": ClassifyResponse(
            category="code", text="hi", turn=TURN_KIND_USER_TURN, source="keywords"
        ),
        "session": SessionState(),
    }
    return RouteResponse(**made | keys, candidates=candidates or (a_candidate(),))


def plain(response: RouteResponse) -> list[str]:
    return list(plain_lines(response, FOOTER))


def shown(response: RouteResponse, width: int) -> list[str]:
    """On a terminal of so many columns, without its colours."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=True)
    show(response, FOOTER, console)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def fact(response: RouteResponse, label: str) -> list[str]:
    lines = (line[14:] for line in plain(response) if line[2:12].rstrip() == label)
    return list(lines)


# -- what is told ----------------------------------------------------------------------


def test_it_begins_with_who_answers_and_ends_with_who_says_so() -> None:
    for lines in (plain(a_response()), shown(a_response(), 80)):
        assert lines[0] == "code -> glm-5"
        assert lines[-1] == FOOTER


def test_a_model_that_the_caller_named_has_no_category() -> None:
    assert plain(a_response(category=""))[0] == "glm-5, named by the caller"


def test_where_no_model_is_in_that_is_said_first() -> None:
    response = a_response(a_candidate(eligible=False))
    assert plain(response)[0] == "code -> glm-5, but no model is in"
    assert shown(response, 80)[0] == "code -> glm-5, but no model is in"


def test_what_was_classified_is_told_with_what_spoke_for_it_and_who_wrapped_it() -> None:
    found = a_response().classification
    found.evidence.extend(["one thing", "another"])
    found.runners_up.add(category="tools", confidence=0.25)
    found.fallbacks.add(source="ollama", cause="it is down")
    found.client = "openclaw"
    response = a_response(classification=found)
    assert fact(response, "classified") == ["'hi' (user_turn, by keywords)"]
    assert fact(response, "because") == ["one thing", "another"]
    assert fact(response, "runners-up") == ["tools 0.25"]
    assert fact(response, "fell back") == ["ollama: it is down"]
    assert fact(response, "client") == ["openclaw, whose envelopes were taken off"]
    assert fact(a_response(), "client") == []


def test_what_was_not_classified_is_not_told_as_if() -> None:
    assert fact(a_response(classification=None), "classified") == []


@pytest.mark.parametrize(
    ("session", "told"),
    [
        (SessionState(), "not known"),
        (SessionState(known=True, reason="its model is gone"), "known; its model is gone"),
        (
            SessionState(locked=True, reason="the caller named the model"),
            "not known; locked; the caller named the model",
        ),
        (
            SessionState(known=True, model="x", category="code", history_tokens=9, cache_warm=True),
            "x gave its last answer; routed as code; 9 tokens of history, in its provider's cache",
        ),
        (
            SessionState(
                known=True, locked=True, model="x", history_tokens=1, cache_warm=False, reason="why"
            ),
            "x gave its last answer; 1 token of history, in no cache; locked; why",
        ),
    ],
)
def test_the_conversation_is_told_as_far_as_it_is_known(session: SessionState, told: str) -> None:
    assert fact(a_response(session=session), "session") == [told]


def test_what_the_estimates_rest_on_is_told() -> None:
    basis = EstimateBasis(prompt_tokens=31_240, answer_tokens=1, answer_from="assumed")
    assert fact(a_response(estimate_basis=basis), "estimates") == [
        "a prompt of 31,240 tokens, an answer of 1 token (assumed)"
    ]
    assert fact(a_response(), "estimates") == []


# -- candidates ------------------------------------------------------------------------


def test_candidates_stand_in_columns_with_their_reasons_whole() -> None:
    response = a_response(
        a_candidate(estimated_cost_usd="0.00123456", expected_latency_ms=812.4),
        a_candidate("kimi-k2.5", estimated_cost_usd="12.5", expected_latency_ms=61_234),
        a_candidate("gone", eligible=False, reason="its provider does not have it " * 20),
    )
    head, one, two, out = plain(response)[-6:-2]
    assert head.split() == ["#", "model", "id", "cost", "time", "why"]
    assert one.split(maxsplit=6)[:6] == ["1", "in", "glm-5", "lab/glm-5", "$0.00123", "812"]
    assert " ".join(two.split()) == (
        "2 in kimi-k2.5 lab/kimi-k2.5 $12.5 61.2 s because of its place"
    )
    assert out.startswith("  -  out  gone")
    assert out.endswith(("its provider does not have it " * 20).rstrip())
    assert one.index("because") == two.index("because") == out.index("its provider")


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        ("0", "$0"),
        ("0.00000015", "$0.00000015"),
        ("1234.5", "$1230"),
        ("0.0009999", "$0.001"),
        (None, "?"),
    ],
)
def test_a_cost_has_three_digits_and_an_unknown_one_is_no_0(cost: str | None, told: str) -> None:
    row = plain(a_response(a_candidate(estimated_cost_usd=cost)))[-3]
    assert row.split()[4] == told


@pytest.mark.parametrize(
    ("ms", "told"), [(0, "<1 ms"), (1, "1 ms"), (999.4, "999 ms"), (1_000, "1.0 s"), (None, "?")]
)
def test_a_time_is_told_in_the_unit_that_fits(ms: float | None, told: str) -> None:
    row = plain(a_response(a_candidate(expected_latency_ms=ms)))[-3]
    assert f"  {told}  because" in row


def test_what_a_switch_costs_has_a_column_where_there_is_one_to_make() -> None:
    response = a_response(
        a_candidate(),
        a_candidate("two", switch_cost_usd="0.0289"),
        a_candidate("three", switch_cost_usd="-0.0023"),
        a_candidate("four", switch_cost_usd="0"),
    )
    for lines in (plain(response), shown(response, 120), shown(response, 80)):
        text = "\n".join(lines)
        assert "switch" in text
        assert "+$0.0289" in text
        assert "-$0.0023" in text
        assert "+$0 " not in f"{text} "
    assert "switch" not in "\n".join(plain(a_response()))


def test_providers_are_named_where_there_are_several() -> None:
    response = a_response(a_candidate(), a_candidate("two", provider="local"))
    assert "lab/two (local)" in "\n".join(plain(response))
    assert "(openrouter)" not in "\n".join(plain(a_response()))


# -- where it is printed ---------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_terminal_shows_everything_within_its_width(width: int) -> None:
    response = a_response(
        a_candidate(reason=REASON, estimated_cost_usd="0.001"),
        a_candidate("kimi-k2.5", eligible=False, reason="its provider does not have it"),
    )
    lines = shown(response, width)
    assert max(map(len, lines)) <= width
    words = " ".join(" ".join(lines).split())
    for told in ("lab/glm-5", "$0.001", "kimi-k2.5", "out", "code with confidence 0.90"):
        assert told in words
    if width == 80:
        assert f"lab/glm-5: {REASON}" in words


def test_a_long_text_is_cut_on_a_terminal_alone() -> None:
    found = a_response().classification
    found.text = "begin " + "x" * 5_000 + " end"
    response = a_response(classification=found)
    on_terminal = "".join(shown(response, 80))
    assert "'begin" in on_terminal
    assert "(user_turn, by keywords)" in " ".join(on_terminal.split())
    assert "characters ...]" in on_terminal
    assert len(on_terminal) < 2_500
    assert fact(response, "classified") == [f"{found.text!r} (user_turn, by keywords)"]


def test_what_a_request_says_moves_no_cursor_and_is_no_markup() -> None:
    evil = "\x1b[2J\r\n\x07[bold red]gone[/] [link=x]"
    found = a_response().classification
    found.evidence.append(evil)
    response = a_response(
        a_candidate(evil, id=evil, reason=evil), classification=found, model=evil, explanation=evil
    )
    for lines in (plain(response), shown(response, 200), shown(response, 80)):
        text = "\n".join(lines)
        assert text.replace("\n", "").isprintable()
        assert text.count(r"\x1b[2J\r\n\x07[bold red]gone[/] [link=x]") >= 4

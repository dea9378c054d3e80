"""The question put to a model, and what its answer says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.config import Category, ModelRef
from router_core.decide.labels import MOST_LABELS, UNTOLD_CONFIDENCE, LabelQuestion, choices_of

MODELS = (ModelRef(name="m", id="vendor/m", provider="p"),)


def a_category(name: str, **fields: object) -> Category:
    return Category(name=name, models=MODELS, **fields)  # type: ignore[arg-type]  # any field


CATEGORIES = (
    a_category("code", description="programs and scripts"),
    a_category("poems", description="verse", examples=("a haiku about rain", "ode to a shoe")),
    a_category("garden", keywords=("tulip", "compost")),
)
QUESTION = LabelQuestion(CATEGORIES)


def text_of(question: LabelQuestion, text: str = "hello") -> str:
    return "\n".join(message["content"] for message in question.messages(text))


def test_categories_go_by_letters_never_by_names() -> None:
    put = text_of(QUESTION)
    assert "A: programs and scripts" in put
    assert 'B: verse (such as "a haiku about rain"; "ode to a shoe")' in put
    assert "C: garden (such as tulip, compost)" in put
    assert "poems" not in put


def test_a_long_text_is_put_by_its_ends() -> None:
    put = text_of(QUESTION, "begin " + "x" * 100_000 + " end")
    assert len(put) < 3_000
    assert "begin xx" in put
    assert "xx end" in put


@pytest.mark.parametrize(
    "answer", ["B", " B\n", "b", "B.", "(B)", "**B**", '"B"', "Category B", "Letter: B", "B B"]
)
def test_a_letter_in_its_usual_dress_is_an_answer(answer: str) -> None:
    assert QUESTION.category_of(answer) == "poems"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   \n\n",
        "D",
        "Z",
        "poems",
        "code",
        "A or B",
        "A, B",
        "This is a request for a poem",
        "a poem for a friend",
        "A request about",
        "not a label",
        "openai/gpt-4o-mini",
        "https://example.com/B",
        '{"category": "poems"}',
        "\u0391",  # a Greek letter that looks like A
    ],
)
def test_anything_else_is_none(answer: str) -> None:
    assert QUESTION.category_of(answer) is None


@given(st.text())
def test_whatever_is_answered_only_a_listed_category_can_come_of_it(answer: str) -> None:
    assert QUESTION.category_of(answer) in {None, "code", "poems", "garden"}


@given(st.text(), st.integers(1, MOST_LABELS))
def test_the_list_of_labels_does_not_depend_on_the_text(text: str, count: int) -> None:
    question = LabelQuestion(tuple(a_category(f"c{i}") for i in range(count)))
    system, user = question.messages(text)
    assert system == question.messages("")[0]
    assert user["role"] == "user"
    assert len(question.labels) == count


def test_token_probabilities_become_confidences() -> None:
    verdict = QUESTION.verdict("poems", {"B": 0.6, "A": 0.2, "Z": 9.0}, "ollama")
    assert [(s.category, s.confidence) for s in verdict.scores] == [
        ("poems", pytest.approx(0.75)),
        ("code", pytest.approx(0.25)),
        ("garden", 0.0),
    ]
    assert verdict.source == "ollama"
    assert verdict.evidence == ("ollama answered poems (75% by its token probabilities)",)


@pytest.mark.parametrize("weights", [{}, {"A": 0.0}, {"Q": 1.0}, {"A": 0.9, "B": 0.1}])
def test_probabilities_that_do_not_bear_the_answer_out_count_for_nothing(
    weights: dict[str, float],
) -> None:
    verdict = QUESTION.verdict("poems", weights, "api")
    assert [(s.category, s.confidence) for s in verdict.scores] == [("poems", UNTOLD_CONFIDENCE)]


NAMED = {name: a_category(name) for name in ("tools", "code", "reasoning", "chat")}


def test_every_category_but_tools_is_put_in_the_configs_order() -> None:
    assert choices_of(NAMED, ()) == ("code", "reasoning", "chat")
    assert choices_of(NAMED, ("chat", "tools")) == ("code", "reasoning", "chat")


@given(st.integers(0, 60), st.lists(st.integers(0, 70), max_size=30))
def test_of_too_many_the_likeliest_are_put(count: int, likeliest: list[int]) -> None:
    categories = NAMED | {f"c{i}": a_category(f"c{i}") for i in range(count)}
    ranked = [f"c{i}" for i in likeliest]
    choices = choices_of(categories, ranked)
    assert len(choices) == min(len(categories) - 1, MOST_LABELS)
    assert list(choices) == [name for name in categories if name in choices]
    first = list(dict.fromkeys(name for name in ranked if name in categories))
    assert set(first[:MOST_LABELS]) <= set(choices)

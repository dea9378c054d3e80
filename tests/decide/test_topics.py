"""What a conversation is about, told from all of its turns."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, log

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router_core.decide.classification import Verdict
from router_core.decide.config import ToolsRule
from router_core.decide.session import Topics
from router_core.decide.tools_rule import tools_verdict
from router_core.decide.topics import Asked, _before, begun, followed, how_far_asked
from tests.decide.conversations import CATEGORIES, a_turn, a_verdict, leaning

TALK = CATEGORIES[1:]
CODE: Topics = (("code", 0.8), ("reasoning", 0.1), ("conversation", 0.1))
EDGES = [0.0, 5e-324, 1e-300, 1e-9, 0.5, 1.0 - 1e-16, 1.0]

shares = st.floats(0, 1) | st.sampled_from(EDGES)
categories = st.lists(
    st.sampled_from(["legal", "sql", "tools2", "été"]), unique=True, max_size=4
).map(lambda custom: (*CATEGORIES, *custom))
texts = st.text(max_size=30) | st.integers(0, 100_000).map("x".__mul__)
asked = st.none() | st.sampled_from(Asked)


@st.composite
def verdicts(draw, names=CATEGORIES) -> Verdict:
    found = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    return a_verdict(*((name, draw(shares)) for name in found))


@st.composite
def topics(draw, names=CATEGORIES) -> Topics:
    """As a session has them, which may be of another config's categories."""
    found = draw(st.lists(st.sampled_from([*names, "removed"]), unique=True, min_size=1))
    return tuple((name, draw(shares)) for name in found)


def after(told: Topics, verdict: Verdict, text: str, asks: Asked | None = None) -> Topics:
    return followed(told, verdict, text, CATEGORIES, asks)


def share(told: Topics, name: str) -> float:
    return dict(told)[name]


# -- whatever comes ---------------------------------------------------------------------


@given(st.data(), categories, texts, asked)
def test_each_category_has_a_share_and_all_together_are_one(
    data: st.DataObject, names: tuple[str, ...], text: str, asks: Asked | None
) -> None:
    verdict = data.draw(verdicts(names))
    assume(len(verdict.scores) > 1 or verdict.scores[0].confidence < 1)
    before = data.draw(topics(names))
    told = followed(before, verdict, text, names, asks)
    errand = asks is Asked.PLAINLY or (asks is not None and "tools" in dict(before))
    assert {name for name, _ in told} == set(names) - (set() if errand else {"tools"})
    assert len(told) == len(dict(told))
    assert all(isfinite(one) and 0 < one < 1 for _, one in told)
    assert sum(one for _, one in told) == pytest.approx(1)
    assert [one for _, one in told] == sorted((one for _, one in told), reverse=True)


@given(st.lists(st.tuples(verdicts(), texts, asked), min_size=1, max_size=30))
def test_so_it_stays_over_many_turns(turns: list[tuple[Verdict, str, Asked | None]]) -> None:
    told = begun(turns[0][0], turns[0][1], CATEGORIES)
    for verdict, text, asks in turns[1:]:
        told = after(told, verdict, text, asks)
        assert sum(one for _, one in told) == pytest.approx(1)
        assert all(0 <= one <= 1 for _, one in told)


@given(st.data(), categories, texts, asked, st.randoms())
def test_the_order_of_the_categories_does_not_matter(
    data: st.DataObject, names: tuple[str, ...], text: str, asks: Asked | None, random
) -> None:
    verdict, before = data.draw(verdicts(names)), data.draw(topics(names))
    other = list(names)
    random.shuffle(other)
    told = dict(followed(before, verdict, text, names, asks))
    again = dict(followed(before[::-1], verdict, text, other, asks))
    assert again == pytest.approx(told)


def test_of_equal_ones_the_first_leads() -> None:
    level = a_verdict(("x", 0.2), ("y", 0.2))
    for names in (("x", "y"), ("y", "x")):
        told = followed((("x", 0.5), ("y", 0.5)), level, "hm", names, None)
        assert [name for name, _ in told] == list(names)


def test_a_new_category_begins_with_next_to_nothing_and_a_removed_one_is_forgotten() -> None:
    told = followed((("gone", 0.9), ("code", 0.1)), leaning("code", 0.5), "hm", TALK, None)
    assert share(told, "code") > 0.8
    assert "gone" not in dict(told)
    told = followed(CODE, leaning("code", 0.5), "hm", (*TALK, "new"), None)
    assert share(told, "new") < 0.02


def test_only_what_is_gone_leaves_all_open() -> None:
    told = followed((("gone", 1.0),), leaning("code", 0.4), "x" * 100, TALK, None)
    assert told[0][0] == "code"
    assert min(one for _, one in told) > 0.05


# -- the shorter, the more it stays -----------------------------------------------------


@given(st.integers(0, 3000), st.integers(0, 3000), st.sampled_from(TALK))
def test_the_shorter_a_text_without_evidence_the_more_the_topic_stays(
    one: int, other: int, topic: str
) -> None:
    short, long = sorted((one, other))
    before = tuple((name, 0.8 if name == topic else 0.1) for name in TALK)
    for verdict in (leaning("conversation", 0.9), leaning("code", 1 / 3)):
        if verdict.scores[0].category == topic:
            continue
        stays = [share(after(before, verdict, "x" * n), topic) for n in (short, long)]
        assert stays[0] >= stays[1] - 1e-12
        assert stays[0] > stays[1] or long - short < 400


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_the_longer_a_text_with_evidence_the_more_it_tells(one: int, other: int) -> None:
    short, long = sorted((one, other))
    told = [
        share(after(CODE, leaning("reasoning", 0.8), "x" * n), "reasoning") for n in (short, long)
    ]
    assert told[0] <= told[1] + 1e-12


@pytest.mark.parametrize("text", ["", "?", "y", "no"])
def test_the_shortest_text_still_does_not_tell_the_opposite(text: str) -> None:
    told = [share(after(CODE, leaning("reasoning", p), text), "reasoning") for p in (0.1, 0.5, 0.9)]
    assert told == sorted(told)
    assert told[0] < told[2]


@pytest.mark.parametrize("text", ["yes", "ok", "go on", "and in Java?", "not superuser", "7", ""])
def test_a_short_answer_is_about_what_the_conversation_is_about(text: str) -> None:
    told = after(CODE, leaning("conversation", 0.9), text)
    assert told[0][0] == "code"
    assert told[0][1] > 0.6


def test_twenty_of_them_are_too() -> None:
    told = CODE
    for _ in range(20):
        told = after(told, leaning("conversation", 0.9), "yes")
    assert told[0][0] == "code"


def test_a_long_text_with_strong_evidence_moves_at_once() -> None:
    told = CODE
    for _ in range(5):
        told = after(told, leaning("code", 0.9), "x" * 80)
    assert share(told, "code") > 0.95
    moved = after(told, leaning("reasoning", 0.95), "x" * 200)
    assert moved[0][0] == "reasoning"
    assert moved[0][1] - share(moved, "code") > 0.5, "by more than the widest margin"


def test_turns_that_tell_a_little_add_up() -> None:
    told: Topics = (("code", 0.97), ("reasoning", 0.02), ("conversation", 0.01))
    turns = []
    for _ in range(3):
        told = after(told, leaning("reasoning", 0.6), "x" * 40)
        turns.append(told[0][0])
    assert turns[0] == "code"
    assert turns[-1] == "reasoning"


def test_what_speaks_for_a_topic_makes_it_likelier() -> None:
    kept = after(CODE, leaning("code", 0.7), "x" * 40)
    assert share(kept, "code") > share(after(CODE, leaning("code", 0.4), "x" * 40), "code")
    assert share(kept, "code") > share(CODE, "code")


def test_work_stays_longer_than_talk_and_talk_longer_than_an_errand() -> None:
    kept = []
    for topic in ("code", "conversation", "tools"):
        before = {name: 0.91 if name == topic else 0.03 for name in CATEGORIES}
        kept.append(_before(before, CATEGORIES, log(50))[topic])
    assert kept[0] - 0.05 > kept[1] > kept[2] + 0.05


@given(topics(), st.floats(log(3), 12))
def test_before_a_text_is_read_nothing_is_won_or_lost(before: Topics, length: float) -> None:
    for names in (TALK, CATEGORIES):
        assume(sum(one for name, one in before if name in names) > 1e-9)
        assert sum(_before(dict(before), names, length).values()) == pytest.approx(1, abs=2e-3)


def test_talk_counts_less_than_its_share() -> None:
    """It is what a text is called that shows nothing."""
    open_topics: Topics = tuple((name, 1 / 3) for name in TALK)
    talk = share(after(open_topics, leaning("conversation", 0.6), "x" * 40), "conversation")
    work = share(after(open_topics, leaning("code", 0.6), "x" * 40), "code")
    assert work > talk + 0.1


def test_nothing_is_ever_believed_for_good() -> None:
    told = CODE
    for _ in range(50):
        told = after(told, a_verdict(("code", 1.0), ("reasoning", 0.0)), "x" * 5000)
    assert 0.998 < share(told, "code") < 1
    told = after(told, leaning("reasoning", 0.97), "x" * 5000)
    assert told[0][0] == "reasoning"


# -- rules, and actions -----------------------------------------------------------------


@given(topics(), st.sampled_from(CATEGORIES), texts, asked)
def test_a_verdict_that_is_sure_of_one_category_settles_it(
    before: Topics, category: str, text: str, asks: Asked | None
) -> None:
    assert after(before, a_verdict((category, 1.0)), text, asks)[0][0] == category


def test_one_that_is_nearly_sure_or_has_a_second_one_does_not() -> None:
    assert len(after(CODE, a_verdict(("reasoning", 0.999)), "x")) == 3
    assert len(after(CODE, a_verdict(("reasoning", 1.0), ("code", 0.0)), "x")) == 3


def test_how_far_an_action_is_asked_for_decides_how_likely_it_is() -> None:
    errand_before = (*CODE, ("tools", 0.001))
    told = [
        share(after(errand_before, leaning("code", 0.6), "x" * 30, asks), "tools")
        for asks in (Asked.NOT, Asked.PERHAPS, Asked.PLAINLY)
    ]
    assert told[0] < 0.1 < told[1] < 0.5
    assert told[2] > 0.85


def test_a_verdict_of_the_tools_rule_tells_nothing_of_the_other_categories() -> None:
    rule = a_verdict(("tools", 0.9))
    for asks in (None, Asked.PLAINLY, Asked.NOT):
        told = after((*CODE, ("tools", 0.001)), rule, "x" * 30, asks)
        assert share(told, "reasoning") == pytest.approx(share(told, "conversation"), rel=0.5)
        assert share(told, "code") > share(told, "reasoning")


def test_an_errand_begins_where_one_is_asked_for_plainly() -> None:
    for asks in (Asked.NOT, Asked.PERHAPS):
        assert "tools" not in dict(after(CODE, leaning("code", 0.6), "export it", asks))
    assert after(CODE, a_verdict(("tools", 0.9)), "run it", Asked.PLAINLY)[0][0] == "tools"


def test_an_order_of_a_plain_subject_is_for_the_answer() -> None:
    turn = a_turn("write a function that reverses a list", client="openclaw")
    assert how_far_asked(turn, TOOLS, a_verdict(("code", 0.8))) is Asked.ABOUT_ELSE
    assert how_far_asked(turn, TOOLS, a_verdict(("code", 0.79))) is Asked.PERHAPS
    assert how_far_asked(turn, TOOLS, a_verdict(("conversation", 0.9))) is Asked.PERHAPS


def test_after_an_errand_the_conversation_comes_back_to_its_topic() -> None:
    told = after(CODE, a_verdict(("tools", 0.9)), "run the tests", Asked.PLAINLY)
    assert told[0][0] == "tools"
    told = after(told, leaning("code", 0.9), "and why does this function fail?", Asked.ABOUT_ELSE)
    assert told[0][0] == "code"
    assert share(told, "tools") > 0.2, "one turn does not make it forget"


TOOLS = ("exec", "read")


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("run the tests", Asked.PLAINLY),
        ("what is in notes.txt", Asked.PLAINLY),
        ("write a poem", Asked.PERHAPS),
        ("a poem, and then make it rhyme", Asked.PERHAPS),
        ("why is the sky blue?", Asked.NOT),
        ("thanks", Asked.NOT),
        ("", Asked.NOT),
        ("Traceback:\n  in main.py\n  line 4", Asked.NOT),
    ],
)
def test_an_agents_turn_asks_for_an_action_plainly_perhaps_or_not(text: str, asks: Asked) -> None:
    turn = a_turn(text, client="openclaw")
    verdict = tools_verdict(ToolsRule.AUTO, turn, TOOLS) or leaning("code", 0.5)
    assert how_far_asked(turn, TOOLS, verdict) is asks


def test_where_no_agent_offers_tools_no_action_is_asked_for() -> None:
    verdict = a_verdict(("tools", 1.0))
    assert how_far_asked(a_turn("run it", client="openclaw"), (), verdict) is None
    assert how_far_asked(a_turn("run it"), TOOLS, verdict) is None


def test_a_conversation_begins_with_what_the_classifier_says() -> None:
    verdict = a_verdict(("code", 0.75), ("reasoning", 0.25))
    for text in ("hello", "x" * 1_000):
        assert dict(begun(verdict, text, TALK)) == pytest.approx(
            {"code": 0.75, "reasoning": 0.25, "conversation": 0.0}
        )
    part = dict(begun(a_verdict(("conversation", 0.7)), "x" * 1_000, TALK))
    assert part == pytest.approx({"conversation": 0.8, "code": 0.1, "reasoning": 0.1})
    errand = dict(begun(a_verdict(("tools", 0.9)), "run it", CATEGORIES))
    assert errand["tools"] == pytest.approx(0.9)


def test_a_greeting_is_no_topic_that_the_next_words_would_have_to_beat() -> None:
    for verdict in (
        a_verdict(("conversation", 1.0), ("code", 0.0)),
        a_verdict(("conversation", 1.0)),
    ):
        greeted = begun(verdict, "hello", TALK)
        assert dict(greeted)["conversation"] < 0.6
        told = after(greeted, leaning("code", 0.85), "show me how quicksort works")
        assert told[0][0] == "code"


def test_a_bare_follow_up_tells_nothing_of_a_category() -> None:
    sure = a_verdict(("conversation", 1.0), ("code", 0.0), ("reasoning", 0.0))
    moved = after(CODE, sure, "what about the second one, is it any better?")
    stayed = after(
        CODE, replace(sure, goes_on=0.95), "what about the second one, is it any better?"
    )
    assert (moved[0][0], stayed[0][0]) == ("conversation", "code")

"""Classification by keywords: what it says of a text, and how config and vocabulary meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide import vocabulary
from router_core.decide.config import Category, ModelRef
from router_core.decide.keywords import KeywordRules, excerpt
from router_core.decide.words import words_of

MODELS = (ModelRef(name="m", id="vendor/m", provider="p"),)
BUILT_IN = ("tools", "code", "reasoning", "conversation")


def a_category(name: str, *keywords: str) -> Category:
    return Category(
        name=name,
        models=MODELS,
        keywords=keywords or vocabulary.DEFAULT_KEYWORDS.get(name, ()),
        built_in=name in BUILT_IN,
    )


def rules(*custom: Category) -> KeywordRules:
    return KeywordRules.compile((*map(a_category, BUILT_IN), *custom))


RULES = rules()


def category_of(text: str, using: KeywordRules = RULES) -> str:
    return using.score(text).scores[0].category


@pytest.mark.parametrize(
    "text",
    [
        "pyton script to rename my photos",
        "js array remove duplicates",
        "how do I exit vim",
        "TypeError: cannot read property 'map' of undefined",
        "write a python function that reverses a string",
        "sql query for the ten best customers",
        "docker container keeps restarting",
        "explain this code: def area(r): return 3.14 * r ** 2",
        "SELECT name FROM users WHERE id = 3;",
        "```\nfoo()\n```",
        "comment trier une liste en python",
        "écris une fonction qui inverse une chaîne",
        "mon script plante avec une erreur 500, pourquoi ?",
        "fais moi un site web en html",
        "c'est quoi une classe abstraite en java",
    ],
)
def test_questions_about_programs_are_code(text: str) -> None:
    assert category_of(text) == "code"


@pytest.mark.parametrize(
    "text",
    [
        "why is the sky blue?",
        "explain how vaccines work",
        "solve 2x + 3 = 11",
        "prove that sqrt 2 is irrational",
        "compare nuclear and solar energy",
        "probability of rolling two sixes",
        "A farmer has 12 cows and sells 5 of them for $300 each. How much does he get?",
        "what would happen if the moon disappeared",
        "pk le ciel est bleu",
        "pourquoi les chats ronronnent",
        "résous x^2 - 5x + 6 = 0",
        "quelles sont les causes de la première guerre mondiale",
        "comment fonctionne un moteur à explosion",
        "démontre que la somme de deux nombres pairs est paire",
    ],
)
def test_mathematics_causes_and_comparisons_are_reasoning(text: str) -> None:
    assert category_of(text) == "reasoning"


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "yo whats up",
        "thx!",
        "thanks, and in French?",
        "how are you feeling today?",
        "tell me a joke",
        "what is the capital of France?",
        "who won the world cup in 1998",
        "how do I cook rice",
        "ideas for a birthday gift for my mom",
        "is it safe to eat raw eggs",
        "bonjour, tu vas bien ?",
        "slt ça va",
        "merci beaucoup",
        "quelle est la capitale de l'Italie ?",
        "qui a peint la joconde",
        "comment faire cuire des pâtes",
        "idée de cadeau pour ma copine",
    ],
)
def test_small_talk_and_everyday_questions_are_conversation(text: str) -> None:
    assert category_of(text) == "conversation"


@pytest.mark.parametrize("text", ["", " \n", "🙂🙂", "zqx", "Да", "\x00\x01"])
def test_a_text_that_says_nothing_is_conversation_without_confidence(text: str) -> None:
    best = RULES.score(text).scores[0]
    assert (best.category, best.confidence < 0.7) == ("conversation", True)


def test_where_nothing_speaks_the_source_is_the_default() -> None:
    verdict = RULES.score("")
    assert (verdict.source, verdict.evidence) == ("default", ())


def test_evidence_names_the_keyword_and_its_category() -> None:
    verdict = RULES.score("write it in python")
    assert verdict.source == "keywords"
    assert "keyword 'python' (code)" in verdict.evidence


def test_more_evidence_gives_more_confidence() -> None:
    some = RULES.score("I have a question regarding the javascript thing over there")
    more = RULES.score("I have a question regarding the javascript function, a bug over there")
    assert some.scores[0].category == more.scores[0].category == "code"
    assert more.scores[0].confidence > some.scores[0].confidence


def test_a_custom_category_works_by_its_keywords() -> None:
    garden = rules(a_category("garden", "tulip", "rose bush"))
    assert category_of("when do I plant tulips", garden) == "garden"
    assert category_of("my ROSE-BUSH is ill", garden) == "garden"
    assert category_of("write a python function", garden) == "code"


def test_a_custom_category_without_evidence_is_not_in_question() -> None:
    listed = rules(a_category("garden", "tulip")).score("hello").scores
    assert "garden" not in {score.category for score in listed}


def test_a_users_keyword_takes_the_term_from_the_vocabulary() -> None:
    contested = "thermodynamics"
    assert category_of(contested) == "reasoning"
    verdict = rules(a_category("physics", contested)).score(contested)
    assert verdict.scores[0].category == "physics"
    assert not any("(reasoning)" in said for said in verdict.evidence)


def test_keywords_of_tools_count_like_any_others() -> None:
    categories = (a_category("tools", "jukebox"), *map(a_category, BUILT_IN[1:]))
    assert category_of("the jukebox", KeywordRules.compile(categories)) == "tools"


def test_a_keyword_matches_whole_words_only() -> None:
    garden = rules(a_category("garden", "rose"))
    assert category_of("the prices rose", garden) == "garden"
    assert category_of("a primrose and some arose", garden) != "garden"


def test_a_phrase_needs_all_its_words_in_a_row() -> None:
    garden = rules(a_category("garden", "green house plant"))
    assert category_of("my green house plant", garden) == "garden"
    assert category_of("my green plant in the house", garden) != "garden"


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("résumé", "please read my resume"),
        ("resume", "lis mon résumé"),
        ("STRASSE", "an der Straße"),
        ("cœur", "un coeur"),
        ("c++", "I like C++, really"),
        ("f#", "in F#?"),
        ("ключ", "где мой КЛЮЧ"),
        ("你好", "我说你好了"),
        ("ありがとう", "どうもありがとうございます"),
        ("สวัสดี", "สวัสดีครับ"),
        ("नमस्ते", "आप को नमस्ते जी"),
        ("مرحبا", "مرحبا يا صديقي"),
        ("안녕", "오늘 안녕 친구"),
    ],
)
def test_keywords_match_in_any_script_with_and_without_accents(keyword: str, text: str) -> None:
    assert category_of(text, rules(a_category("mine", keyword))) == "mine"


def test_an_indic_keyword_does_not_match_within_a_word() -> None:
    assert words_of("किताब") == ["किताब"]


def test_ties_go_by_the_order_of_the_categories() -> None:
    first, second = a_category("b-first", "zebra"), a_category("a-second", "okapi")
    assert category_of("a zebra and an okapi", rules(first, second)) == "b-first"
    assert category_of("a zebra and an okapi", rules(second, first)) == "a-second"


def test_a_word_shared_by_two_categories_speaks_for_both() -> None:
    both = rules(a_category("one", "zebra"), a_category("two", "zebra", "okapi"))
    assert category_of("a zebra and an okapi", both) == "two"
    assert category_of("a zebra", both) == "one"


def test_a_config_of_custom_categories_alone_is_served() -> None:
    only = KeywordRules.compile((a_category("x", "foo"), a_category("y", "bar")))
    assert category_of("bar", only) == "y"
    assert category_of("nothing", only) == "x"


def test_the_ends_of_a_long_text_are_read_and_the_middle_is_not() -> None:
    garden = rules(a_category("garden", "tulip"))
    filler = "lorem ipsum " * 1_000
    assert category_of(f"tulip {filler}", garden) == "garden"
    assert category_of(f"{filler} tulip", garden) == "garden"
    assert category_of(f"{filler} tulip {filler}", garden) != "garden"
    assert len(excerpt(filler)) < 6_100


def test_twenty_thousand_keywords_are_matched_like_a_few() -> None:
    many = [
        a_category(f"c{i}", *(f"word{i}x{j}" if j % 2 else f"alpha{i} beta{j}" for j in range(20)))
        for i in range(1_000)
    ]
    big = rules(*many)
    assert category_of("please handle word731x5", big) == "c731"
    assert category_of("please handle alpha14 beta8", big) == "c14"
    assert category_of("hello there", big) == "conversation"


def test_every_vocabulary_term_can_match() -> None:
    lost = [
        term
        for listed in vocabulary.WEIGHTED.values()
        for _, terms in listed
        for term in terms
        if not words_of(term.removeprefix(vocabulary.START))
    ]
    assert lost == []


def test_every_built_in_category_has_keywords_and_a_description() -> None:
    assert set(vocabulary.DEFAULT_KEYWORDS) == set(vocabulary.DESCRIPTIONS) == set(BUILT_IN)


@given(st.text(max_size=400))
def test_any_text_gets_a_verdict_over_the_configured_categories(text: str) -> None:
    verdict = RULES.score(text)
    confidences = [score.confidence for score in verdict.scores]
    assert {score.category for score in verdict.scores} <= set(BUILT_IN)
    assert all(0.0 <= confidence <= 1.0 for confidence in confidences)
    assert sum(confidences) == pytest.approx(1.0)
    assert confidences == sorted(confidences, reverse=True)
    assert RULES.score(text) == verdict


@given(st.lists(st.text(max_size=12), max_size=6), st.text(max_size=60))
def test_any_keywords_compile(keywords: list[str], text: str) -> None:
    verdict = rules(Category(name="any", models=MODELS, keywords=tuple(keywords))).score(text)
    assert sum(score.confidence for score in verdict.scores) == pytest.approx(1.0)

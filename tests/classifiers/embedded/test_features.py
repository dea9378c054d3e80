"""What is read of a text: its ends, in bounded time, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.classifiers.embedded import features
from router_core.classifiers.embedded.features import (
    HEAD,
    TAIL,
    affixes,
    form_of,
    pairs_of,
    words_at_ends,
)

HEAD_LETTERS, TAIL_LETTERS = features._HEAD_LETTERS, features._TAIL_LETTERS
FORM_HEAD, FORM_TAIL = features._FORM_HEAD, features._FORM_TAIL

ANY_TEXT = st.text(st.characters(), max_size=3_000)
"""Lone surrogates too: JSON can carry them."""

SCRIPTS = {
    "chinese": ("请帮我写一首诗", ["请", "帮", "我", "写", "一", "首", "诗"]),
    "japanese": ("Pythonの関数", ["python", "の", "関", "数"]),
    "arabic": ("كيف حالك؟", ["كيف", "حالك"]),
    "hebrew": ("שלום עולם!", ["שלום", "עולם"]),
    "hindi": ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
    "cyrillic": ("Привет, мир", ["привет", "мир"]),
    "accents": ("Été à Nîmes", ["ete", "a", "nimes"]),
    "emoji": ("🎉🎉👩‍👩‍👧", []),
    "control characters": ("a\x00b\x07 c\x1bd", ["a", "b", "c", "d"]),
}


def filled(seed: str, size: int) -> str:
    """As many letters as asked for, made of a seed."""
    return ((seed or "x") * size)[:size]


# -- words


@pytest.mark.parametrize("script", SCRIPTS)
def test_words_of_every_script_are_read(script):
    text, words = SCRIPTS[script]
    assert words_at_ends(text) == words


def test_a_short_text_is_read_whole_and_a_longer_one_at_its_ends():
    words = [f"{letter}{other}" for letter in "abcdefghi" for other in "klmnop"]
    most = HEAD + TAIL
    assert words_at_ends(" ".join(words[:most])) == words[:most]
    read = words_at_ends(" ".join(words))
    assert read == [*words[:HEAD], "~", *words[-TAIL:]]


def test_numbers_are_told_by_their_length():
    assert words_at_ends("7 42 007 123456789 4th v2") == ["0", "00", "000", "00000", "4th", "v2"]


def test_the_tail_of_a_long_text_does_not_begin_with_half_a_word():
    text = f"{'start ' * 110}{'x' * 500} the end"
    read = words_at_ends(text)
    assert read[-3:] == ["~", "the", "end"]


@given(
    st.text(min_size=1, max_size=40),
    st.text(min_size=1, max_size=40),
    st.text(min_size=1),
    st.text(min_size=1),
)
def test_what_stands_between_the_ends_changes_no_word(head, tail, middle, other):
    before, after = filled(head, HEAD_LETTERS), filled(tail, TAIL_LETTERS)
    assert words_at_ends(before + middle + after) == words_at_ends(before + other + after)


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40), st.text(), st.text())
def test_what_stands_between_the_ends_changes_no_form_but_the_length(head, tail, middle, other):
    before, after = filled(head, FORM_HEAD), filled(tail, FORM_TAIL)
    size = 1 + max(len(middle), len(other))
    middle, other = filled(middle, size), filled(other, size)
    assert form_of(before + middle + after) == form_of(before + other + after)


def test_both_ends_of_a_long_text_are_read():
    read = words_at_ends(f"summarise this please {'log line ' * 9_000} in three points")
    assert read[:3] == ["summarise", "this", "please"]
    assert read[-3:] == ["in", "three", "points"]
    assert len(read) == HEAD + TAIL + 1


@given(ANY_TEXT)
def test_any_text_has_a_bounded_number_of_features_and_always_the_same(text):
    words = words_at_ends(text)
    assert len(words) <= HEAD + TAIL + 1
    assert all(words)
    forms = form_of(text)
    assert len(forms) == len(set(forms))
    assert len(pairs_of(words)) <= len(words) + 3
    assert (words_at_ends(text), form_of(text)) == (words, forms)


@given(ANY_TEXT)
def test_no_word_is_mistaken_for_another_feature(text):
    words = [word for word in words_at_ends(text) if word != "~"]
    assert not [word for word in words if word[0] in "^$!#|~<>" or " " in word or "\n" in word]


# -- pairs and affixes


def test_pairs_mark_the_ends_and_tell_what_stands_first_and_last():
    assert pairs_of(["how", "are", "you"]) == [
        "< how",
        "how are",
        "are you",
        "you >",
        "<< how are",
        ">> are you",
    ]
    assert pairs_of(["hi"]) == ["< hi", "hi >"]
    assert pairs_of([]) == ["< >"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("cat", []),
        ("cats", ["^cats", "$ats"]),
        ("wires", ["^wire", "$res"]),
        ("wiring", ["^wiri", "$ing", "^wirin"]),
        ("rewires", ["^rewi", "$res", "^rewir", "$ires"]),
        ("rewiring", ["^rewi", "$ing", "^rewir", "$ring"]),
    ],
)
def test_affixes_grow_with_the_word(word, expected):
    assert affixes(word) == expected


# -- form


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("```\nx\n```", "!fence"),
        ("a = {1: 2}", "!braces"),
        ("a = b", "!equals"),
        ("x = 1;\ny = 2;", "!semicolon"),
        ("call print(x)", "!call"),
        ("if a != b", "!operator"),
        ("<div class='a'>", "!tag"),
        ("3 + 4", "!formula"),
        ("\\frac{1}{2}", "!symbols"),
        ("it costs $5", "!money"),
        ("cela coûte 5 €", "!money"),
        ("20 % less", "!percent"),
        ("why?  ", "!asks"),
        ("为什么？", "!asks"),
        ("لماذا؟", "!asks"),
        ("what? no", "!asked"),
        ("wow!", "!exclaims"),
        ("see ~/notes", "!path"),
        ("fix main.py", "!file"),
        ("my_name", "!snake"),
        ("getName", "!camel"),
        ("std::sort", "!scope"),
        ("list.append(1)", "!member"),
        ("in 1990", "!number"),
        ("which?\nA) one\nB) two", "!options"),
        ("these:\n- one", "!list"),
        ("he said “no”", "!quoted"),
        ("this:\nthat", "!colon"),
        ("a ValueError", "!error"),
        ("THE END of ALL", "!shouts"),
        ("well...", "!dots"),
    ],
)
def test_signs_of_form_are_seen(text, sign):
    assert sign in form_of(text)


def test_a_plain_sentence_shows_no_sign():
    assert form_of("The quay is quiet tonight") == ["#5", "|0"]


def test_length_and_lines_are_told_by_their_order():
    assert form_of("") == ["#0", "|0"]
    assert form_of("a\nb")[-2:] == ["#2", "|1"]
    assert form_of("a\n" * 900)[-2:] == ["#11", "|5"]
    assert "#20" in form_of("a" * 1_000_000)


@pytest.mark.parametrize("beyond", [0, 1])
def test_form_is_read_at_the_ends_of_a_long_text(beyond):
    between = FORM_HEAD + beyond
    text = f"{'a' * between}```{'a' * (FORM_TAIL + 10)}"
    assert "!fence" not in form_of(text)
    assert "!fence" in form_of(f"```{text}")
    assert "!fence" in form_of(f"{text}```")

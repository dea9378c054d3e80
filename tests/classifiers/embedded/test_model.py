"""The model's file, its sums, and the one that is shipped."""

from __future__ import annotations

import math
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.classifiers.embedded import model as module
from router_core.classifiers.embedded.features import (
    _SIGNS,
    HEAD,
    TAIL,
    affixes,
    form_of,
    pairs_of,
    words_at_ends,
)
from router_core.classifiers.embedded.model import (
    KEYWORD_FEATURES,
    LENGTH_STEP,
    Model,
    keyword_features,
    shipped,
)
from tests.classifiers.embedded.tiny_model import (
    BIAS,
    KEYWORDS,
    KINDS,
    ROWS,
    SCALES,
    TEMPERATURE,
    TOPICS,
    written,
)
from training.corpus import KINDS as TRAINED_KINDS

FILE = Path(module.__file__).with_name("model.bin")
MOST_BYTES = 5_000_000


@pytest.fixture
def tiny(tmp_path) -> Model:
    return written(tmp_path)


def reckoned(features: list[str], keywords: tuple[float, ...] = (0.0, 0.0, 0.0)) -> list[float]:
    """The scores of features by plain arithmetic."""
    sums = [sum(ROWS[feature][lane] for feature in features) for lane in range(5)]
    squares = sum(ROWS[feature][5] for feature in features) * LENGTH_STEP
    length = math.sqrt(max(squares, 1.0))
    scales = [SCALES[0]] * 2 + [SCALES[1]] * 3
    scores = [
        bias + total * scale / length for bias, total, scale in zip(BIAS, sums, scales, strict=True)
    ]
    for strength, row in zip(keywords, KEYWORDS, strict=True):
        scores = [score + strength * w for score, w in zip(scores, (*row, 0, 0, 0), strict=True)]
    return scores


def scores_of(model: Model, text: str, **keyword_scores: float) -> list[float]:
    keywords = keyword_features(keyword_scores)
    return model.scores(words_at_ends(text), form_of(text), keywords)


# -- a model made by hand


def test_the_file_says_what_the_model_is(tiny):
    assert (tiny.kinds, tiny.topics, tiny.bias) == (KINDS, TOPICS, BIAS)
    assert (tiny.scales, tiny.keywords, tiny.temperature) == (SCALES, KEYWORDS, TEMPERATURE)
    assert tiny.about == {"made": "by hand"}
    assert set(tiny.rows) == set(ROWS)


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("", []),
        ("zzz", []),
        ("select", ["select"]),
        ("hello world", ["hello", "< hello", "hello world", ">> hello world"]),
        ("hello hello", ["hello", "< hello"]),
        ("select?", ["select", "!asks"]),
        ("programmers", ["^prog", "$mers"]),
        ("programmers programs", ["^prog", "$mers", "^prog"]),
        ("hello world hello world select", ["hello", "< hello", "hello world", "select"]),
    ],
)
def test_scores_are_the_sums_over_the_length(tiny, text, features):
    assert scores_of(tiny, text) == pytest.approx(reckoned(features), abs=1e-12)


def test_a_known_word_is_told_without_its_affixes(tmp_path):
    knows = written(tmp_path, {**ROWS, "programmers": (1, 2, 3, 4, 5, 9)})
    scores = scores_of(knows, "programmers")
    length = math.sqrt(9 * LENGTH_STEP)
    assert scores[:2] == pytest.approx([0.25 + 0.5 / length, -0.5 + 2 * 0.5 / length])


def test_keyword_scores_add_to_the_kinds_alone(tiny):
    scores = scores_of(tiny, "select", code=3.0, reasoning=0.0, conversation=1.5)
    assert scores == pytest.approx(reckoned(["select"], (1.5, -1.5, 0.0)), abs=1e-12)


def test_keyword_features_tell_how_far_each_stands_out_within_limits():
    assert keyword_features({}) == (0.0, 0.0, 0.0)
    assert keyword_features({"code": 3.0, "garden": 900.0}) == (2.0, -1.0, -1.0)
    assert keyword_features({"conversation": 1e9}) == (-5.0, -5.0, 5.0)
    assert len(keyword_features({})) == len(KEYWORD_FEATURES)


def test_a_reading_is_the_softmax_of_kinds_and_of_topics_within_each(tiny):
    scores = reckoned(["select"])
    reading = tiny.read("select", {})
    raw = [math.exp(score / TEMPERATURE) for score in scores[:2]]
    kinds = [share / sum(raw) for share in raw]
    assert reading.kinds == pytest.approx(kinds)
    sql, web = math.exp(scores[2]), math.exp(scores[3])
    first = kinds[0] * sql / (sql + web)
    assert reading.topics == pytest.approx([first, kinds[0] - first, kinds[1]])
    assert reading.words == ("select",)


@pytest.mark.parametrize("step", [-128, -1, 127])
def test_the_most_rows_that_a_text_can_have_stay_in_their_lanes(tmp_path, step):
    words = [f"{n:03}{'abcdefgh'}{n:03}" for n in range(HEAD + TAIL + 1)]
    form = [f"!{n}" for n in range(len(_SIGNS) + 2)]
    names = {affix for word in words for affix in affixes(word)} | {*pairs_of(words), *form}
    row = (step, 127, -128, step, -128, 127)
    model = written(tmp_path, dict.fromkeys(names, row), bias=(0.0,) * 5, scales=(1.0, 1.0))
    count = len(words) * 4 + len(words) + 3 + len(form)
    length = math.sqrt(127 * count * LENGTH_STEP)
    lanes = [score * length / count for score in model.scores(words, form, (0, 0, 0))]
    assert lanes == pytest.approx(row[:5], rel=1e-9)


def test_huge_scores_do_not_overflow(tmp_path):
    reading = written(tmp_path, scales=(1e6, 1e6)).read("hello select", {})
    assert sum(reading.kinds) == pytest.approx(1)
    assert sum(reading.topics) == pytest.approx(1)


def test_a_word_tells_what_it_adds_to_the_kinds(tiny):
    assert tiny.kind_weights("select") == [100, -100]
    assert tiny.kind_weights("zzz") is None


# -- the shipped model


def test_the_shipped_file_is_small():
    assert FILE.stat().st_size <= MOST_BYTES


def test_the_shipped_model_is_consistent():
    model = shipped()
    assert model.kinds == TRAINED_KINDS
    assert len(set(model.topics)) == len(model.topics)
    assert tuple(kind for kind, _ in groupby(t.partition("/")[0] for t in model.topics)) == (
        model.kinds
    )
    assert all(topic.partition("/")[2] for topic in model.topics)
    lanes = len(model.kinds) + len(model.topics)
    assert len(model.bias) == lanes
    assert [len(row) for row in model.keywords] == [len(model.kinds)] * len(KEYWORD_FEATURES)
    assert all(math.isfinite(value) for value in (*model.bias, *sum(model.keywords, ())))
    assert min(*model.scales, model.temperature) > 0
    assert len(model.rows) > 10_000
    assert max(model.rows.values()).bit_length() <= 8 * module._LANE_BYTES * (lanes + 1)


def test_the_shipped_model_is_loaded_once():
    assert shipped() is shipped()


@given(
    st.text(st.characters(), max_size=1_500),
    st.dictionaries(st.sampled_from([*KEYWORD_FEATURES, "tools"]), st.floats(-50, 50)),
)
def test_every_reading_of_the_shipped_model_sums_to_one(text, keyword_scores):
    model = shipped()
    reading = model.read(text, keyword_scores)
    assert sum(reading.kinds) == pytest.approx(1)
    assert all(0 <= chance <= 1 for chance in (*reading.kinds, *reading.topics))
    for kind, chance in zip(model.kinds, reading.kinds, strict=True):
        own = [
            share
            for topic, share in zip(model.topics, reading.topics, strict=True)
            if topic.startswith(f"{kind}/")
        ]
        assert sum(own) == pytest.approx(chance)

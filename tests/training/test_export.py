"""What is trained and what the router reads are the same numbers."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

from router_core.classifiers.embedded.features import form_of, words_at_ends  # noqa: E402
from router_core.classifiers.embedded.model import LENGTH_STEP, Model, keyword_features  # noqa: E402
from router_core.decide.defaults import default_config  # noqa: E402
from router_core.decide.keywords import KeywordRules  # noqa: E402
from training.corpus import KINDS, Example  # noqa: E402
from training.export import write_model  # noqa: E402
from training.fit import Fitted, Options, fit  # noqa: E402
from training.vectors import _found, keyword_columns  # noqa: E402

TEXTS = {
    "code/sql": ("select the users of a table", "join two tables by key", "group users by age"),
    "code/web": ("center a div with css", "a button in html with css", "style the div"),
    "conversation/chat": ("hello, how are you?", "hello there, how is it?", "are you there?"),
    "creative/poem": ("a poem about the sea", "poems about the moon", "rhyme the sea and moon"),
    "general/pets": ("my cat does not eat", "the cat and the dog eat", "a name for my dog"),
    "reasoning/math": ("solve 2x + 3 = 9", "solve the equation x = 4", "prove 3 + 4 = 7"),
}
UNSEEN = (
    "hello, select my cats and poems",
    "solving equations about the tables?",
    "styled buttons",
    "zzz",
    "",
)
RULES = KeywordRules.compile(default_config().categories.values())


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    examples = [
        Example(text=text, kind=topic.partition("/")[0], topic=topic, lang="en", source="test")
        for topic, texts in TEXTS.items()
        for text in texts
    ]
    return fit(examples, Options())


@pytest.fixture(scope="module")
def exported(fitted, tmp_path_factory) -> Model:
    file = tmp_path_factory.mktemp("model") / "model.bin"
    write_model(fitted, file, temperature=1.25, about={"made": "for a test"})
    return Model.load(file)


def scores_of(model: Model, text: str) -> list[float]:
    keywords = keyword_features(RULES.strengths(text).scores)
    return model.scores(words_at_ends(text), form_of(text), keywords)


ALL = [*(text for texts in TEXTS.values() for text in texts), *UNSEEN]


def summed(scores, bias, keywords, length: float):
    """The sums of the features' rows, before they are divided by the length of all."""
    return (scores - bias - keywords) * length


@pytest.mark.parametrize("text", ALL)
def test_the_router_scores_as_training_does(fitted, exported, text):
    vocabulary, count = fitted.vocabulary, len(KINDS)
    lengths = [float(vocabulary.lengths[column]) for column in _found(text, vocabulary.columns)]
    rows = exported._rows_of(words_at_ends(text), form_of(text))
    *_, squares = exported._lanes(sum(rows), len(rows))
    # A row is rounded once, by half a step at most; one that rounds to nothing is left out.
    assert abs(squares * LENGTH_STEP - sum(n * n for n in lengths)) <= len(lengths) * LENGTH_STEP
    trained, read = (
        max(square, 1.0) ** 0.5 for square in (sum(n * n for n in lengths), squares * LENGTH_STEP)
    )
    keywords = keyword_columns([text])[0] @ fitted.keyword_weights
    bias = fitted.bias[:count]
    told = summed(np.array(scores_of(exported, text)[:count]), bias, keywords, read)
    right = summed(fitted.kind_scores([text])[0], bias, keywords, trained)
    slack = 1e-3
    assert np.all(np.abs(told - right) <= exported.scales[0] * len(lengths) / 2 + slack)


def test_training_texts_keep_their_kind(fitted, exported):
    for topic, texts in TEXTS.items():
        for text in texts:
            scores = scores_of(exported, text)[: len(KINDS)]
            assert KINDS[int(np.argmax(scores))] == topic.partition("/")[0], text


def test_the_file_names_the_kinds_and_topics_and_how_it_was_made(fitted, exported):
    assert (exported.kinds, exported.topics) == (KINDS, fitted.topics)
    assert fitted.topics == tuple(sorted(TEXTS))
    assert (exported.temperature, exported.about) == (1.25, {"made": "for a test"})


def test_the_same_model_gives_the_same_bytes(fitted, tmp_path):
    files = [tmp_path / "one.bin", tmp_path / "two.bin"]
    for file in files:
        write_model(fitted, file, temperature=1.0, about={})
    assert files[0].read_bytes() == files[1].read_bytes()

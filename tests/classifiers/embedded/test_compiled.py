"""What is worked out of configs: once for each, ahead where one wants, and from hashes too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.classifiers.embedded import Compiled, EmbeddedClassifier
from router_core.classifiers.keywords import KeywordClassifier
from router_core.decide.config import Category, ModelRef, RoutingConfig
from router_core.decide.defaults import default_config
from router_core.decide.golden import GOLDEN
from router_core.decide.sketch import hashes_of, hidden, shown

MODEL = ModelRef(name="m", id="vendor/m", provider="p")
CONFIG = default_config()
COMPILED = Compiled()
SALT = bytes(range(32))


def fresh(*categories: Category) -> RoutingConfig:
    added = {category.name: category for category in categories}
    return replace(CONFIG, categories={**CONFIG.categories, **added})


GARDEN = fresh(
    Category(
        name="garden",
        models=(MODEL,),
        keywords=("tulip", "compost heap"),
        examples=("my zorblax has greenfly", "when is a zorblax pruned?", "a hedge of zorblax"),
    )
)


def test_a_config_is_worked_out_once() -> None:
    compiled, config = Compiled(), fresh()
    assert compiled.categories_of(config) is compiled.categories_of(config)
    assert compiled.categories_of(config).rules is compiled.rules_of(config)
    assert compiled.rules_of(fresh()) is not compiled.rules_of(config)


def test_both_classifiers_share_it() -> None:
    compiled, config = Compiled(), fresh()
    embedded, keywords = EmbeddedClassifier(compiled), KeywordClassifier(compiled)
    assert embedded.categories_of(config).rules is keywords.rules_of(config)


def test_the_four_that_were_asked_for_last_are_kept() -> None:
    compiled, configs = Compiled(), [fresh() for _ in range(5)]
    first = [compiled.rules_of(config) for config in configs[:4]]
    assert compiled.rules_of(configs[0]) is first[0]
    compiled.rules_of(configs[4])
    assert [compiled.rules_of(configs[i]) is first[i] for i in (0, 2, 3)] == [True] * 3
    assert compiled.rules_of(configs[1]) is not first[1]


def test_what_requests_use_is_kept_whatever_is_tried() -> None:
    compiled, in_force = Compiled(), fresh()
    used = compiled.rules_of(in_force)
    for _ in range(20):
        compiled.prepare(fresh())
        assert compiled.rules_of(in_force) is used


def test_what_is_prepared_is_there() -> None:
    compiled, config = Compiled(), fresh()
    compiled.prepare(config)
    assert compiled._entries[0].config is config
    assert compiled._entries[0].categories is compiled.categories_of(config)


def test_threads_may_prepare_what_requests_ask_for() -> None:
    compiled, configs = Compiled(), [fresh() for _ in range(3)]
    with ThreadPoolExecutor(8) as pool:
        prepared = [pool.submit(compiled.prepare, config) for config in configs * 8]
        rules = {id(config): compiled.rules_of(config) for config in configs}
        for each in prepared:
            each.result()
    assert {id(config): compiled.rules_of(config) for config in configs} == rules
    assert len(compiled._entries) == 3


@pytest.mark.parametrize("config", [CONFIG, GARDEN], ids=["plain", "garden"])
def test_the_likeliest_is_the_first_of_the_verdict(config: RoutingConfig) -> None:
    categories, rules = COMPILED.categories_of(config), COMPILED.rules_of(config)
    for text in (*GOLDEN, "a tulip", "my zorblax"):
        sketch = COMPILED.sketch(text)
        assert (
            COMPILED.likeliest(sketch, config, "embedded")
            == (categories.verdict(text, "embedded").scores[0])
        )
        assert COMPILED.likeliest(sketch, config, "keywords") == rules.score(text).scores[0]


WORDS = (
    "write a python function how why tulip tulips compost heap zorblax greenfly hedge stack "
    "trace the bonjour merci qwerty 12 3.5 C++ 漢 字 (x) {y} hello"
)
texts = st.lists(st.sampled_from(WORDS.split()), max_size=40).map(" ".join)


@given(texts, st.sampled_from([CONFIG, GARDEN]), st.sampled_from(["embedded", "keywords"]))
def test_a_text_is_judged_by_the_hashes_of_its_words_as_by_the_words(
    text: str, config: RoutingConfig, classifier: str
) -> None:
    sketch = COMPILED.sketch(text)
    listed = list(COMPILED.words_of(config))
    known = dict(zip(hashes_of(listed, SALT), listed, strict=True))
    again = shown(hidden(sketch, SALT), known)
    assert COMPILED.likeliest(again, config, classifier) == (
        COMPILED.likeliest(sketch, config, classifier)
    )


class Meanwhile(dict[str, Category]):
    """Categories of a config that a thread works out while another is at it."""

    compiled: Compiled | None = None
    config: RoutingConfig = CONFIG
    won: object = None

    def values(self):
        """Yields the categories, once the other thread is done."""
        if self.compiled is not None:
            compiled, self.compiled = self.compiled, None
            self.won = compiled.rules_of(self.config)
        return super().values()


def test_of_two_that_work_a_config_out_at_once_both_get_the_same() -> None:
    categories, compiled = Meanwhile(CONFIG.categories), Compiled()
    categories.config = config = replace(CONFIG, categories=categories)
    categories.compiled = compiled
    assert compiled.rules_of(config) is categories.won
    assert len(compiled._entries) == 1

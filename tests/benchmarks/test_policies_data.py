"""What the policies are judged on is whole, sane, and the same in the table and in the data."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

import benchmarks.policies
from router_core.decide.defaults import BUILT_IN_CATEGORIES, BUILT_IN_MODELS

FOLDER: Final = Path(benchmarks.policies.__file__).parent
DATA: Final = json.loads((FOLDER / "models.json").read_text())
README: Final = (FOLDER / "README.md").read_text()
MODELS: Final = DATA["models"]
CATEGORIES: Final = DATA["categories"]
GONE: Final = "aurora-alpha"


def row(alias: str, heading: str) -> list[str]:
    """The cells of a model's row in the first table under a heading, without remarks."""
    section = README.split(f"# {heading}", 1)[1]
    line = next(line for line in section.splitlines() if line.startswith(f"| {alias} |"))
    return [cell.split("(")[0].strip().replace(",", "") for cell in line.split("|")[2:-1]]


def at(place: Any, path: str) -> Any:
    """What is at a path of names, or KeyError."""
    for name in path.split("."):
        place = place[name]
    return place


def mean(shape: dict[str, float]) -> float:
    """The mean of a lognormal."""
    return shape["median"] * math.exp(shape["sigma"] ** 2 / 2)


def test_the_built_in_models_are_there_but_the_one_that_is_gone():
    assert BUILT_IN_MODELS.keys() - MODELS.keys() == {GONE}
    for alias, model_id in BUILT_IN_MODELS.items():
        assert alias == GONE or MODELS[alias]["id"] == model_id
    assert f"`{GONE}` is left out" in README


def test_the_built_in_categories_are_all_of_the_requests():
    assert CATEGORIES.keys() == BUILT_IN_CATEGORIES.keys()
    assert sum(category["share"] for category in CATEGORIES.values()) == pytest.approx(1)


@pytest.mark.parametrize("alias", MODELS)
def test_a_model_is_whole_and_sane(alias):
    model = MODELS[alias]
    prices = {name: Decimal(price) for name, price in model["pricing"].items()}
    assert prices.keys() == {"prompt", "completion", "input_cache_read"}
    assert 0 < prices["input_cache_read"] < prices["prompt"] < prices["completion"]
    assert prices["completion"] < Decimal("0.0002")  # dollars a token, not a million
    assert model["quality"].keys() == model["verbosity_by_category"].keys() == CATEGORIES.keys()
    assert all(0 <= points <= 100 for points in model["quality"].values())
    assert 100 <= model["ttft_ms"]["median"] <= 10_000
    assert 10 <= model["tokens_per_s"]["median"] <= 300
    assert 0 < model["ttft_ms"]["sigma"] < 2
    assert 0 < model["tokens_per_s"]["sigma"] < 2
    assert 1 <= model["verbosity"] <= 10
    assert (model["verbosity"] > 1) == (model["measured_as"].endswith(("(Reasoning)", "(medium)")))


@pytest.mark.parametrize("alias", MODELS)
def test_what_is_assumed_is_there(alias):
    for path in MODELS[alias]["assumed"]:
        at(MODELS[alias], path)


@pytest.mark.parametrize("name", CATEGORIES)
def test_what_is_assumed_of_requests_is_there(name):
    assert CATEGORIES[name]["assumed"]
    for path in CATEGORIES[name]["assumed"]:
        at(CATEGORIES[name], path)


@pytest.mark.parametrize("alias", MODELS)
def test_the_readme_says_what_the_data_say(alias):
    model = MODELS[alias]
    prices = [Decimal(price).scaleb(6) for price in model["pricing"].values()]
    assert list(map(Decimal, row(alias, "Prices"))) == prices
    assert list(map(float, row(alias, "Quality"))) == list(model["quality"].values())
    seconds, p95, sigma, speed, p5, spread = map(float, row(alias, "Time"))
    assert model["ttft_ms"] == {"median": round(seconds * 1000), "sigma": sigma}
    assert model["tokens_per_s"] == {"median": speed, "sigma": spread}
    assert math.log(p95 / seconds) / 1.645 == pytest.approx(sigma, abs=0.006)
    assert math.log(speed / p5) / 1.645 == pytest.approx(spread, abs=0.006)


@pytest.mark.parametrize("alias", MODELS)
def test_the_readme_marks_the_points_that_are_assumed(alias):
    section = README.split("### Quality", 1)[1]
    line = next(line for line in section.splitlines() if line.startswith(f"| {alias} |"))
    marked = [
        name
        for name, cell in zip(CATEGORIES, line.split("|")[2:], strict=False)
        if "assumed" in cell
    ]
    assumed = MODELS[alias]["assumed"]
    assert marked == [name for name in CATEGORIES if f"quality.{name}" in assumed]


@pytest.mark.parametrize("name", CATEGORIES)
def test_the_readme_says_what_the_data_say_of_requests(name):
    category = CATEGORIES[name]
    line = next(line for line in README.splitlines() if line.startswith(f"| {name} | 0."))
    share, *shapes = (cell.strip() for cell in line.split("|")[2:-1])
    assert float(share) == category["share"]
    for cell, shape in zip(
        shapes, (category["prompt_tokens"], category["answer_tokens"]), strict=True
    ):
        median, sigma, average = (float(part.replace(",", "")) for part in cell.split(", "))
        assert shape == {"median": median, "sigma": sigma}
        assert mean(shape) == pytest.approx(average, rel=0.005)


def test_the_requests_have_the_published_averages():
    prompts = {
        name: each["share"] * mean(each["prompt_tokens"]) for name, each in CATEGORIES.items()
    }
    assert sum(prompts.values()) == pytest.approx(6000, rel=0.01)
    assert prompts["code"] / sum(prompts.values()) == pytest.approx(0.5, abs=0.01)


def test_the_other_benchmark_for_tools_has_every_model():
    other = DATA["alternatives"]["tools"]
    assert other["points"].keys() == MODELS.keys()
    assert all(0 <= points <= 100 for points in other["points"].values())
    assert set(other["assumed"]) <= MODELS.keys()

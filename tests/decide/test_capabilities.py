"""Which models can take a request, by what is known of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.capabilities import fitting, has_larger_window, lacks
from router_core.decide.config import ModelRef
from router_core.decide.demands import Demands
from router_core.decide.model_info import ModelInfo

EVERYTHING = Demands(
    tools=True,
    images=1,
    audio=1,
    files=1,
    video=1,
    output_format="json_schema",
    max_output_tokens=10**9,
    prompt_tokens=10**9,
)


JSON = {"output_format": "json_object"}
SCHEMA = {"output_format": "json_schema"}


@pytest.mark.parametrize(
    ("demands", "info", "reason"),
    [
        ({"tools": True}, {"parameters": {"seed"}}, "it cannot call tools"),
        ({"tools": True}, {"parameters": {"tools"}}, None),
        ({}, {"parameters": set()}, None),
        ({"images": 1}, {"input_modalities": {"text"}}, "it does not take image input"),
        ({"images": 1}, {"input_modalities": {"text", "image"}}, None),
        (
            {"audio": 1, "files": 2, "video": 1},
            {"input_modalities": {"file"}},
            "it does not take audio or video input",
        ),
        ({"files": 1}, {"input_modalities": {"image"}}, "it does not take file input"),
        (
            {"output_format": "json_schema"},
            {"parameters": set()},
            "it cannot answer as json_schema",
        ),
        (SCHEMA, {"parameters": {"structured_outputs"}}, None),
        (SCHEMA, {"parameters": {"response_format"}}, None),
        (
            {"output_format": "json_object"},
            {"parameters": {"tools"}},
            "it cannot answer as json_object",
        ),
        (JSON, {"parameters": {"response_format"}}, None),
        (JSON, {"parameters": {"structured_outputs"}}, None),
        (
            {"max_output_tokens": 9},
            {"max_output_tokens": 8},
            "its answers have at most 8 tokens, and 9 are asked for",
        ),
        ({"max_output_tokens": 8}, {"max_output_tokens": 8}, None),
        (
            {"prompt_tokens": 5, "max_output_tokens": 4},
            {"context_length": 8},
            "its window has 8 tokens, and about 9 are needed",
        ),
        ({"prompt_tokens": 5, "max_output_tokens": 3}, {"context_length": 8}, None),
        (
            {"prompt_tokens": 9},
            {"context_length": 8},
            "its window has 8 tokens, and about 9 are needed",
        ),
    ],
)
def test_what_a_model_lacks(
    demands: dict[str, Any], info: dict[str, Any], reason: str | None
) -> None:
    known: dict[str, Any] = {
        key: frozenset(value) if isinstance(value, set) else value for key, value in info.items()
    }
    assert lacks(Demands(**demands), ModelInfo(**known)) == reason


def models(*infos: ModelInfo) -> list[tuple[ModelRef, ModelInfo]]:
    return [
        (ModelRef(name=f"m{i}", id=f"v/m{i}", provider="p"), info) for i, info in enumerate(infos)
    ]


def tried(demands: Demands, *infos: ModelInfo) -> list[str]:
    return [fit.model.name for fit in fitting(models(*infos), demands) if fit.eligible]


def window(tokens: int | None, **more: Any) -> ModelInfo:
    return ModelInfo(context_length=tokens, **more)


def test_models_that_are_too_small_are_dropped_where_one_is_not() -> None:
    assert tried(Demands(prompt_tokens=10), window(8), window(16), window(None)) == ["m1", "m2"]


def test_where_all_are_too_small_the_largest_windows_are_tried() -> None:
    fits = fitting(models(window(8), window(9), window(9)), Demands(prompt_tokens=10))
    assert [fit.eligible for fit in fits] == [False, True, True]
    assert [fit.reason for fit in fits] == [
        "its window has 8 tokens, and about 10 are needed",
        "its window has 9 tokens, and about 10 are needed; tried as the roomiest",
        "its window has 9 tokens, and about 10 are needed; tried as the roomiest",
    ]


def test_size_saves_no_model_that_is_not_able() -> None:
    blind = window(100, input_modalities=frozenset({"text"}))
    small_too = window(8, input_modalities=frozenset({"text"}))
    assert tried(Demands(images=1, prompt_tokens=10), blind, window(8), small_too) == ["m1"]
    assert tried(Demands(images=1, prompt_tokens=10), blind) == []


def test_where_all_answers_are_too_short_the_longest_in_a_window_that_does_are_tried() -> None:
    demands = Demands(prompt_tokens=10, max_output_tokens=100)
    short, longer = window(1000, max_output_tokens=50), window(110, max_output_tokens=60)
    assert tried(demands, short, longer, window(20, max_output_tokens=90)) == ["m1"]


def test_no_models_fit_where_there_are_none() -> None:
    assert fitting([], EVERYTHING) == ()


@pytest.mark.parametrize(
    ("own", "failed", "larger"),
    [(9, 8, True), (8, 8, False), (7, 8, False), (None, 8, False), (7, None, False)],
)
def test_after_an_overflow_a_window_must_be_larger(
    own: int | None, failed: int | None, larger: bool
) -> None:
    assert has_larger_window(window(own), than=window(failed)) is larger


# -- what always holds --------------------------------------------------------------

tokens = st.none() | st.integers(1, 40)
infos = st.builds(
    ModelInfo,
    context_length=tokens,
    max_output_tokens=tokens,
    input_modalities=st.none()
    | st.frozensets(st.sampled_from(["text", "image", "audio", "file", "video"])),
    parameters=st.none()
    | st.frozensets(st.sampled_from(["tools", "response_format", "structured_outputs", "seed"])),
)
counts = st.integers(0, 2)
demanded = st.builds(
    Demands,
    tools=st.booleans(),
    images=counts,
    audio=counts,
    files=counts,
    video=counts,
    output_format=st.sampled_from(["text", "json_object", "json_schema"]),
    max_output_tokens=tokens,
    prompt_tokens=st.integers(0, 40),
)
ABILITIES_ALONE: dict[str, Any] = {"max_output_tokens": None, "prompt_tokens": 0}


@given(demanded, demanded, infos)
def test_who_asks_for_more_gets_no_more_models(a: Demands, b: Demands, info: ModelInfo) -> None:
    both = Demands(
        tools=a.tools or b.tools,
        images=max(a.images, b.images),
        audio=max(a.audio, b.audio),
        files=max(a.files, b.files),
        video=max(a.video, b.video),
        output_format=max(a.output_format, b.output_format, key=len),
        max_output_tokens=max(a.max_output_tokens or 0, b.max_output_tokens or 0) or None,
        prompt_tokens=max(a.prompt_tokens, b.prompt_tokens),
    )
    if lacks(both, info) is None:
        assert lacks(a, info) is None
        assert lacks(b, info) is None


@given(demanded, infos, st.sampled_from(["context_length", "max_output_tokens", "parameters"]))
def test_who_knows_less_drops_no_more(demands: Demands, info: ModelInfo, key: str) -> None:
    if lacks(demands, info) is None:
        assert lacks(demands, replace(info, **{key: None})) is None


def test_nothing_is_held_against_a_model_of_which_nothing_is_known() -> None:
    assert lacks(EVERYTHING, ModelInfo()) is None


@given(st.lists(infos, max_size=5), demanded)
def test_every_drop_has_a_reason_and_the_order_stays(
    known: list[ModelInfo], demands: Demands
) -> None:
    fits = fitting(models(*known), demands)
    assert [fit.model for fit in fits] == [model for model, _ in models(*known)]
    for fit, info in zip(fits, known, strict=True):
        assert fit.eligible or fit.reason
        assert (fit.reason is None) == (lacks(demands, info) is None)


@given(st.lists(infos, max_size=5), demanded)
def test_one_is_tried_wherever_one_is_able(known: list[ModelInfo], demands: Demands) -> None:
    abilities = replace(demands, **ABILITIES_ALONE)
    able = [lacks(abilities, info) is None for info in known]
    fits = fitting(models(*known), demands)
    assert any(fit.eligible for fit in fits) == any(able)
    assert not any(fit.eligible and not is_able for fit, is_able in zip(fits, able, strict=True))


@given(st.lists(infos, min_size=1, max_size=5), demanded)
def test_nobody_too_small_is_tried_where_one_is_not(
    known: list[ModelInfo], demands: Demands
) -> None:
    fits = fitting(models(*known), demands)
    if any(fit.reason is None for fit in fits):
        assert all(fit.reason is None for fit in fits if fit.eligible)

"""Plain JSON to protobuf messages: what was shown can be given back."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from llm_router.projection import project
from llm_router.unprojection import ProjectionError, unproject
from llm_router.v1 import config_categories_pb2 as pb

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
TEXTS = st.lists(TEXT, max_size=3)
DURATIONS = (
    st.builds(Duration, seconds=st.integers(0, 86_400), nanos=st.integers(0, 10**9 - 1)) | st.none()
)
DEADLINES = st.builds(pb.Deadlines, connect=DURATIONS, first_token=DURATIONS, total=DURATIONS)
INT32 = st.integers(-(2**31), 2**31 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
OVERRIDES = st.builds(pb.PriceOverride, min_prompt_tokens=st.none() | INT64, prompt=TEXT)
PRICING = st.builds(pb.Pricing, prompt=st.none() | TEXT, overrides=st.lists(OVERRIDES, max_size=2))
CATEGORIES = st.builds(
    pb.Category,
    name=TEXT,
    models=TEXTS,
    keywords=TEXTS,
    description=TEXT,
    policy=TEXT,
    quality=st.dictionaries(TEXT, DOUBLES, max_size=3),
    floor=st.none() | DOUBLES,
)
MODELS = st.builds(
    pb.ModelAlias,
    alias=TEXT,
    deadlines=st.none() | DEADLINES,
    max_concurrent=st.none() | INT32,
    context_length=st.none() | INT64,
    pricing=st.none() | PRICING,
)
CONFIGS = st.builds(
    pb.RouterConfig,
    version=INT32,
    mode=TEXT,
    models=st.lists(MODELS, max_size=2),
    categories=st.lists(CATEGORIES, max_size=2),
    housekeeping=TEXTS,
    deadlines=DEADLINES,
    continuity=st.builds(pb.Continuity, enabled=st.none() | st.booleans(), cache=DURATIONS),
    classifiers=st.builds(
        pb.Classifiers,
        cascade_below=DOUBLES,
        api=st.builds(pb.ApiClassifier, model=TEXT, in_cascade=st.booleans()),
    ),
)


@given(CONFIGS)
def test_what_was_shown_can_be_given_back(config: pb.RouterConfig):
    again = pb.RouterConfig()
    paths = unproject(project(config), again)
    assert again == config
    assert {path.partition(".")[0] for path in paths} == set(config.DESCRIPTOR.fields_by_name)


@pytest.mark.parametrize(
    ("shown", "paths"),
    [
        ({}, ()),
        ({"mode": "keywords"}, ("mode",)),
        ({"deadlines": {"first_token_s": 20}}, ("deadlines.first_token",)),
        ({"deadlines": {}}, ()),
        ({"deadlines": None}, ("deadlines",)),
        ({"deadlines": {"idle_s": None, "total_s": 1.5}}, ("deadlines.idle", "deadlines.total")),
        (
            {"classifiers": {"api": {"in_cascade": True}, "cascade_below": 0.5}},
            ("classifiers.api.in_cascade", "classifiers.cascade_below"),
        ),
        ({"housekeeping": []}, ("housekeeping",)),
        ({"models": [{"alias": "a", "deadlines": {"idle_s": 1}}]}, ("models",)),
        ({"last_resort": None, "mode": ""}, ("last_resort", "mode")),
        (
            {"limits": {"per_request": {"max_cost_usd": 0.05, "allowed_models": []}}},
            ("limits.per_request.max_cost_usd", "limits.per_request.allowed_models"),
        ),
    ],
)
def test_the_paths_are_those_that_the_object_names(shown: Any, paths: tuple[str, ...]):
    assert unproject(shown, pb.RouterConfig()) == paths


def test_a_map_is_one_path_and_shown_by_its_keys():
    category = pb.Category()
    shown = {"quality": {"b/c": 61.5, "a": 82}, "floor": None}

    assert unproject(shown, category) == ("quality", "floor")
    assert category == pb.Category(quality={"a": 82.0, "b/c": 61.5})
    assert list(project(category)["quality"].items()) == [("a", 82.0), ("b/c", 61.5)]
    assert unproject({"quality": None}, pb.Category()) == ("quality",)


def test_values_come_to_their_fields():
    config = pb.RouterConfig()
    unproject(
        {
            "deadlines": {"first_token_s": 0.3, "idle_s": 20},
            "limits": {"max_concurrent": 7.0},
            "classifiers": {"cascade_below": 1},
            "continuity": {"enabled": False},
            "categories": [{"name": "law", "models": ["glm-5"]}],
        },
        config,
    )
    assert config == pb.RouterConfig(
        deadlines=pb.Deadlines(first_token=Duration(nanos=300_000_000), idle=Duration(seconds=20)),
        limits=pb.Limits(max_concurrent=7),
        classifiers=pb.Classifiers(cascade_below=1.0),
        continuity=pb.Continuity(enabled=False),
        categories=[pb.Category(name="law", models=["glm-5"])],
    )


@pytest.mark.parametrize(
    "shown",
    [
        {"deadlines": {}},
        {"deadlines": None},
        {"deadlines": {"idle_s": None}},
        {"continuity": {"enabled": None}},
        {"limits": {"max_concurrent": None}},
        {"mode": None, "models": None},
    ],
)
def test_null_and_nothing_leave_the_default(shown: Any):
    config = pb.RouterConfig()
    unproject(shown, config)
    for part in ("deadlines", "continuity", "limits"):
        assert not getattr(config, part).ListFields()
        config.ClearField(part)
    assert config == pb.RouterConfig()


def test_an_object_is_there_even_where_it_is_empty():
    model = pb.ModelAlias()
    assert unproject({"pricing": {}, "deadlines": {"idle_s": None}}, model) == ("deadlines.idle",)
    assert model == pb.ModelAlias(pricing=pb.Pricing(), deadlines=pb.Deadlines())


def test_a_false_that_was_given_is_no_default():
    limits = pb.Limits()
    assert unproject({"max_queued": 0}, limits) == ("max_queued",)
    assert limits.HasField("max_queued")


def test_what_only_the_router_writes_is_left_alone():
    config = pb.RouterConfig()
    paths = unproject(
        {
            "categories": [{"name": "a", "built_in": 3, "etag": []}],
            "providers": [{"has_key": True, "is_default": "x"}],
        },
        config,
    )
    assert paths == ("categories", "providers")
    assert config.categories[0] == pb.Category(name="a")
    assert config.providers[0] == pb.Provider()


def test_a_key_that_only_the_router_writes_is_unknown_where_it_never_stands():
    with pytest.raises(ProjectionError, match=r"deadlines\.etag: unknown key"):
        unproject({"deadlines": {"etag": "e"}}, pb.RouterConfig())


def test_keys_that_stand_beside_the_message_are_named_by_the_caller():
    shown = {"mode": "keywords", "overrides": [], "change": {}}
    assert unproject(shown, pb.RouterConfig(), ignored=("overrides", "change")) == ("mode",)
    with pytest.raises(ProjectionError, match="overrides: unknown key"):
        unproject(shown, pb.RouterConfig(), ignored=("change",))


def test_ignored_keys_count_at_the_top_alone():
    with pytest.raises(ProjectionError, match=r"deadlines\.change: unknown key"):
        unproject({"deadlines": {"change": 1}}, pb.RouterConfig(), ignored=("change",))


def test_fields_that_are_not_for_the_caller_are_unknown_and_not_suggested():
    request = pb.ReplaceModelsRequest()
    only = ("category", "models")
    assert unproject({"models": ["a"], "category": "c"}, request, only=only) == (
        "models",
        "category",
    )
    with pytest.raises(ProjectionError, match=r"^validate_only: unknown key$"):
        unproject({"validate_only": True}, pb.ReplaceModelsRequest(), only=only)


@pytest.mark.parametrize(
    ("value", "kept"), [(5, "5"), (0.1, "0.1"), ("2.50", "2.50"), (1e-7, "1e-07")]
)
def test_money_may_be_a_number_and_is_kept_as_text(value: Any, kept: str):
    config = pb.RouterConfig()
    assert unproject({"limits": {"daily_usd": value}}, config) == ("limits.daily_usd",)
    assert config.limits.daily_usd == kept


@pytest.mark.parametrize(
    ("shown", "path", "problem"),
    [
        ([], "", "must be an object"),
        (
            {"limits": {"daily_usd": True}},
            "limits.daily_usd",
            "must be a number or a decimal string",
        ),
        ({"limits": {"daily_usd": "\ud800"}}, "limits.daily_usd", "half a surrogate pair"),
        ("x", "", "must be an object"),
        ({"moode": "x"}, "moode", "unknown key; did you mean 'mode'?"),
        ({"zzz": 1}, "zzz", "unknown key"),
        ({"": 1}, "", "unknown key"),
        (
            {"deadlines": {"first_token": 1}},
            "deadlines.first_token",
            "unknown key; did you mean 'first_token_s'?",
        ),
        ({"mode": 1}, "mode", "must be a string"),
        ({"mode": "\ud800"}, "mode", "half a surrogate pair"),
        ({"mo\ud800de": 1}, "mo?de", "unknown key; did you mean 'mode'?"),
        ({"version": True}, "version", "must be an integer"),
        ({"version": 1.5}, "version", "must be an integer"),
        ({"version": "1"}, "version", "must be an integer"),
        ({"version": 2**31}, "version", "must be from -2147483648 to 2147483647"),
        ({"version": 1e300}, "version", "must be from -2147483648 to 2147483647"),
        ({"version": float("nan")}, "version", "must be an integer"),
        ({"continuity": {"enabled": 1}}, "continuity.enabled", "must be true or false"),
        (
            {"classifiers": {"cascade_below": False}},
            "classifiers.cascade_below",
            "must be a number",
        ),
        (
            {"classifiers": {"cascade_below": float("inf")}},
            "classifiers.cascade_below",
            "must be a finite number",
        ),
        (
            {"classifiers": {"cascade_below": 10**400}},
            "classifiers.cascade_below",
            "must be a finite number",
        ),
        ({"deadlines": 5}, "deadlines", "must be an object"),
        ({"deadlines": []}, "deadlines", "must be an object"),
        ({"deadlines": {"idle_s": "5"}}, "deadlines.idle_s", "must be a number"),
        ({"deadlines": {"idle_s": True}}, "deadlines.idle_s", "must be a number"),
        (
            {"deadlines": {"idle_s": -(2**60)}},
            "deadlines.idle_s",
            "must be at most 315576000000 seconds",
        ),
        (
            {"deadlines": {"idle_s": 315_576_000_001}},
            "deadlines.idle_s",
            "must be at most 315576000000 seconds",
        ),
        (
            {"models": [{"context_length": 2**63}]},
            "models[0].context_length",
            "must be from -9223372036854775808 to 9223372036854775807",
        ),
        ({"categories": {}}, "categories", "must be a list"),
        ({"categories": [None]}, "categories[0]", "must be an object"),
        (
            {"categories": [{}, {"modls": []}]},
            "categories[1].modls",
            "unknown key; did you mean 'models'?",
        ),
        ({"categories": [{"models": [None]}]}, "categories[0].models[0]", "must be a string"),
        ({"housekeeping": "a"}, "housekeeping", "must be a list"),
        ({"categories": [{"quality": [1]}]}, "categories[0].quality", "must be an object"),
        ({"categories": [{"quality": {"a": "1"}}]}, "categories[0].quality.a", "must be a number"),
        (
            {"categories": [{"quality": {"\ud800": 1}}]},
            "categories[0].quality",
            "half a surrogate pair",
        ),
    ],
)
def test_what_shows_no_such_message_is_refused_with_its_path(shown: Any, path: str, problem: str):
    with pytest.raises(ProjectionError) as caught:
        unproject(shown, pb.RouterConfig())
    assert (caught.value.path, caught.value.problem) == (path, problem)
    assert str(caught.value) == (f"{path}: {problem}" if path else problem)


def test_a_long_key_is_cut():
    with pytest.raises(ProjectionError) as caught:
        unproject({"x" * 10**6: 1}, pb.RouterConfig())
    assert caught.value.path == "x" * 80


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["mode", "version", "deadlines", "idle_s", "models", "alias", "limits"]
            ),
            inner,
            max_size=3,
        )
    ),
)


@given(JSON)
def test_any_json_is_taken_or_refused(shown: Any):
    try:
        unproject(shown, pb.RouterConfig())
    except ProjectionError as error:
        assert error.problem  # noqa: PT017  # either way is fine, as long as it is this one

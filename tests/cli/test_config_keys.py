"""The single values of the config: their keys, and how they are read and shown."""

from __future__ import annotations

import pytest

from llm_router.v1.config_categories_pb2 import RouterConfig
from router_core.cli.config_keys import key_of, known_keys
from router_core.errors import ConfigError
from router_core.stores.config_document import Document


def value_at(config: RouterConfig, path: str) -> object:
    value: object = config
    for step in path.split("."):
        value = getattr(value, step)
    return value


@pytest.mark.parametrize(
    ("name", "text", "mask", "value"),
    [
        ("mode", "keywords", "mode", "keywords"),
        ("limits.max_queued", "7", "limits.max_queued", 7),
        ("classifiers.cascade_below", "0.25", "classifiers.cascade_below", 0.25),
        ("continuity.enabled", "no", "continuity.enabled", False),
        ("continuity.enabled", "True", "continuity.enabled", True),
        ("housekeeping", "glm-5, gpt-4o-mini", "housekeeping", ["glm-5", "gpt-4o-mini"]),
        ("last_resort", "glm-5", "last_resort", "glm-5"),
        ("limits.daily_usd", "2.50", "limits.daily_usd", "2.50"),
        ("limits.per_caller.monthly_usd", "5", "limits.per_caller.monthly_usd", "5"),
        ("limits.at_limit", "cheapest", "limits.at_limit", "cheapest"),
        ("ledger.keep_requests_days", "7", "ledger.keep_requests_days", 7),
        ("policies.thrift", "7.5", "policies.thrift", 7.5),
        ("policies.time_to", "first_token", "policies.time_to", "first_token"),
        ("limits.per_request.max_cost_usd", "0", "limits.per_request.max_cost_usd", "0"),
        (
            "limits.per_request.allowed_models",
            "glm-5,a/b",
            "limits.per_request.allowed_models",
            ["glm-5", "a/b"],
        ),
    ],
)
def test_a_value_is_read_by_its_type(name: str, text: str, mask: str, value: object) -> None:
    key = key_of(name)
    config = key.read(text)
    assert key.mask == mask
    assert value_at(config, mask) == value
    assert [field.name for field, _ in config.ListFields()] == [mask.partition(".")[0]]


@pytest.mark.parametrize(
    ("text", "nanoseconds"), [("20", 20 * 10**9), ("2.5", 25 * 10**8), ("0.001s", 10**6)]
)
def test_a_duration_is_read_in_seconds(text: str, nanoseconds: int) -> None:
    key = key_of("deadlines.first_token_s")
    config = key.read(text)
    assert key.mask == "deadlines.first_token"
    assert config.deadlines.first_token.ToNanoseconds() == nanoseconds
    assert key.show(config) == f"{nanoseconds / 1e9:g}"


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("deadlines.idle_s", "soon", "seconds, such as 2.5"),
        ("deadlines.idle_s", "nan", "seconds"),
        ("deadlines.idle_s", "1e999", "seconds"),
        ("limits.max_concurrent", "1.5", "an integer"),
        ("limits.max_concurrent", "99999999999", "an integer"),
        ("classifiers.cascade_below", "half", "a number"),
        ("continuity.enabled", "maybe", "true or false"),
        ("mode", "\udcff", "text"),
    ],
)
def test_what_is_no_value_is_refused_with_the_key(name: str, text: str, wanted: str) -> None:
    with pytest.raises(ConfigError) as caught:
        key_of(name).read(text)
    assert caught.value.path == name
    assert f"must be {wanted}" in caught.value.message
    assert repr(text) in caught.value.message


ZERO_COUNTS = {"classifiers.cascade_below", "classifiers.api.in_cascade"}


@pytest.mark.parametrize("name", sorted(known_keys().keys() - ZERO_COUNTS))
def test_no_value_is_the_default(name: str) -> None:
    assert key_of(name).read("") == RouterConfig()


@pytest.mark.parametrize("name", ["limits.daily_usd", "limits.max_queued", "policies.thrift"])
def test_null_is_the_default_of_what_may_be_unset(name: str) -> None:
    assert key_of(name).read("null") == RouterConfig()
    assert key_of("mode").read("null") == RouterConfig(mode="null")


@pytest.mark.parametrize("name", sorted(ZERO_COUNTS))
def test_where_nothing_would_be_read_as_zero_there_must_be_a_value(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        key_of(name).read("")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("deadlines.idle", "did you mean 'deadlines.idle_s'?"),
        ("tool_rule", "did you mean 'tools_rule'?"),
        ("zzz", "`config show` lists them"),
        ("categories.code.models", "`llm-router category`"),
        ("models.glm-5", "`llm-router model`"),
        ("providers.openrouter", "in the file"),
        ("version", "cannot be changed"),
    ],
)
def test_a_key_that_is_none_is_refused_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=name.replace(".", r"\.")) as caught:
        key_of(name)
    assert hint in caught.value.message


def test_the_keys_are_those_of_the_file() -> None:
    others = {"version", "providers", "models", "categories", "etag", "schema_"}
    in_file: set[str] = set()
    for name, field in Document.model_fields.items():
        part = getattr(field.annotation, "model_fields", None)
        in_file |= {name} if part is None else {f"{name}.{each}" for each in part}
    in_file -= {"classifiers.ollama", "classifiers.api"} | others
    in_file -= {"limits.per_caller", "limits.per_request"}
    keys = {name for name in known_keys() if name.count(".") < 2}
    assert in_file <= keys


def test_what_is_not_set_shows_nothing() -> None:
    shown = {name: key.show(RouterConfig()) for name, key in known_keys().items()}
    assert shown["deadlines.idle_s"] == shown["continuity.enabled"] == shown["housekeeping"] == ""
    assert key_of("continuity.enabled").show(key_of("continuity.enabled").read("off")) == "false"
    assert key_of("housekeeping").show(RouterConfig(housekeeping=["a", "b"])) == "a, b"

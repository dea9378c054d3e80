"""What is refused in `router_config.json`, and where."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.errors import ConfigError
from router_core.stores.config_in_force import parse
from tests.stores.config_texts import LOCAL, a_category, a_provider, a_text, refusal


@pytest.mark.parametrize(
    ("keys", "path", "says"),
    [
        ({"versoin": 1}, "versoin", "unknown key; did you mean 'version'"),
        ({"zzz": 1}, "zzz", "unknown key$"),
        ({"version": 2}, "version", "a newer router wrote this"),
        ({"version": True}, "version", "must be 1"),
        ({"version": 1.0}, "version", "must be 1"),
        ({"version": "1"}, "version", "must be 1"),
        ({"mode": "keyword"}, "mode", "hybrid, embedded, cascade; did you mean 'keywords'"),
        ({"mode": None}, "mode", "must be a string"),
        ({"tools_rule": "never"}, "tools_rule", "there is: auto, present"),
        ({"providers": {}}, "providers", "must not be empty"),
        ({"providers": []}, "providers", "must be an object"),
        ({"providers": {"p": {}}}, "providers.p.base_url", "is missing"),
        ({"providers": {"P": LOCAL}}, "providers.P", "a name must match"),
        (a_provider(api_key="sk-1"), "providers.p.api_key", "did you mean 'api_key_env'"),
        (a_provider(api_key_env="sk-or-1"), "providers.p.api_key_env", "environment variable"),
        (a_provider(base_url=""), "providers.p.base_url", "must not be empty"),
        (a_provider(base_url="h/v1"), "providers.p.base_url", "http:// or https://"),
        (a_provider(base_url="ftp://h"), "providers.p.base_url", "http:// or https://"),
        (a_provider(base_url="http://"), "providers.p.base_url", "http:// or https://"),
        (a_provider(base_url="http://h:x"), "providers.p.base_url", "http:// or https://"),
        (a_provider(base_url="http://[h"), "providers.p.base_url", "http:// or https://"),
        (a_provider(base_url="http://h/ v1"), "providers.p.base_url", "spaces"),
        (a_provider(base_url="http://u:pw@h"), "providers.p.base_url", "a password"),
        (a_provider(base_url="http://h/?k=v"), "providers.p.base_url", "a query"),
        ({"models": {"a": {}}}, "models.a.id", "is missing"),
        ({"models": {"a": {"id": ""}}}, "models.a.id", "must not be empty"),
        ({"models": {"a": {"id": 3}}}, "models.a.id", "must be a string"),
        ({"models": {"a/b": {"id": "x"}}}, 'models["a/b"]', "a name must match"),
        (
            {"models": {"a": {"id": "x", "provider": "openruter"}}},
            "models.a.provider",
            "no provider 'openruter'; did you mean 'openrouter'",
        ),
        ({"categories": {"Mine": {"models": ["a/b"]}}}, "categories.Mine", "a name must match"),
        ({"categories": {"x" * 65: {"models": ["a/b"]}}}, f"categories.{'x' * 65}", "a name"),
        ({"categories": {"..": {"models": ["a/b"]}}}, 'categories[".."]', "a name must match"),
        ({"categories": {"-a": {"models": ["a/b"]}}}, 'categories["-a"]', "a name must match"),
        ({"categories": {"mine": {}}}, "categories.mine.models", "is missing"),
        ({"categories": {"mine": []}}, "categories.mine", "must be an object"),
        (a_category(models=[]), "categories.mine.models", "must not be empty"),
        (a_category(models="a/b"), "categories.mine.models", "must be a list"),
        (a_category(models=["a/b", 3]), "categories.mine.models[1]", "must be a string"),
        (a_category(models=["a/b", ""]), "categories.mine.models[1]", "must not be empty"),
        (a_category(models=["a/b", "nope"]), "categories.mine.models[1]", "no alias 'nope'"),
        (a_category(models=["glm5"]), "categories.mine.models[0]", "did you mean 'glm-5'"),
        (a_category(models=["GLM-5"]), "categories.mine.models[0]", "did you mean 'glm-5'"),
        (
            a_category(models=["opnrouter:a/b"]),
            "categories.mine.models[0]",
            "no provider 'opnrouter'.*did you mean 'openrouter'",
        ),
        (a_category(models=["openrouter:"]), "categories.mine.models[0]", "names no model"),
        (a_category(keyword=[]), "categories.mine.keyword", "did you mean 'keywords'"),
        (a_category(keywords=None), "categories.mine.keywords", "must be a list"),
        (a_category(keywords=[""]), "categories.mine.keywords[0]", "must not be empty"),
        (
            a_category(keywords=["k" * 10_240]),
            "categories.mine.keywords[0]",
            ": must have at most 200 characters",
        ),
        (
            a_category(models=["a/b"] * 101),
            "categories.mine.models",
            ": must have 100 entries at the most",
        ),
        (a_category(policy="cheap"), "categories.mine.policy", "'cheap'; there is: ordered"),
        ({"housekeeping": ["nope"]}, "housekeeping[0]", "no alias 'nope'"),
        ({"last_resort": "nope"}, "last_resort", "no alias 'nope'"),
        ({"last_resort": ""}, "last_resort", "must not be empty"),
        (
            {"disabled_envelopes": ["agent", "openclawd"]},
            "disabled_envelopes[1]",
            "'openclawd'; there is: openclaw, opencode, agent; did you mean 'openclaw'",
        ),
        ({"disabled_envelopes": [""]}, "disabled_envelopes[0]", "must not be empty"),
        ({"disabled_envelopes": "agent"}, "disabled_envelopes", "must be a list"),
        ({"limits": {"max_concurrent": 0}}, "limits.max_concurrent", "greater than or equal to 1"),
        ({"limits": {"max_queued": -1}}, "limits.max_queued", "greater than or equal to 0"),
        ({"limits": {"max_queue": 1}}, "limits.max_queue", "did you mean 'max_queued'"),
        ({"limits": {"daily_usd": 0}}, "limits.daily_usd", "must be USD, more than 0"),
        ({"limits": {"daily_usd": -1}}, "limits.daily_usd", "must be USD, more than 0"),
        ({"limits": {"monthly_usd": True}}, "limits.monthly_usd", "must be USD, more than 0"),
        ({"limits": {"monthly_usd": ""}}, "limits.monthly_usd", "must be USD, more than 0"),
        ({"limits": {"daily_usd": 1e7}}, "limits.daily_usd", "at most 1,000,000"),
        (
            {"limits": {"per_caller": {"daily_usd": "five"}}},
            "limits.per_caller.daily_usd",
            "must be USD, more than 0",
        ),
        (
            {"limits": {"per_caller": {"dayly_usd": 5}}},
            "limits.per_caller.dayly_usd",
            "did you mean 'daily_usd'",
        ),
        ({"limits": {"per_caller": 5}}, "limits.per_caller", "must be an object"),
        (
            {"limits": {"at_limit": "cheap"}},
            "limits.at_limit",
            "'cheap'; there is: refuse, cheapest; did you mean 'cheapest'",
        ),
        ({"ledger": {"keep_requests_days": 0}}, "ledger.keep_requests_days", "or equal to 1"),
        (
            {"ledger": {"keep_requests_days": 401}},
            "ledger.keep_totals_days",
            r"must not be less than keep_requests_days \(401\)",
        ),
        (a_provider(deadlines={"idle_s": 0}), "providers.p.deadlines.idle_s", "greater than 0"),
        ({"deadlines": {"idle": 3}}, "deadlines.idle", "did you mean 'idle_s'"),
        ({"deadlines": {"idle_s": 0}}, "deadlines.idle_s", "greater than 0"),
        ({"deadlines": {"idle_s": "3"}}, "deadlines.idle_s", "must be a number"),
        ({"deadlines": {"idle_s": True}}, "deadlines.idle_s", "must be a number"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(keys: dict[str, Any], path: str, says: str) -> None:
    error = refusal(a_text(**keys))

    assert error.path == path
    assert error.message.startswith(f"{path}: ")
    assert "\n" not in error.message
    with pytest.raises(ConfigError, match=says):
        raise error


@pytest.mark.parametrize("secret", ["http://u:hunter2@h", "hunter2://h", "http://h/?hunter2"])
def test_a_refused_url_is_not_repeated_for_it_may_hold_a_secret(secret: str) -> None:
    assert "hunter2" not in refusal(a_text(**a_provider(base_url=secret))).message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", r"not JSON: .*line 1, column 1"),
        (b'{"mode": "auto",\n "models" {}}', r"not JSON: .*line 2, column 11"),
        (b"[]", "must hold a JSON object"),
        (b'"x"', "must hold a JSON object"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b'{"version": NaN}', "NaN is no JSON number"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"version": ' + b"1" * 5_000 + b"}", "too many digits"),
    ],
)
def test_text_that_is_no_json_object_is_refused_with_its_place(text: bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b'{"mode": "api", "mode": "keywords"}', "mode"),
        (b'{"models": {"a": {"id": "x", "id": "y"}}}', "models.a.id"),
        (b'{"housekeeping": [{"a": 1, "a": 1}]}', "housekeeping[0].a"),
    ],
)
def test_a_repeated_key_is_refused(text: bytes, path: str) -> None:
    error = refusal(text)

    assert error.path == path
    assert "twice" in error.message


@given(st.binary(max_size=60))
def test_any_bytes_are_a_config_or_a_config_error(text: bytes) -> None:
    with suppress(ConfigError):
        parse(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "models", "id", "base_url", "keywords", "a", "\ud800"]), inner
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "version",
                "mode",
                "providers",
                "models",
                "categories",
                "deadlines",
                "housekeeping",
                "disabled_envelopes",
            ]
        ),
        JSON,
    )
)
def test_any_object_is_a_config_or_a_config_error(value: dict[str, Any]) -> None:
    with suppress(ConfigError):
        parse(json.dumps(value).encode())


def test_a_list_that_is_too_long_tells_how_long_it_may_be() -> None:
    error = refusal(a_text(**a_category(keywords=["x"] * 2_001)))

    assert error.message == "categories.mine.keywords: must have 2,000 entries at the most"

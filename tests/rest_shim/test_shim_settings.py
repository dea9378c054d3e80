"""The shim's settings come from its environment."""

from __future__ import annotations

import pytest

from rest_shim.settings import ShimSettings


def test_defaults():
    assert ShimSettings.from_env({}) == ShimSettings(
        core_address="127.0.0.1:50051",
        max_body_bytes=32 * 2**20,
        timeout_s=600,
        allowed_hosts=frozenset(),
    )


def test_empty_variables_mean_the_defaults():
    names = ("CORE_ADDRESS", "MAX_BODY_MB", "ALLOWED_HOSTS")
    assert ShimSettings.from_env({f"LLM_ROUTER_{name}": "" for name in names}) == ShimSettings()


def test_every_variable_is_read():
    env = {
        "LLM_ROUTER_CORE_ADDRESS": "core:1",
        "LLM_ROUTER_MAX_BODY_MB": "0.5",
        "LLM_ROUTER_ALLOWED_HOSTS": " Router.lan , 10.0.0.5,, ",
        "LLM_ROUTER_API_KEYS": "k-1, k-2",
        "LLM_ROUTER_ADMIN_KEY": "operators,own",
    }
    assert ShimSettings.from_env(env) == ShimSettings(
        core_address="core:1",
        max_body_bytes=2**19,
        allowed_hosts=frozenset({"router.lan", "10.0.0.5"}),
        api_keys=("k-1", "k-2"),
        admin_key="operators,own",
    )


def test_keys_are_not_shown():
    shown = repr(ShimSettings(api_keys=("secret-1",), admin_key="secret-2"))
    assert "secret" not in shown


def test_the_processs_environment_is_the_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LLM_ROUTER_CORE_ADDRESS", "elsewhere:2")
    assert ShimSettings.from_env().core_address == "elsewhere:2"


@pytest.mark.parametrize("value", ["0", "-1", "lots", "nan", "inf"])
def test_a_limit_that_makes_no_sense_is_refused_by_name(value: str):
    with pytest.raises(ValueError, match=f"LLM_ROUTER_MAX_BODY_MB .* '{value}'"):
        ShimSettings.from_env({"LLM_ROUTER_MAX_BODY_MB": value})

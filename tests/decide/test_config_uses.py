"""Where a config uses a model."""

from __future__ import annotations

from dataclasses import replace

from router_core.decide.config import Limits
from router_core.decide.config_uses import in_use, users_of
from router_core.decide.defaults import default_config
from router_core.decide.request_limits import RequestLimits

PLAIN = default_config()
GLM = PLAIN.aliases["glm-5"]


def test_who_uses_an_alias() -> None:
    assert set(users_of("gpt-4o-mini", PLAIN)) == {
        "categories.code.models",
        "categories.conversation.models",
        "last_resort",
        "classifiers.api.model",
    }
    assert users_of("glm-5", replace(PLAIN, housekeeping=(GLM,)))[-1] == "housekeeping"
    assert users_of("nobody", PLAIN) == ()
    assert "last_resort" not in users_of("gpt-4o-mini", replace(PLAIN, last_resort=None))


def test_a_limit_uses_an_alias_and_leads_no_request_to_it() -> None:
    limits = RequestLimits(
        allowed_models=(frozenset({"spare", "other"}),), excluded_models=frozenset({"spare"})
    )
    config = replace(PLAIN, limits=Limits(per_request=limits))

    assert users_of("spare", config) == (
        "limits.per_request.allowed_models",
        "limits.per_request.excluded_models",
    )
    assert users_of("other", config) == ("limits.per_request.allowed_models",)
    assert in_use(config) == in_use(PLAIN)
    assert "glm-5" in in_use(PLAIN)

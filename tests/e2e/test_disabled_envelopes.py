"""A client's envelopes are left where they are, from one request to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from llm_router.aio import AsyncRouterClient
from llm_router.errors import InvalidRequest
from llm_router.v1.config_categories_pb2 import RouterConfig, UpdateConfigRequest
from router_core.bootstrap import build_core
from router_core.settings import read_settings

TYPED = "[Fri 2026-03-06 09:15 UTC] hello there"
ASKED = {
    "messages": [
        {"role": "system", "content": "You are a helper running inside OpenClaw."},
        {"role": "user", "content": TYPED},
    ]
}


def turning_off(*clients: str) -> UpdateConfigRequest:
    request = UpdateConfigRequest(config=RouterConfig(disabled_envelopes=clients))
    request.update_mask.paths.append("disabled_envelopes")
    return request


async def test_a_client_is_turned_off_and_on_while_the_router_runs(tmp_path: Path) -> None:
    core = build_core(read_settings({"LLM_ROUTER_HOME": str(tmp_path)}), {}, demo=True)
    try:
        async with AsyncRouterClient("", channel=core.in_process_channel()) as router:
            for off, text, client in (
                (["openclaw", "agent"], TYPED, ""),
                ([], "hello there", "openclaw"),
            ):
                await router.update_config(turning_off(*off))
                in_force = (await router.get_config()).config.disabled_envelopes
                assert list(in_force) == sorted(off)
                found = (await router.route(ASKED)).classification
                assert (found.text, found.client) == (text, client)
            with pytest.raises(InvalidRequest, match="did you mean 'openclaw'") as caught:
                await router.update_config(turning_off("openclow"))
            assert "disabled_envelopes[0]" in str(caught.value)
    finally:
        await core.close()

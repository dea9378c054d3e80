"""Models, decisions and config: the core's answers as documented JSON."""

from __future__ import annotations

from typing import Any

import grpc
import httpx
import pytest

from llm_router.chat_json import to_json
from tests.rest_shim.scripted_core import (
    Context,
    ScriptedCore,
    abort,
    classify_pb2,
    config_categories_pb2,
    route_pb2,
)

CHAT = {"messages": [{"role": "user", "content": "hi"}], "odd": {"big": 2**53 + 1}}

CLASSIFICATION = classify_pb2.ClassifyResponse(
    category="code",
    confidence=0.75,
    source="keywords",
    turn=classify_pb2.TURN_KIND_USER_TURN,
    text="hi",
    runners_up=[classify_pb2.RunnerUp(category="tools", confidence=0.25)],
    evidence=["python"],
    fallbacks=[classify_pb2.ClassifierFallback(source="ollama", cause="down")],
    elapsed_us=12,
    mode="hybrid",
    client="openclaw",
)
CLASSIFICATION_JSON = {
    "category": "code",
    "confidence": 0.75,
    "source": "keywords",
    "turn": "user_turn",
    "text": "hi",
    "runners_up": [{"category": "tools", "confidence": 0.25}],
    "evidence": ["python"],
    "fallbacks": [{"source": "ollama", "cause": "down"}],
    "elapsed_us": 12,
    "difficulty": None,
    "mode": "hybrid",
    "client": "openclaw",
}
CODE = config_categories_pb2.Category(
    name="code",
    models=["glm-5"],
    built_in=True,
    etag="e1",
    quality={"x/z": 61.5, "glm-5": 82},
    floor=0,
)
CODE_JSON = {
    "name": "code",
    "models": ["glm-5"],
    "keywords": [],
    "description": "",
    "examples": [],
    "policy": "",
    "quality": {"glm-5": 82.0, "x/z": 61.5},
    "floor": 0.0,
    "thrift": None,
    "built_in": True,
    "etag": "e1",
}


async def get(client: httpx.AsyncClient, path: str) -> Any:
    """The same with and without /v1."""
    plain, prefixed = await client.get(path), await client.get(f"/v1{path}")
    assert plain.status_code == prefixed.status_code == 200
    assert plain.headers["content-type"] == "application/json"
    assert plain.json() == prefixed.json()
    assert plain.headers["x-request-id"] != prefixed.headers["x-request-id"]
    return plain.json()


@pytest.mark.parametrize("path", ["/classify", "/v1/classify"])
async def test_classify(path: str, client: httpx.AsyncClient, core: ScriptedCore):
    core.answers("Classify", CLASSIFICATION)
    response = await client.post(path, json=CHAT, headers={"x-session-id": "s1"})
    assert response.json() == CLASSIFICATION_JSON
    assert to_json(core.seen[0].request.chat) == CHAT
    assert core.seen[0].request.session_id == "s1"
    assert not core.seen[0].request.HasField("mode")


@pytest.mark.parametrize("path", ["/route", "/v1/route"])
async def test_route(path: str, client: httpx.AsyncClient, core: ScriptedCore):
    answer = route_pb2.RouteResponse(
        category="code",
        model="glm-5",
        reason=route_pb2.ROUTE_REASON_CLASSIFIED,
        explanation="because",
        classification=CLASSIFICATION,
        session=route_pb2.SessionState(),
        candidates=[route_pb2.Candidate(model="glm-5", id="z-ai/glm-5", eligible=True)],
        estimate_basis=route_pb2.EstimateBasis(
            prompt_tokens=2, answer_tokens=400, answer_from="assumed"
        ),
    )
    core.answers("Route", answer)
    response = await client.post(path, json=CHAT | {"stream": True})
    candidate = {
        "model": "glm-5",
        "id": "z-ai/glm-5",
        "eligible": True,
        "reason": "",
        "estimated_cost_usd": None,
        "expected_latency_ms": None,
        "provider": "",
        "switch_cost_usd": None,
    }
    assert response.json() == {
        "category": "code",
        "model": "glm-5",
        "reason": "classified",
        "explanation": "because",
        "classification": CLASSIFICATION_JSON,
        "session": {
            "known": False,
            "locked": False,
            "reason": "",
            "model": "",
            "category": "",
            "history_tokens": None,
            "cache_warm": None,
        },
        "candidates": [candidate],
        "estimate_basis": {"prompt_tokens": 2, "answer_tokens": 400, "answer_from": "assumed"},
    }
    assert to_json(core.seen[0].request.chat) == CHAT | {"stream": True}


async def test_errors_of_decisions_are_in_openais_form(
    client: httpx.AsyncClient, core: ScriptedCore
):
    response = await client.post("/route", json=CHAT)
    assert response.status_code == 501
    assert response.json()["error"]["code"] == "not_built"
    assert response.headers["x-request-id"] == core.seen[0].metadata["x-router-request-id"]


def script_models(core: ScriptedCore) -> None:
    """Two pages of models."""
    pages = {
        "": route_pb2.ListModelsResponse(
            models=[route_pb2.Model(name="router"), route_pb2.Model(name="router/code")],
            next_page_token="2",
        ),
        "2": route_pb2.ListModelsResponse(
            models=[route_pb2.Model(name="glm-5", provider="openrouter", context_length=200_000)]
        ),
    }

    async def list_models(request: Any, context: Context) -> Any:
        return pages[request.page_token]

    core.unary["ListModels"] = list_models


async def test_models_in_openais_form(client: httpx.AsyncClient, core: ScriptedCore):
    script_models(core)
    own = {"object": "model", "created": 0, "owned_by": "llm-router"}
    glm = {"object": "model", "created": 0, "owned_by": "openrouter", "context_length": 200_000}
    assert await get(client, "/models") == {
        "object": "list",
        "data": [{"id": "router"} | own, {"id": "router/code"} | own, {"id": "glm-5"} | glm],
    }
    assert await get(client, "/models/router/code") == {"id": "router/code"} | own
    assert await get(client, "/models/router%2Fcode") == {"id": "router/code"} | own
    assert await get(client, "/models/glm-5") == {"id": "glm-5"} | glm


@pytest.mark.parametrize("name", ["nowhere", "router/nothing", ""])
async def test_unknown_model_is_not_found(name: str, client: httpx.AsyncClient, core: ScriptedCore):
    script_models(core)
    response = await client.get(f"/v1/models/{name}")
    assert response.status_code == 404
    assert response.json()["error"] == {
        "message": f"the model {name!r} is not known",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


async def test_config(client: httpx.AsyncClient, core: ScriptedCore):
    config = config_categories_pb2.RouterConfig(version=1, mode="cascade", categories=[CODE])
    config.deadlines.idle.seconds = 30
    core.answers(
        "GetConfig",
        config_categories_pb2.GetConfigResponse(
            config=config,
            etag="abc",
            overrides=["mode: LLM_ROUTER_MODE"],
            problems=["line 3: not JSON"],
        ),
    )
    shown = await get(client, "/config")
    assert shown == {
        "version": 1,
        "mode": "cascade",
        "tools_rule": "",
        "providers": [],
        "models": [],
        "categories": [CODE_JSON],
        "housekeeping": [],
        "deadlines": {"connect_s": None, "first_token_s": None, "idle_s": 30.0, "total_s": None},
        "classifiers": None,
        "last_resort": "",
        "limits": None,
        "continuity": None,
        "disabled_envelopes": [],
        "ledger": None,
        "policies": None,
        "etag": "abc",
        "overrides": ["mode: LLM_ROUTER_MODE"],
        "problems": ["line 3: not JSON"],
    }
    assert (await client.get("/config")).headers["etag"] == '"abc"'


async def test_categories(client: httpx.AsyncClient, core: ScriptedCore):
    pages = {
        "": config_categories_pb2.ListCategoriesResponse(categories=[CODE], next_page_token="2"),
        "2": config_categories_pb2.ListCategoriesResponse(categories=[CODE]),
    }

    async def list_categories(request: Any, context: Context) -> Any:
        return pages[request.page_token]

    core.unary["ListCategories"] = list_categories
    assert await get(client, "/config/category") == {"categories": [CODE_JSON, CODE_JSON]}


async def test_one_category(client: httpx.AsyncClient, core: ScriptedCore):
    core.answers("GetCategory", config_categories_pb2.GetCategoryResponse(category=CODE))
    assert await get(client, "/config/category/code") == CODE_JSON
    assert core.seen[0].request.name == "code"
    assert (await client.get("/config/category/code")).headers["etag"] == '"e1"'


async def test_unknown_category_is_not_found(client: httpx.AsyncClient, core: ScriptedCore):
    async def get_category(request: Any, context: Context) -> Any:
        await abort(context, grpc.StatusCode.NOT_FOUND, "none", reason="CATEGORY_NOT_FOUND")

    core.unary["GetCategory"] = get_category
    response = await client.get("/config/category/none")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "category_not_found"


async def test_key_goes_along_to_every_service(client: httpx.AsyncClient, core: ScriptedCore):
    headers = {"authorization": "Bearer sk-1"}
    for path in ("/models", "/config", "/config/category", "/config/category/x"):
        await client.get(path, headers=headers)
    for path in ("/stats", "/stats/requests", "/metrics"):
        await client.get(path, headers=headers)
    for path in ("/route", "/classify"):
        await client.post(path, headers=headers, json=CHAT)
    assert len(core.seen) == 9
    assert {seen.metadata["authorization"] for seen in core.seen} == {"Bearer sk-1"}


async def test_docs_describe_every_path_once(client: httpx.AsyncClient):
    assert (await client.get("/docs")).status_code == 200
    schema = (await client.get("/openapi.json")).json()
    assert set(schema["paths"]) == {
        "/v1/chat/completions",
        "/v1/models",
        "/v1/models/{name}",
        "/route",
        "/classify",
        "/config",
        "/config/category",
        "/config/category/{name}",
        "/config/model-mapping",
        "/config/model/{alias}",
        "/config/rollback",
        "/config/versions",
        "/stats",
        "/stats/models/{alias}/reset",
        "/stats/requests",
        "/metrics",
        "/healthz",
        "/readyz",
    }
    chat = schema["paths"]["/v1/chat/completions"]["post"]
    body = chat["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["messages"]
    assert "text/event-stream" in chat["responses"]["200"]["content"]

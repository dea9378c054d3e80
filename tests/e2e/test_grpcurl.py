"""Operators' grpcurl against the running core: reflection, every service, errors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.serving import Serving

GRPCURL = Path(sys.executable).parent / "grpcurl"
HELLO = {"chat": {"messages": [{"role": "user", "text": "hello"}]}}
SERVICES = ("Classify", "Complete", "ConfigCategories", "Route", "Stats")


def grpcurl(demo: Serving, *args: str, data: Any = None) -> subprocess.CompletedProcess[str]:
    body = [] if data is None else ["-d", json.dumps(data)]
    command = [str(GRPCURL), "-plaintext", *body, demo.grpc, *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def call(demo: Serving, method: str, data: Any = None) -> Any:
    done = grpcurl(demo, f"llm_router.v1.{method}", data=data or {})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_services_are_listed(demo: Serving) -> None:
    listed = grpcurl(demo, "list").stdout.split()
    assert {f"llm_router.v1.{name}Service" for name in SERVICES} <= set(listed)
    assert "grpc.health.v1.Health" in listed


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_described(demo: Serving, name: str) -> None:
    assert (
        f"service {name}Service" in grpcurl(demo, "describe", f"llm_router.v1.{name}Service").stdout
    )


def test_classify(demo: Serving) -> None:
    found = call(demo, "ClassifyService/Classify", HELLO)
    assert (found["category"], found["turn"]) == ("conversation", "TURN_KIND_USER_TURN")
    assert found["text"] == "hello"


def test_route(demo: Serving) -> None:
    routed = call(demo, "RouteService/Route", HELLO)
    assert (routed["category"], routed["model"]) == ("conversation", "glm-5")
    assert [c["model"] for c in routed["candidates"]] == ["glm-5", "gpt-4o-mini", "aurora-alpha"]


def test_complete(demo: Serving) -> None:
    done = call(demo, "CompleteService/Complete", HELLO)
    assert "demo" in done["completion"]["choices"][0]["message"]["text"]
    assert done["decision"]["model"] == "glm-5"
    assert done["summary"]["attempts"][0]["outcome"] == "ok"


def test_stream_complete(demo: Serving) -> None:
    done = grpcurl(demo, "llm_router.v1.CompleteService/StreamComplete", data=HELLO)
    assert done.returncode == 0, done.stderr
    decoder, events, text = json.JSONDecoder(), [], done.stdout.strip()
    while text:
        event, end = decoder.raw_decode(text)
        events.append(event)
        text = text[end:].lstrip()
    assert "decision" in events[0]
    assert "summary" in events[-1]
    assert all("chunk" in event for event in events[1:-1])


def test_list_categories_page_by_page(demo: Serving) -> None:
    first = call(demo, "ConfigCategoriesService/ListCategories", {"page_size": 3})
    rest = call(
        demo,
        "ConfigCategoriesService/ListCategories",
        {"page_size": 3, "page_token": first["next_page_token"]},
    )
    names = [category["name"] for category in first["categories"] + rest["categories"]]
    assert names == ["tools", "code", "reasoning", "conversation"]
    assert "next_page_token" not in rest


def test_get_stats(demo: Serving) -> None:
    before = int(call(demo, "StatsService/GetStats").get("requests", 0))
    call(demo, "CompleteService/Complete", HELLO)
    assert int(call(demo, "StatsService/GetStats")["requests"]) == before + 1


def test_health(demo: Serving) -> None:
    done = grpcurl(demo, "grpc.health.v1.Health/Check", data={})
    assert json.loads(done.stdout) == {"status": "SERVING"}


@pytest.mark.parametrize(
    ("method", "data", "status", "told"),
    [
        ("CompleteService/Complete", {}, "InvalidArgument", "messages"),
        (
            "CompleteService/Complete",
            {"chat": {"messages": [{"role": "wizard"}]}},
            "InvalidArgument",
            "messages[0].role",
        ),
        (
            "RouteService/Route",
            {"chat": {"model": "gpt-nonsense", **HELLO["chat"]}},
            "NotFound",
            "MODEL_NOT_FOUND",
        ),
        ("ConfigCategoriesService/GetCategory", {"name": "x"}, "NotFound", "CATEGORY_NOT_FOUND"),
        ("ConfigCategoriesService/DeleteCategory", {"name": "x"}, "NotFound", "CATEGORY_NOT_FOUND"),
        (
            "ConfigCategoriesService/DeleteCategory",
            {"name": "code"},
            "FailedPrecondition",
            "built in",
        ),
        ("StatsService/ListRequests", {"page_token": "1"}, "InvalidArgument", "page_token"),
        ("StatsService/GetStats", {"max_groups": -1}, "InvalidArgument", "max_groups"),
    ],
)
def test_errors_say_what_is_wrong(
    demo: Serving, method: str, data: Any, status: str, told: str
) -> None:
    done = grpcurl(demo, f"llm_router.v1.{method}", data=data)
    assert done.returncode != 0
    assert status in done.stderr
    assert told in done.stderr

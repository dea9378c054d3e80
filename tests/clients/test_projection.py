"""Protobuf messages as plain JSON."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.projection import enum_slug, project
from tests.rest_shim.scripted_core import (
    classify_pb2,
    complete_pb2,
    config_categories_pb2,
    route_pb2,
    stats_pb2,
)


def test_every_key_is_there_and_unset_is_null():
    assert project(stats_pb2.ModelState()) == {
        "model": "",
        "state": None,
        "reason": "",
        "provider": "",
        "consecutive_failures": 0,
        "reopens_at": None,
    }
    assert project(complete_pb2.Summary()) == {
        "attempts": [],
        "cost_usd": None,
        "cost_source": None,
        "classifier_cost_usd": None,
        "latency_ms": 0.0,
        "ttft_ms": None,
    }


def test_zero_that_was_set_is_not_null():
    assert project(complete_pb2.Summary(ttft_ms=0, cost_usd="0"))["ttft_ms"] == 0
    assert project(complete_pb2.Summary(cost_usd=""))["cost_usd"] == ""


def test_integers_stay_integers():
    shown = project(stats_pb2.GetStatsResponse(requests=2**63 - 1))
    assert shown["requests"] == 2**63 - 1
    assert type(shown["requests"]) is int


def test_messages_nest_and_unset_ones_are_null():
    route = route_pb2.RouteResponse(
        session=route_pb2.SessionState(known=True),
        candidates=[route_pb2.Candidate(model="glm-5", estimated_cost_usd="0.1")],
    )
    shown = project(route)
    assert shown["classification"] is None
    assert shown["estimate_basis"] is None
    assert shown["session"] == {
        "known": True,
        "locked": False,
        "reason": "",
        "model": "",
        "category": "",
        "history_tokens": None,
        "cache_warm": None,
    }
    assert shown["candidates"][0]["estimated_cost_usd"] == "0.1"
    assert shown["candidates"][0]["expected_latency_ms"] is None


def test_enums_are_slugs_without_their_prefix():
    shown = project(classify_pb2.ClassifyResponse(turn=classify_pb2.TURN_KIND_TOOL_FOLLOWUP))
    assert shown["turn"] == "tool_followup"


def test_enum_value_of_a_newer_core_is_shown_as_its_number():
    assert enum_slug(route_pb2.RouteReason.DESCRIPTOR, 999) == "999"


def test_times_are_rfc_3339_in_utc_and_durations_seconds_that_say_so():
    since = Timestamp(seconds=1_795_392_000, nanos=250_000_000)
    assert project(stats_pb2.GetStatsResponse(since=since))["since"] == "2026-11-23T00:00:00.250Z"
    deadlines = config_categories_pb2.Deadlines(idle=Duration(seconds=1, nanos=500_000_000))
    assert project(deadlines) == {
        "connect_s": None,
        "first_token_s": None,
        "idle_s": 1.5,
        "total_s": None,
    }

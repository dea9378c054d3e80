"""``llm-router stats`` before a core that answers as each test says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.projection import project
from llm_router.v1 import stats_pb2 as pb
from llm_router.v1.complete_pb2 import Attempt
from router_core import errors
from tests.cli.operating import Script, run

MIDNIGHT = Timestamp(seconds=1_793_491_200)
"""2026-11-01."""

TOTAL = pb.GroupStats(
    requests=1_234,
    errors=12,
    cancelled=3,
    fallbacks=1,
    cost_usd="7.5012",
    estimated_share=0.3,
    classifier_cost_usd="0.00101",
    unknown_cost_requests=5,
    prompt_tokens=2_000_000,
    completion_tokens=50_000,
    reasoning_tokens=1_000,
    cache_hit_share=0.456,
    latency_ms=pb.Percentiles(count=9, p50=1_234, p95=45_678),
    ttft_ms=pb.Percentiles(count=9, p50=456.4, p95=999.4),
    overhead_ms=pb.Percentiles(count=9, p50=0.123, p95=1.26),
    tokens_per_second=pb.Percentiles(count=9, p50=45.4),
    classifiers_compared=100,
    classifier_agreement=0.9,
    errors_by_class={"invalid_request": 2, "timeout": 10},
    savings=pb.Savings(
        against_best_single_usd="2.4988",
        against_dearest_usd="-0.5",
        requests=9,
        unknown_requests=1,
    ),
    estimates=pb.EstimateError(
        requests=9, estimated_usd="6", actual_usd="7", mean_relative_error=0.25
    ),
)
CODE = pb.GroupStats(
    name="code",
    requests=1_000,
    errors=2,
    cost_usd="0.000012345",
    prompt_tokens=1_000,
    completion_tokens=234,
    latency_ms=pb.Percentiles(count=9, p50=10, p95=20),
    savings=pb.Savings(against_best_single_usd="0", requests=2),
)
NAMED = pb.GroupStats(
    name="",
    requests=234,
    unknown_cost_requests=5,
    savings=pb.Savings(unknown_requests=1),
)
STATS = pb.GetStatsResponse(
    requests=1_234,
    since=MIDNIGHT,
    total=TOTAL,
    by_category=[CODE, NAMED],
    by_model=[pb.GroupStats(name="z-ai/glm-5", requests=1)],
    models=[
        pb.ModelState(model="fine", state=pb.BREAKER_STATE_CLOSED),
        pb.ModelState(
            model="bad\x1b[31m",
            state=pb.BREAKER_STATE_HALF_OPEN,
            reopens_at=MIDNIGHT,
            reason="it failed",
        ),
    ],
    spending=[
        pb.SpendingState(
            period="day",
            spent_usd="4.2",
            reserved_usd="0.01",
            limit_usd="5",
            resets_at=MIDNIGHT,
        )
    ],
)
PAGE = """\
1,234 requests, 12 errors (1.0 %), 3 cancelled, 1 fallback since 2026-11-01 00:00:00 UTC
  cost         $7.50; 30 % of it estimated; $0.00101 of it to classify; \
5 requests of unknown cost not in it
  saved        $2.50 (25 %) against the best single model, -$0.50 (-7.1 %) against the dearest \
model; 1 request of unknown prices not in it
  latency      p50 1.2 s, p95 46 s
  first token  p50 456 ms, p95 999 ms
  overhead     p50 0.12 ms, p95 1.3 ms
  tokens       2,000,000 in (46 % from caches), 50,000 out (1,000 of reasoning); 45 a second
  estimates    $6.00 for what cost $7.00; 25 % off on average
  classifiers  agreed on 90 % of 100
  errors       timeout 10, invalid_request 2

category       requests  errors        cost  saved    p50    p95  tokens
code              1,000       2  $0.0000123     $0  10 ms  20 ms   1,234
(no category)       234       -           ?      ?      -      -       0

model       requests  errors  cost  saved  p50  p95  tokens
z-ai/glm-5         1       -     -      -    -    -       0

not called   state      until (UTC)          why
bad\\x1b[31m  half_open  2026-11-01 00:00:00  it failed

spending   spent  under way  limit  used  until (UTC)
all a day  $4.20      $0.01  $5.00  84 %  2026-11-01 00:00:00

note: the ledger is full
"""


def test_the_page_that_is_piped_is_plain_and_whole(script: Script, core: str) -> None:
    script.answers = {"GetStats": [STATS]}
    script.info = pb.GetServerInfoResponse(warnings=["the ledger is full"])
    assert run("stats", core=core).out == PAGE


def test_nothing_served_is_a_line(script: Script, core: str) -> None:
    script.answers = {"GetStats": [pb.GetStatsResponse(since=MIDNIGHT)]}
    assert run("stats", core=core).out == "0 requests since 2026-11-01 00:00:00 UTC\n"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"unknown_cost_requests": 1}, "  cost         not known"),
        ({}, "  cost         nothing was billed"),
        ({"cost_usd": "0"}, "  cost         $0"),
        ({}, "  saved        nothing to compare"),
        (
            {"savings": pb.Savings(unknown_requests=2)},
            "  saved        not known: prices are missing",
        ),
        (
            {"cost_usd": "1", "savings": pb.Savings(against_best_single_usd="0", requests=1)},
            "  saved        $0 (0.0 %) against the best single model",
        ),
        (
            {"savings": pb.Savings(against_dearest_usd="0.0", requests=1)},
            "  saved        $0 against the dearest model",
        ),
    ],
)
def test_what_is_not_known_is_not_0(
    fields: dict[str, Any], line: str, script: Script, core: str
) -> None:
    total = pb.GroupStats(requests=1, **fields)
    script.answers = {"GetStats": [pb.GetStatsResponse(since=MIDNIGHT, total=total)]}
    out = run("stats", core=core).out.splitlines()
    assert out[0] == "1 request, no errors since 2026-11-01 00:00:00 UTC"
    assert line in out


def test_a_dimension_has_its_own_table_alone(script: Script, core: str) -> None:
    told = pb.GetStatsResponse(
        since=MIDNIGHT,
        by_category=[CODE],
        groups=[pb.GroupStats(name="", requests=2), pb.GroupStats(name="c1", requests=1)],
        groups_left_out=1_500,
    )
    script.answers = {"GetStats": [told]}
    done = run("stats", "--by", "caller", "--until", "2026-11-01", core=core)
    out = done.out.splitlines()
    assert out[0] == "0 requests since 2026-11-01 00:00:00 until 2026-11-01 00:00:00 UTC"
    assert [line.split("  ")[0] for line in out if line] == [
        out[0],
        *("caller", "(no key)", "c1"),
        "note: 1,500 more by caller are left out; --json has up to 1,000",
    ]
    (asked,) = script.requests("GetStats")
    assert asked == pb.GetStatsRequest(
        end_time=MIDNIGHT, group_by=pb.STATS_DIMENSION_CALLER, max_groups=20
    )


def test_since_is_a_time_or_so_long_ago(script: Script, core: str) -> None:
    script.answers = {"GetStats": [STATS]}
    before = datetime.now(UTC)
    run("stats", "--since", "7d", core=core)
    run("stats", "--since", "2026-11-01T00:00:00Z", core=core)
    ago, given = script.requests("GetStats")
    start = ago.start_time.ToDatetime(UTC) + timedelta(days=7)
    assert before <= start <= datetime.now(UTC)
    assert given.start_time == MIDNIGHT


def test_json_is_what_rest_shows(script: Script, core: str) -> None:
    script.answers = {"GetStats": [STATS]}
    done = run("stats", "--json", "--by", "mode", core=core)
    assert json.loads(done.out) == project(STATS)
    (asked,) = script.requests("GetStats")
    assert asked == pb.GetStatsRequest(group_by=pb.STATS_DIMENSION_MODE)


RECORDS = [
    pb.RequestRecord(
        id="req_2",
        time=MIDNIGHT,
        category="code",
        model="glm-5",
        status="ok",
        cost_usd="0.25",
        latency_ms=1_234,
        attempts=[Attempt(), Attempt()],
    ),
    pb.RequestRecord(id="req_1", time=MIDNIGHT, status="error", error_class="timeout"),
]


def test_the_last_requests_are_listed(script: Script, core: str) -> None:
    script.answers = {"ListRequests": [pb.ListRequestsResponse(requests=RECORDS)]}
    args = ("--requests", "--category", "code", "--model", "m", "--status", "error")
    out = run("stats", *args, "--since", "2026-11-01", core=core).out
    assert [line.split() for line in out.splitlines()][1:] == [
        ["2026-11-01", "00:00:00", "code", "glm-5", "ok", "$0.25", "1.2", "s", "2", "req_2"],
        ["2026-11-01", "00:00:00", "-", "-", "timeout", "-", "0.00", "ms", "0", "req_1"],
    ]
    assert script.requests("ListRequests") == [
        pb.ListRequestsRequest(
            page_size=50, category="code", model="m", status="error", start_time=MIDNIGHT
        )
    ]
    shown = json.loads(run("stats", "--requests", "--json", core=core).out)
    assert [each["id"] for each in shown["requests"]] == ["req_2", "req_1"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--by", "colour"), "--by takes one of category, model, provider"),
        (("--since", "yesterday"), "--since: 'yesterday' is no time"),
        (("--until", "99"), "--until: '99' is no time"),
        (("--requests", "--watch"), "do not go together"),
        (("--category", "code"), "go with --requests or --watch"),
        (("--model", "glm-5"), "go with --requests or --watch"),
        (("--watch", "--status", "ok"), "--status goes with --requests"),
        (("--requests", "--by", "model"), "--by goes without --requests"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    args: tuple[str, ...], told: str, script: Script, core: str
) -> None:
    done = run("stats", *args, core=core)
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert script.asked == []


def test_the_cores_refusal_is_told_in_a_line(script: Script, core: str) -> None:
    script.answers = {"ListRequests": [errors.Unauthenticated("wrong admin key")]}
    done = run("stats", "--requests", core=core)
    assert done.code == 1
    assert done.err.endswith("wrong admin key (LLM_ROUTER_ADMIN_KEY must be the core's own)")

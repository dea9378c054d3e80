"""The benchmarks' parts work together; nothing here looks at how fast anything is."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from benchmarks.closed_loop import ClosedLoop, completion_problem, run_closed_loop
from benchmarks.figures import Spread, percentile
from benchmarks.gateway import Measured
from benchmarks.gateway_cases import CASES, FULL, LIMITS
from benchmarks.load import measure
from benchmarks.mock_upstream import COMPLETIONS_PATH, Pace, asks_for_stream, serve
from benchmarks.noise import ForeignTime
from benchmarks.payloads import openclaw, small
from benchmarks.processes import Placement, ProcessFailed, free_port, server
from benchmarks.samples import Sample
from benchmarks.streams import Arrivals, StreamReader, Streams, common_time, run_streams
from benchmarks.tables import Goal, Row, Table, as_json, render
from benchmarks.targets import Target, running_targets

CHUNKS = 4


@asynccontextmanager
async def upstream() -> AsyncIterator[int]:
    """The mock in this process; yields its port."""
    listening = await serve(port=0, pace=Pace(chunks=CHUNKS, chunks_per_second=500.0))
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await listening.wait_closed()


def closed_loop(port: int, **changes) -> ClosedLoop:
    """Twelve requests, two at a time, of the small body."""
    load = ClosedLoop(
        port=port,
        path=COMPLETIONS_PATH,
        body="small",
        in_flight=2,
        seconds=30.0,
        warmup_s=0.0,
        most_requests=12,
    )
    return replace(load, **changes)


def streams(port: int, **changes) -> Streams:
    """Three streams that all start at once."""
    load = Streams(
        port=port,
        path=COMPLETIONS_PATH,
        body="openclaw",
        count=3,
        chunks=CHUNKS,
        planned_s=1.0,
        start_over_s=0.0,
    )
    return replace(load, **changes)


# -- bodies


@pytest.mark.parametrize("stream", [False, True])
def test_the_small_body_is_under_one_kilobyte(stream):
    body = small(0, stream=stream)
    assert len(body) < 1000
    assert asks_for_stream(body) is stream


@pytest.mark.parametrize("stream", [False, True])
def test_the_openclaw_body_has_its_weight_and_shape(stream):
    body = openclaw(0, stream=stream)
    assert 59_000 <= len(body) <= 61_000
    assert asks_for_stream(body) is stream
    request = json.loads(body)
    system, prompt, context = request["messages"]
    assert system["content"].startswith("<!-- openclaw:attempt:STABLE -->\n")
    assert len(system["content"]) == 48_000
    assert prompt["content"].startswith("[Mon 2026-11-23 00:30 UTC] ")
    assert "\n\nRuntime: agent=main | " in prompt["content"]
    assert context["content"][0]["text"].startswith("<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>")
    assert len(request["tools"]) == 12
    assert ("stream_options" in request) is stream


def test_each_session_of_the_openclaw_body_has_its_own_id():
    def session_id(number: int) -> str:
        prompt: str = json.loads(openclaw(number, stream=False))["messages"][1]["content"]
        return prompt.partition("sessionId=")[2].partition(" ")[0]

    assert len({session_id(number) for number in range(32)}) == 32


def test_stream_true_is_found_whatever_the_spacing():
    assert asks_for_stream(b'{"stream" : true}')
    assert not asks_for_stream(b'{"stream": false}')
    assert not asks_for_stream(b'{"stream_options": {"x": true}}')


# -- load against the mock


async def test_every_answer_of_a_closed_loop_is_timed():
    async with upstream() as port:
        sample = await run_closed_loop(closed_loop(port))
    assert (len(sample.values_ns), sample.errors) == (12, [])
    assert min(sample.values_ns) > 0


async def test_a_wrong_status_is_an_error_and_is_not_timed():
    async with upstream() as port:
        sample = await run_closed_loop(closed_loop(port, path="/elsewhere"))
    assert (sample.values_ns, sample.error_count) == ([], 12)
    assert sample.errors[0].startswith("status 404: ")


async def test_what_ends_in_the_warm_up_is_not_timed():
    async with upstream() as port:
        sample = await run_closed_loop(closed_loop(port, warmup_s=30.0))
    assert (sample.values_ns, sample.error_count) == ([], 0)


async def test_a_stream_yields_the_delay_of_each_of_its_chunks():
    async with upstream() as port:
        sample = await run_streams(streams(port, count=1))
    assert (len(sample.values_ns), sample.errors) == (CHUNKS, [])
    assert min(sample.values_ns) > 0


async def test_streams_side_by_side_are_all_read_to_their_end():
    async with upstream() as port:
        sample = await run_streams(streams(port, count=8))
    assert sample.errors == []


def test_only_chunks_sent_while_all_streams_are_under_way_count():
    early = Arrivals(sent_ns=[10, 20, 30, 40], delay_ns=[1, 2, 3, 4])
    late = Arrivals(sent_ns=[25, 35, 45], delay_ns=[5, 6, 7])
    assert common_time([early, late]) == ([3, 4, 5, 6], 15e-9)


async def test_a_stream_with_too_few_chunks_is_an_error_and_counts_for_nothing():
    async with upstream() as port:
        sample = await run_streams(streams(port, chunks=CHUNKS + 1))
    assert (sample.values_ns, sample.error_count) == ([], 3)
    assert sample.errors[0] == f"stream: {CHUNKS} chunks instead of {CHUNKS + 1}"


def chunk(content: str, finish_reason: str | None = None) -> bytes:
    choice = {"delta": {"content": content}, "finish_reason": finish_reason}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


USAGE_AND_DONE = b'data: {"choices": [], "usage": {"total_tokens": 1}}\n\ndata: [DONE]\n\n'


def read(*pieces: bytes, chunks: int = 2) -> StreamReader:
    reader = StreamReader(chunks)
    for piece in pieces:
        reader.feed(piece, 2000)
    return reader


def test_frames_split_anywhere_and_signs_of_life_are_read():
    whole = b": waiting\n\n" + chunk("") + chunk("0 500") + chunk("1 700", "stop") + USAGE_AND_DONE
    reader = read(*(whole[at : at + 7] for at in range(0, len(whole), 7)))
    assert reader.problem() == ""
    assert reader.arrivals.delay_ns == [1500, 1300]


@pytest.mark.parametrize(
    ("pieces", "problem"),
    [
        ([chunk("1 5"), chunk("0 5", "stop"), USAGE_AND_DONE], "chunk 1 is out of order"),
        ([chunk("0 5"), chunk("1 5", "stop")], "finish reason, usage or [DONE] is missing"),
        ([chunk("0 5"), chunk("1 5"), USAGE_AND_DONE], "finish reason, usage or [DONE] is missing"),
        ([chunk("0 5"), b'data: {"error": {}}\n\n'], 'not a chunk: data: {"error": {}}'),
    ],
)
def test_a_faulty_stream_is_told_apart(pieces, problem):
    assert read(*pieces).problem() == problem


@pytest.mark.parametrize("body", [b"", b"{}", b'{"choices": []}', b'{"choices": [{}]}'])
def test_an_answer_without_a_completion_is_no_success(body):
    assert completion_problem(200, body) is not None


# -- processes


def test_bare_and_direct_answer_the_load_generator_as_processes():
    placement = Placement(server=None, load=None)
    with running_targets(["direct", "bare"], placement, chunks=CHUNKS, chunks_per_second=500.0) as (
        direct,
        bare,
    ):
        assert (direct.notes(), bare.notes()) == ([], [])
        answers = measure(closed_loop(bare.port, path=bare.path), core=None)
        chunks = measure(streams(bare.port, path=bare.path, count=1), core=None)
    assert (len(answers.values_ns), answers.errors) == (12, [])
    assert (len(chunks.values_ns), chunks.errors) == (CHUNKS, [])
    with pytest.raises(ProcessFailed, match="does not answer"):
        bare.notes()


async def test_a_target_that_should_decide_but_does_not_is_refused():
    placement = Placement(server=None, load=None)
    with running_targets(["direct"], placement, chunks=1, chunks_per_second=1.0) as (direct,):
        pretender = Target(name="pretender", port=direct.port, path=direct.path, routes=True)
        with pytest.raises(ProcessFailed, match="pretender decided nothing"):
            pretender.notes()


def test_a_server_that_ends_at_once_is_told_with_its_output():
    command = [sys.executable, "-c", "raise SystemExit('no' + ' key')"]
    with (
        pytest.raises(ProcessFailed, match="no key"),
        server(command, port=free_port(), core=None),
    ):
        pytest.fail("it is not running")


# -- figures and tables


def test_the_share_of_others_is_a_share_or_unknown():
    share = ForeignTime().share()
    assert share is None or 0.0 <= share <= 1.0


def test_percentiles_are_nearest_rank():
    values = list(range(100, 0, -1))
    assert (percentile(values, 0.5), percentile(values, 0.99)) == (50, 99)
    assert (percentile([7], 0.5), percentile([3, 1, 2], 0.5)) == (7, 2)


def test_a_spread_is_median_least_and_most():
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(median=2.0, low=1.0, high=3.0)


def spread(median: float) -> Spread:
    return Spread(median=median, low=median / 2, high=median * 2)


@pytest.mark.parametrize(
    ("measured", "at_least", "met"),
    [(0.5, True, True), (0.49, True, False), (0.5, False, True), (0.51, False, False)],
)
def test_a_goal_is_met_at_its_limit_and_on_the_right_side_of_it(measured, at_least, met):
    goal = Goal(name="g", value=spread(measured), unit="x", limit=0.5, at_least=at_least)
    assert goal.met is met


def table() -> Table:
    return Table(
        title="A title",
        targets=("direct", "router"),
        rows=(
            Row(
                measure="rate", unit="req/s", values={"direct": spread(58615), "router": spread(3)}
            ),
            Row(measure="p50", unit="ms", values={"router": spread(0.25)}),
        ),
        goals=(Goal(name="ratio", value=spread(0.4), unit="x", limit=0.5, at_least=True),),
        notes=("a note",),
        errors=("router: 2 errors",),
    )


def test_a_table_renders_in_columns_with_units_goals_notes_and_errors():
    assert render(table()).splitlines() == [
        "A title",
        "",
        "median (min..max of the rounds)  unit                     direct                router",
        "-------------------------------  -----  ------------------------  --------------------",
        "rate                             req/s  58,615 (29,308..117,230)  3.000 (1.500..6.000)",
        "p50                              ms                               0.250 (0.125..0.500)",
        "",
        "goal          limit              measured  unit  met",
        "-----  ------------  --------------------  ----  ---",
        "ratio  at least 0.5  0.400 (0.200..0.800)     x   NO",
        "",
        "- a note",
        "",
        "ERROR router: 2 errors",
    ]


def test_a_table_as_json_has_the_same_facts():
    facts = json.loads(json.dumps(as_json(table())))
    assert facts["rows"][1] == {
        "measure": "p50",
        "unit": "ms",
        "values": {"router": {"median": 0.25, "min": 0.125, "max": 0.5}},
    }
    assert facts["goals"][0]["at_least"] == 0.5
    assert facts["goals"][0]["met"] is False
    assert (facts["notes"], facts["errors"]) == (["a note"], ["router: 2 errors"])


# -- the gateway suite


def test_every_limit_names_a_figure_that_is_measured():
    measures = {figure.measure for case in CASES for figure in case.figures}
    assert {limit.measure for limit in LIMITS} <= measures


def test_goals_compare_the_router_with_its_base_round_by_round():
    measured = Measured()
    case, limit = CASES[0], LIMITS[0]
    for round_number, (router, bare) in enumerate([(1, 2), (3, 4), (9, 10)]):
        measured.add(case, "router", round_number, Sample(values_ns=[1] * router, seconds=1.0))
        measured.add(case, "bare", round_number, Sample(values_ns=[1] * bare, seconds=1.0))
    measured.add(case, "router", 3, Sample(values_ns=[1] * 99, seconds=1.0))  # bare has none
    goal = measured.goal(limit)
    assert goal is not None
    assert goal.value == Spread(median=0.75, low=0.5, high=0.9)


def test_errors_of_a_measurement_reach_the_table():
    measured = Measured()
    broken = Sample()
    broken.add_error("status 503")
    measured.add(CASES[0], "router", 0, broken)
    assert measured.errors == [
        "router, small body, 32 in flight: throughput: 1 wrong or missing: status 503"
    ]
    assert measured.row(CASES[0].figures[0], ["router"]).values == {}
    assert measured.goal(LIMITS[0]) is None


def test_each_case_makes_a_load_for_its_target():
    target = Target(name="bare", port=1, path="/v1/chat/completions")
    loads = [case.load(target, FULL) for case in CASES]
    assert {(load.port, load.path) for load in loads} == {(1, "/v1/chat/completions")}

"""A day of OpenClaw's: every request is known for what it is, and answered by the right model.

It runs with the session's id in the headers, with the id in the first prompt's tail
alone, and without any id, where the history tells.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from tests.e2e.lab import TOKENS, Lab, a_lab
from tests.e2e.made_openclaw import ANNOUNCED, CRON, QUEUED, SUBAGENT, OpenClaw, Seen
from tests.fakes.upstream import FakeUpstream, Reset, completion_stream, error

GREETING = "Good morning! How are you today?"
ERRAND = "what is in boats.txt?"
CODE = "Debug this TypeError in my Flask view: 'NoneType' object is not subscriptable"
WHY = "Why does the moon always show the same side to the earth? Explain step by step"

USER, LOOP, WORK, UPKEEP = "user_turn", "tool_followup", "background_work", "housekeeping"


class Ids(StrEnum):
    HEADERS = "headers"
    TAIL = "tail"
    NONE = "none"


@dataclass
class Day:
    """One day's sessions."""

    lab: Lab
    ids: Ids

    def session(self, number: int = 1) -> OpenClaw:
        """A session that begins."""
        session = f"0a1b2c3d-{number:04d}-4222-8333-444455556666"
        return OpenClaw(self.lab, session, self.ids is Ids.HEADERS, self.ids is not Ids.NONE)


@pytest.fixture(params=[Ids.HEADERS, pytest.param(Ids.TAIL, marks=pytest.mark.slow), Ids.NONE])
async def day(
    request: pytest.FixtureRequest, tmp_path: Path, remote: FakeUpstream
) -> AsyncIterator[Day]:
    async with a_lab(tmp_path, remote) as lab:
        yield Day(lab, request.param)


def ways(*seen: Seen) -> list[tuple[str, bool, str, str]]:
    return [each.way for each in seen]


async def test_polls_before_anybody_has_typed_begin_no_conversation(day: Day) -> None:
    claw = day.session()
    for _ in range(3):
        assert ways(*await claw.polls()) == [(UPKEEP, False, "cheap", "housekeeping")]
    first = await claw.types(CODE)
    assert first.way == (USER, False, "code", "classified")
    assert (await claw.types("yes")).way == (USER, True, "code", "session_kept")


async def test_turns_of_a_session_are_one_conversation(day: Day) -> None:
    claw = day.session()
    seen = [await claw.types(text) for text in (GREETING, "thanks", CODE, "yes", "and in Java?")]
    assert ways(*seen) == [
        (USER, False, "chat", "classified"),
        (USER, True, "chat", "session_kept"),
        (USER, True, "code", "session_switched"),
        (USER, True, "code", "session_kept"),
        (USER, True, "code", "session_kept"),
    ]
    assert len({each.got.thread for each in seen}) == 1


async def test_a_tool_loop_keeps_its_model_through_all_that_comes_between(day: Day) -> None:
    claw, lab = day.session(), day.lab
    await claw.types(GREETING)
    lab.calls = ['{"path": "boats.txt"}']
    asked = await claw.types(ERRAND)
    assert asked.way == (USER, True, "act", "session_switched")
    lab.lists(tools=["think", "act"])
    seen = []
    lab.calls = ['{"at": "a"}', '{"at": "b"}']
    seen.append(await claw.runs("a red one"))
    lab.calls = ['{"at": "a picture"}']
    seen.append(await claw.runs("one", "and another"))
    lab.calls = ['{"at": "more"}']
    seen.append(await claw.runs("Loaded.", picture=True))
    lab.clock.passes(30)
    lab.calls = ['{"at": "yet more"}']
    seen.append(await claw.runs("nothing"))
    claw.returns("nothing")
    steered = await claw.steers(WHY)
    assert ways(*seen) == [(LOOP, True, "act", "tool_loop")] * 4
    assert steered.way == (USER, True, "act", "tool_loop")
    assert all(each.locked for each in (*seen, steered))
    assert len({each.got.thread for each in (asked, *seen, steered)}) == 1
    assert (await claw.types("thanks")).known


async def test_a_poll_neither_binds_the_session_nor_moves_it(day: Day) -> None:
    claw, lab = day.session(), day.lab
    await claw.types(CODE)
    for minutes in (0, 1, 10, 1):
        lab.clock.passes(minutes)
        polls = await claw.polls("nothing is due", "nor here")
        assert [each.turn for each in polls] == [UPKEEP] * 3
        assert len({each.got.model for each in polls}) == 1, "its own loop keeps its model"
        assert [each.got.reason for each in polls] == ["housekeeping", "tool_loop", "tool_loop"]
    lab.clock.passes(-12)
    typed = await claw.types("yes")
    assert typed.way == (USER, True, "code", "session_kept")


@pytest.mark.parametrize(
    ("tokens", "cached", "anew", "minutes", "model"),
    [
        (20_000, "0.0000002", "0.0000005", 1, "code"),  # $0.004 against $0.010
        (20_000, "0.0000002", "0.0000001", 1, "cheap"),  # $0.004 against $0.002
        (20_000, "0.0000002", "0.0000005", 10, "cheap"),  # $0.040, no cache is left
        (20_000, "0.0000002", "0.0000002", 1, "code"),  # the same: it stays
        (0, "0.0000002", "0.0000005", 1, "code"),
    ],
)
async def test_a_poll_goes_where_the_history_is_read_for_less(
    day: Day, tokens: int, cached: str, anew: str, minutes: float, model: str
) -> None:
    claw, lab = day.session(), day.lab
    lab.prices(code=("0.000002", cached), cheap=(anew, "0.00000001"))
    lab.tokens = tokens
    await claw.types(CODE)
    lab.clock.passes(minutes)
    polls = await claw.polls("nothing is due")
    assert ways(*polls) == [
        (UPKEEP, True, model, "housekeeping"),
        (UPKEEP, True, model, "tool_loop"),
    ]
    lab.clock.passes(-minutes)
    assert (await claw.types("yes")).way == (USER, True, "code", "session_kept")


async def test_a_poll_with_a_system_prompt_of_its_own_has_no_cache_to_lose(day: Day) -> None:
    claw = day.session()
    await claw.types(CODE)
    claw.system += "Tools: fewer than usual.\n"
    assert ways(*await claw.polls()) == [(UPKEEP, True, "cheap", "housekeeping")]


async def test_what_comes_again_after_a_failure_is_no_other_conversation(
    day: Day, remote: FakeUpstream
) -> None:
    claw = day.session()
    broken = completion_stream(["Let me", Reset()])
    for reply in (broken, error(400, "not like that")):
        remote.enqueue(reply)
        failed = await claw.types(CODE)
        assert (failed.known, failed.got.message) == (False, {})
        assert not (await claw.route("yes"))["session"]["known"], "it has bound nothing"
        retried = await claw.retries()
        assert retried.way == (USER, False, "code", "classified")
        assert (await claw.types("yes")).way == (USER, True, "code", "session_kept")
        remote.enqueue(reply)
        failed = await claw.types(WHY)
        assert failed.got.message == {}
        assert (await claw.route("yes"))["model"] == "code", "nor moved anything"
        assert (await claw.retries()).way == (USER, True, "think", "session_switched")
        claw = day.session(2)


async def test_what_waited_in_the_queue_is_typed_all_the_same(day: Day) -> None:
    claw = day.session()
    await claw.types(CODE)
    assert (await claw.types("and in Java?", QUEUED)).way == (USER, True, "code", "session_kept")
    assert (await claw.types(WHY, QUEUED)).way == (USER, True, "think", "session_switched")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Write a Python function that reverses a linked list", "code"),
        ("Find the derivative of x^3 sin x", "reasoning"),
        ("show me how to sort a list of tuples in Python", "code"),
    ],
)
async def test_an_order_for_the_answer_alone_is_no_errand(
    day: Day, text: str, category: str
) -> None:
    claw = day.session()
    assert (await claw.types(text)).got.category == category, "as its first words"
    claw = day.session(2)
    await claw.types(GREETING)
    assert (await claw.types(text)).got.category == category


@pytest.mark.parametrize("topic", [CODE, WHY])
async def test_nothing_becomes_an_errand_that_nobody_has_run(day: Day, topic: str) -> None:
    claw = day.session()
    await claw.types(GREETING)
    went = await claw.types(topic)
    for text in ("thanks", "and the other one?", "ok, go on"):
        claw.kept.append({})
        assert (await claw.route(text))["category"] == went.got.category, text
        claw.kept.pop()


async def test_a_reminder_is_work_in_the_session_and_loops_there(day: Day) -> None:
    claw = day.session()
    await claw.types(CODE)
    seen = await claw.wakes("Reminder: water the ferns", "they are wet", "and green")
    assert [(each.turn, each.known) for each in seen] == [(WORK, True), (LOOP, True), (LOOP, True)]
    assert len({each.got.model for each in seen}) == 1
    assert (await claw.types("yes")).known


async def test_a_compaction_does_not_bind_the_session_anew(day: Day) -> None:
    claw, lab = day.session(), day.lab
    await claw.types(CODE)
    before = await claw.types("and in Java?")
    flush = await claw.flushes_memory("written")
    assert [each.turn for each in flush] == [UPKEEP, UPKEEP]
    assert len({each.got.model for each in flush}) == 1
    # The flush tells another id in its tail, and the compaction none at all.
    assert flush[0].known is (day.ids is not Ids.TAIL)
    compaction = await claw.compacts(keeps=2)
    assert compaction.way == (UPKEEP, False, "cheap", "housekeeping")
    after = await claw.types("and the other one?")
    is_same = day.ids is not Ids.NONE
    assert (after.turn, after.known) == (USER, is_same)
    assert (after.got.thread == before.got.thread) is is_same
    assert after.got.model == "code" or not is_same
    assert (await claw.types("yes")).way == (USER, True, after.got.model, "session_kept")
    lab.calls = ['{"path": "boats.txt"}']
    await claw.types(ERRAND)
    assert (await claw.runs("a red one")).way == (LOOP, True, "act", "tool_loop")
    await claw.compacts(keeps=4)
    assert (await claw.types("yes")).known is is_same


async def test_a_compaction_in_the_middle_of_a_tool_loop_leaves_it_its_model(day: Day) -> None:
    claw, lab = day.session(), day.lab
    await claw.types(CODE)
    lab.calls = ['{"path": "boats.txt"}']
    asked = await claw.types(ERRAND)
    await claw.compacts(keeps=2)
    lab.lists(tools=["think", "act"])
    followed = await claw.runs("a red one")
    if day.ids is Ids.NONE:
        assert (followed.turn, followed.known) == (LOOP, False)
    else:
        assert followed.way == (LOOP, True, asked.got.model, "tool_loop")


async def test_a_title_is_nobodys_conversation(day: Day) -> None:
    claw = day.session()
    first = await claw.types(CODE)
    title = await claw.names_session(CODE)
    assert title.way == (UPKEEP, False, "cheap", "housekeeping")
    assert title.got.thread != first.got.thread
    assert (await claw.types("yes")).way == (USER, True, "code", "session_kept")


async def test_a_new_session_begins_afresh(day: Day) -> None:
    claw = day.session()
    first = await claw.types(CODE)
    fresh = day.session(2)
    seen = [await fresh.types("yes"), await fresh.types("thanks")]
    assert ways(*seen) == [
        (USER, False, "chat", "classified"),
        (USER, True, "chat", "session_kept"),
    ]
    assert seen[0].got.thread != first.got.thread
    assert (await claw.types("yes")).way == (USER, True, "code", "session_kept")


async def test_a_subagent_has_a_conversation_of_its_own_and_reports_to_its_parent(
    day: Day,
) -> None:
    claw, lab = day.session(), day.lab
    await claw.types(GREETING)
    lab.calls = ['{"task": "count"}']
    asked = await claw.types("please run a helper agent to count the files in the folder")
    assert asked.way == (USER, True, "act", "session_switched")
    helper = day.session(3)
    lab.calls = ['{"list": "."}']
    seen = [await helper.types("Count the files in the folder", SUBAGENT)]
    seen.append(await helper.runs("three"))
    assert ways(*seen) == [
        (WORK, False, "act", "classified"),
        (LOOP, True, "act", "tool_loop"),
    ]
    assert seen[0].got.thread == seen[1].got.thread != asked.got.thread
    accepted = await claw.runs("accepted")
    assert accepted.way == (LOOP, True, "act", "tool_loop")
    announced = await claw.types("three files", ANNOUNCED)
    assert (announced.turn, announced.known) == (WORK, True)
    assert announced.got.thread == asked.got.thread


async def test_a_job_of_its_own_session_is_routed_by_its_text(day: Day) -> None:
    claw, job = day.session(), day.session(4)
    await claw.types(CODE)
    day.lab.calls = ['{"news": "of the night"}']
    seen = [await job.types("Collect the harbour news of the night.", CRON)]
    seen.append(await job.runs("fog"))
    assert ways(*seen) == [
        (WORK, False, "chat", "classified"),
        (LOOP, True, "chat", "tool_loop"),
    ]
    assert (await claw.types("yes")).way == (USER, True, "code", "session_kept")


async def test_a_whole_day_in_one_session(day: Day, remote: FakeUpstream) -> None:
    claw, lab, seen = day.session(), day.lab, list[Seen]()
    lab.tokens = 100
    seen += await claw.polls()
    lab.tokens = TOKENS
    seen += [await claw.types(GREETING), await claw.types(CODE)]
    seen += await claw.polls("nothing is due")
    lab.calls = ['{"path": "boats.txt"}']
    seen.append(await claw.types(ERRAND))
    lab.calls = ['{"at": "a"}', '{"at": "b"}']
    seen.append(await claw.runs("a red one"))
    seen.append(await claw.runs("one", "and another", picture=True))
    lab.clock.passes(40)
    seen += await claw.polls("nothing is due")
    seen += await claw.wakes("Reminder: check the ferns in ferns.txt", "they are green")
    lab.clock.passes(40)
    seen.append(await claw.types(WHY))
    remote.enqueue(completion_stream(["Let me", Reset()]))
    seen.append(await claw.types("why is that so?"))
    seen.append(await claw.retries())
    seen.append(await claw.types("and why the others?", QUEUED))
    seen += await claw.flushes_memory("written")
    seen.append(await claw.compacts(keeps=2))
    seen.append(await claw.types("and why the others?"))
    seen += await claw.polls()
    kept = day.ids is not Ids.NONE
    flushed = day.ids is not Ids.TAIL
    assert [(each.turn, each.known) for each in seen] == [
        (UPKEEP, False),
        (USER, False),
        (USER, True),
        (UPKEEP, True),
        (UPKEEP, True),
        (USER, True),
        (LOOP, True),
        (LOOP, True),
        (UPKEEP, True),
        (UPKEEP, True),
        (WORK, True),
        (LOOP, True),
        (USER, True),
        (USER, True),
        (USER, True),
        (USER, True),
        (UPKEEP, flushed),
        (UPKEEP, True),
        (UPKEEP, False),
        (USER, kept),
        (UPKEEP, True),
    ]
    models = [each.got.model for each in seen]
    assert models[1:3] == ["chat", "code"]
    assert models[3] == models[4] == "code", "warm"
    assert models[5:8] == ["act"] * 3
    assert models[8:10] == ["cheap"] * 2, "cold"
    assert models[10] == models[11]
    assert models[12:16] == ["think"] * 4
    assert models[19] == "think" or not kept
    if kept:
        session = [each for each in seen[:16] if each.turn != UPKEEP]
        assert {each.got.thread for each in (*session, seen[19])} == {seen[1].got.thread}

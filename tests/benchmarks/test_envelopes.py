"""The measuring of envelopes tells what is right and what is not; nothing here is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.envelopes import BODIES, Outcome, outcome_of, run, summary
from benchmarks.options import Options
from benchmarks.recordings import BadRecording, read_recordings
from router_core.decide.peel import read_turn
from router_core.decide.turn import TurnKind


def recorded(name: str = "first", **changes) -> dict[str, Any]:
    """One line of a file of recordings."""
    line = {
        "client": "quay",
        "name": name,
        "body": {
            "messages": [
                {"role": "system", "content": "Be kind."},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "hello"},
                        {"type": "image_url", "image_url": {"url": "data:,"}},
                    ],
                },
            ]
        },
        "kind": "user_turn",
        "user_text": "hello",
        "version": "1",
    }
    return line | changes


def outcomes(folder, *lines: dict[str, Any]) -> list[Outcome]:
    """What is read in a folder with one file of these lines."""
    folder.joinpath("quay.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    return [outcome_of(recording, peels=1) for recording in read_recordings(folder)]


def test_a_recording_is_read_with_its_parts_and_label(tmp_path):
    (outcome,) = outcomes(tmp_path, recorded())
    system, prompt = outcome.recording.messages
    assert (system.texts, prompt.texts, prompt.other_parts) == (
        ("Be kind.",),
        ("hello",),
        ("image_url",),
    )
    assert (outcome.recording.kind, outcome.recording.typed) == (TurnKind.USER_TURN, "hello")
    assert outcome.recording.size == len("Be kind.hello")
    assert outcome.microseconds > 0


def test_right_and_wrong_are_counted_by_client_and_told_one_by_one(tmp_path):
    report = summary(
        outcomes(
            tmp_path,
            recorded(),
            recorded("kind", kind="housekeeping", user_text=None),
            recorded("text", client="barge", user_text="hallo"),
        )
    ).splitlines()
    barge, quay, every = report[1:4]
    assert barge.split()[:5] == ["barge", "1", "of", "1", "(100.0"]
    assert "0 of 1 (0.0 %)" in barge
    assert "1 of 2 (50.0 %)" in quay
    assert every.startswith("all")
    assert "2 of 3 (66.7 %)" in every
    assert report[-3:] == [
        "WRONG quay kind: user_turn, it is housekeeping",
        "WRONG barge text: 'hello', typed was 'hallo'",
        "2 wrong",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "quay.jsonl, line 2: JSONDecodeError"),
        ("[]", "quay.jsonl, line 2: TypeError"),
        (json.dumps(recorded(kind="nap")), "nap"),
        (json.dumps({"client": "quay"}), "KeyError"),
    ],
)
def test_what_is_no_recording_is_told_with_its_line(tmp_path, line, problem):
    tmp_path.joinpath("quay.jsonl").write_text(f"{json.dumps(recorded())}\n{line}\n")
    with pytest.raises(BadRecording, match=problem):
        read_recordings(tmp_path)


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(BadRecording, match="no recordings"):
        read_recordings(tmp_path)


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("openclaw", TurnKind.USER_TURN, "Why was last night's backup late?"),
        ("parts", TurnKind.USER_TURN, "Why was last night's backup late?"),
        ("history", TurnKind.TOOL_FOLLOWUP, "And the next one?"),
    ],
)
def test_the_made_up_requests_weigh_60_kb_and_are_read_right(name, kind, text):
    messages = BODIES[name]()
    size = sum(len(text) for message in messages for text in message.texts)
    tools = 11_000 if name == "openclaw" else 0
    assert 55_000 <= size + tools <= 65_000
    turn = read_turn(messages)
    assert (turn.kind, turn.text) == (kind, text)


def test_each_made_up_request_has_its_figure_and_its_goal():
    table = run(Options(rounds=1, quick=True))
    assert table.targets == tuple(BODIES)
    assert set(table.rows[0].values) == set(BODIES)
    assert [goal.name for goal in table.goals] == list(BODIES)


def test_the_command_measures_a_folder_or_tells_why_not(tmp_path):
    command = [sys.executable, "-m", "benchmarks.envelopes", str(tmp_path), "--rounds", "1"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no recordings" in refused.stderr
    tmp_path.joinpath("quay.jsonl").write_text(json.dumps(recorded()))
    measured = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "0 wrong" in measured.stdout
    assert "envelopes: one peel of a 60 kB request" in measured.stdout

"""The suite measures everything it names; nothing here looks at how fast anything is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks import __main__ as command
from benchmarks import classification
from benchmarks.classification import GOALS_US, run
from benchmarks.classification_texts import LENGTHS, MEGABYTE, texts_of
from benchmarks.options import Options
from benchmarks.processes import ProcessFailed


def test_each_measure_has_its_figure_its_yards_and_its_goal():
    table = run(Options(rounds=1, quick=True))
    measures = {row.measure for row in table.rows}
    assert set(GOALS_US) <= measures
    for length in LENGTHS:
        assert {f"{name}, {length:,} characters" for name in ("keywords", "embedded")} <= measures
    assert {"embedded, one added category", "yardstick"} <= measures
    assert all(set(row.values) == {"us", "yards"} for row in table.rows)
    assert all(row.values["us"].median > 0 for row in table.rows)
    assert {goal.name for goal in table.goals} == set(GOALS_US)


@pytest.mark.parametrize("length", [*LENGTHS, MEGABYTE])
def test_texts_have_the_length_asked_for(length):
    texts = list(texts_of(length))
    assert {len(text) for text in texts} == {length}
    assert len(set(texts)) == len(texts) > 5


def test_a_model_that_does_not_load_is_told(monkeypatch):
    monkeypatch.setattr(classification, "_LOADING", "raise SystemExit('no model here')")
    with pytest.raises(ProcessFailed, match="no model here"):
        run(Options(rounds=1, quick=True))


def test_the_command_knows_the_suites_and_keeps_targets_to_the_gateway():
    suites = ["gateway", "envelopes", "classification", "continuity", "policies", "decisions"]
    suites += ["accounting", "ledger"]
    assert list(command.SUITES) == suites
    asked = ["envelopes", "--quick", "--rounds", "1", "--targets", "direct"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "openclaw" in done.stdout

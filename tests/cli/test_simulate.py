"""``llm-router simulate``: files in, tables or JSON out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from router_core.decide.usage import Usage
from router_core.errors import ConfigError
from tests.cli.simulating import TRACE, a_config, a_trace, simulate
from tests.stores.ledger import a_record, an_attempt, opened

pytestmark = pytest.mark.usefixtures("nothing_set")

BASELINES = ["best-single", "dearest", "cheapest", "random", "oracle", "prompt-length"]


def refused(*arguments: object) -> str:
    error = simulate(*arguments).error
    assert isinstance(error, ConfigError)
    return str(error)


def test_the_figures_of_three_requests_by_hand(tmp_path: Path) -> None:
    listed = a_config(tmp_path, "listed")
    split = a_config(tmp_path, "split", conversation=["small"])
    told = simulate(a_trace(tmp_path), "--config", listed, "--config", split, "--json").json
    assert (told["requests"], told["models"], told["quality_by_priors"]) == (
        3,
        ["good", "small"],
        0,
    )
    assert (told["best_single"], told["cheapest"]) == ("good", "small")
    first, second = told["configs"]
    assert (first["name"], second["name"]) == ("listed", "split")
    assert (first["cost_usd"], second["cost_usd"]) == pytest.approx((0.09, 0.07))
    assert second["cost_usd_per_1000"] == pytest.approx(70 / 3)
    assert second["quality"] == pytest.approx(2.5 / 3)
    assert first["latency_ms"] == {"mean": 4000.0, "p50": 3000.0, "p95": 6000.0}
    assert second["models"] == pytest.approx({"good": 2 / 3, "small": 1 / 3})
    assert second["cpt_50"] == pytest.approx(1 / 3)
    same, cheaper = told["against_best_single"]
    assert (same["saved"], same["saved_95"], same["quality_95"]) == (0.0, [0.0, 0.0], [0.0, 0.0])
    assert cheaper["saved"] == pytest.approx(2 / 9)
    assert cheaper["quality"] == pytest.approx(0.0)


def test_baselines_stand_beside_any_result(tmp_path: Path) -> None:
    told = simulate(a_trace(tmp_path), "--config", a_config(tmp_path, "it"), "--json").json
    assert [each["name"] for each in told["baselines"]] == BASELINES
    page = simulate(a_trace(tmp_path), "--config", a_config(tmp_path, "it")).out
    for name in BASELINES:
        assert len(re.findall(rf"^{name} ", page, re.MULTILINE)) == 2, "figures, and scores"


def test_the_page(tmp_path: Path) -> None:
    split = a_config(tmp_path, "split", conversation=["small"])
    page = simulate(a_trace(tmp_path), "--config", split).out
    lines = [re.sub(" +", " ", line) for line in page.splitlines()]
    assert lines[0] == f"3 requests of {tmp_path}/trace.jsonl, 2 models"
    row = r"split 0\.07 23\.33 83\.3 [\d.]+ to [\d.]+ 3\.33 3\.00 6\.00 good 66\.7 %, small 33\.3 %"
    assert any(re.fullmatch(row, line) for line in lines)
    against = r"split -22\.2 % ([-+.\d]+) to ([-+.\d]+) \+0\.0 .*"
    (found,) = filter(None, (re.fullmatch(against, line) for line in lines))
    assert -67 < float(found[1]) < -22.2 < float(found[2]) <= 0
    assert "split 0.675 0.647 0.667 33.3 % 53.3 %" in lines


def test_the_same_arguments_print_the_same(tmp_path: Path) -> None:
    command = (a_trace(tmp_path), "--config", a_config(tmp_path, "it", "balanced"), "--json")
    assert simulate(*command, "--curve").out == simulate(*command, "--curve").out
    assert simulate(*command).json != simulate(*command, "--seed", 1).json


def test_a_config_with_a_thrift_is_a_curve_where_that_is_asked_for(tmp_path: Path) -> None:
    command = (
        a_trace(tmp_path),
        *("--config", a_config(tmp_path, "dial", "balanced")),
        *("--config", a_config(tmp_path, "still")),
    )
    dial, still = simulate(*command, "--curve", "--json").json["configs"]
    assert [each["dial"] for each in dial["curve"]] == list(range(11))
    assert still["curve"] == []
    assert simulate(*command, "--json").json["configs"][0]["curve"] == []
    assert "dial by thrift" in simulate(*command, "--curve").out


def test_a_text_is_classified_in_this_process(tmp_path: Path) -> None:
    row = {"prompt": "Debug this python function", "models": TRACE[0]["models"]}
    config = a_config(tmp_path, "it", code=["small"])
    (its,) = simulate(a_trace(tmp_path, row), "--config", config, "--json").json["configs"]
    assert its["models"] == {"small": 1.0}


def test_a_mode_that_needs_more_than_this_process_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLM_ROUTER_MODE", "hybrid")
    row = {"prompt": "hello", "models": TRACE[0]["models"]}
    command = ("--config", a_config(tmp_path, "it"), "--json")
    note = "it: classified by embedded alone, not hybrid"
    assert simulate(a_trace(tmp_path, row), *command).json["notes"] == [note]
    assert simulate(a_trace(tmp_path), *command).json["notes"] == []


def test_a_limit_takes_the_first_requests(tmp_path: Path) -> None:
    command = (a_trace(tmp_path), "--config", a_config(tmp_path, "it"), "--json")
    assert simulate(*command, "--limit", 2).json["requests"] == 2


def test_without_a_config_the_settings_own_is_played(tmp_path: Path) -> None:
    models = {"glm-5": {"quality": 0.5, "cost_usd": 0.01}}
    rows = [{"category": "code", "prompt_tokens": 1, "models": models}]
    (its,) = simulate(a_trace(tmp_path, *rows), "--json").json["configs"]
    assert (its["name"], its["models"]) == ("router_config", {"glm-5": 1.0})
    assert not Path("router_config.json").exists(), "nothing is written"


def test_the_ledger_is_replayed_by_priors_and_only_read(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    usage = Usage(prompt_tokens=1000, completion_tokens=100)
    call = an_attempt("0.004", provider="openrouter", latency_ms=1500.0, usage=usage)
    records = [
        a_record(n, attempts=(call,), latency_ms=1500.0, ttft_ms=300.0, category="code")
        for n in range(3)
    ]
    lost = replace(a_record(3), status="error", time=records[0].time + timedelta(seconds=9))
    with opened(path) as ledger:
        for record in (*records, lost):
            ledger.record(record)
        ledger.flush()
    before = path.read_bytes()
    done = simulate("--ledger", path, "--json")
    assert path.read_bytes() == before
    assert "3 requests of" in done.err
    assert "1 left out" in done.err
    (its,) = done.json["configs"]
    assert its["models"] == {"glm-5": 1.0}
    assert its["cost_usd"] == pytest.approx(0.012)
    assert its["quality"] == pytest.approx(0.9), "first of its list"
    assert its["latency_ms"]["p50"] == 1500.0
    assert done.json["notes"][0] == "quality by the priors of the config, not measured"
    assert "gpt-4o-mini" in done.json["models"], "by the price table"


@pytest.mark.parametrize("text", [b"", b"no database"])
def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "router.db"
    path.write_bytes(text)
    assert "is no router.db that this version can read" in refused("--ledger", path)


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    trace, config = a_trace(tmp_path), a_config(tmp_path, "it")
    assert "either TRACE or --ledger" in refused()
    assert "either TRACE or --ledger" in refused(trace, "--ledger", "router.db")
    assert "there is no such file" in refused(trace, "--config", tmp_path / "none.json")
    assert "there is no such file" in refused("--ledger", tmp_path / "none.db")
    assert "names one file twice" in refused(trace, "--config", config, "--config", config)
    assert "named *.svg or *.png" in refused(trace, "--plot", "curve.pdf")
    row = {**TRACE[0], "category": "poetry"}
    assert "line 1: it has no category 'poetry'" in refused(
        a_trace(tmp_path, row), "--config", config
    )


def test_a_broken_line_is_told_by_its_number(tmp_path: Path) -> None:
    trace = a_trace(tmp_path, TRACE[0], {"prompt": "hi"})
    assert "trace.jsonl, line 2: 'models' is no object" in refused(trace)


def test_an_answer_of_no_known_cost_is_told_by_its_line(tmp_path: Path) -> None:
    row = {**TRACE[0], "models": {"good": {"quality": 1}}}
    told = refused(a_trace(tmp_path, TRACE[0], row), "--config", a_config(tmp_path, "it"))
    assert told.startswith("line 2: what good costs is neither told (cost_usd) nor known")


def test_configs_of_one_name_and_of_a_baselines_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, two = a_config(tmp_path, "it"), a_config(tmp_path / "other", "it")
    random = a_config(tmp_path, "random")
    command = (a_trace(tmp_path), "--json", "--config")
    told = simulate(*command, one, "--config", two).json
    assert [each["name"] for each in told["configs"]] == [str(one), str(two)]
    assert simulate(*command, random).json["configs"][0]["name"] == "random (config)"

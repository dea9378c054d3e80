"""``llm-router classify`` as a user runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.serving import COMMAND, Serving, clean_environment

NO_CORE = {"LLM_ROUTER_CORE_ADDRESS": "127.0.0.1:1"}
PYTHON = "write a python function that reverses a string"
LABELLED = (
    {"text": PYTHON, "category": "code", "lang": "en", "source": "a"},
    {"text": "hello", "category": "chat", "lang": "en", "source": "b"},
    {"text": "bonjour !", "category": "chat", "lang": "fr", "source": "b"},
)
AS_CHAT = ("--as", "chat=conversation")


def run(*args: str | Path, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "classify", *args],
        cwd=home,
        env=clean_environment(home, **(NO_CORE | env)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused(*args: str | Path, home: Path, **env: str) -> str:
    """The one line that it ends with."""
    done = run(*args, home=home, **env)
    assert done.returncode == 1
    assert done.stdout == ""
    *said, line = done.stderr.strip().splitlines()
    assert all(line.startswith("3 texts of ") for line in said), done.stderr
    assert line.startswith("llm-router: ")
    return line.removeprefix("llm-router: ")


def labelled_file(folder: Path) -> Path:
    file = folder / "labelled.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in LABELLED))
    return file


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty one."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Labelled texts, outside the home."""
    return labelled_file(tmp_path)


def test_a_text_gets_a_category_and_why(home: Path) -> None:
    done = run(PYTHON, home=home)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    category, confidence = lines[0].split()
    assert category == "code"
    assert 0 < float(confidence) <= 1
    assert lines[1].startswith(f"  classified  {PYTHON!r} (user_turn, by ")
    assert any(line.startswith("  because     ") for line in lines)
    assert any(line.startswith("  runners-up  ") for line in lines)
    assert lines[-1].startswith("classified in mode ")
    assert "in this process" in lines[-1]
    assert list(home.iterdir()) == []


def test_as_json_it_is_one_object(home: Path) -> None:
    done = run(PYTHON, "--json", home=home)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["category"], told["turn"], told["text"]) == ("code", "user_turn", PYTHON)
    assert {"confidence", "source", "runners_up", "evidence", "fallbacks", "elapsed_us"} <= set(
        told
    )


@pytest.mark.parametrize("text", ["", "  ", "-", "Übergröße 🎉", "a\nb", "x" * 100_000])
def test_any_text_will_do(text: str, home: Path) -> None:
    done = run("--json", "--", text, home=home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["category"] in ("code", "reasoning", "conversation")


def test_a_text_that_is_no_text_is_told(home: Path) -> None:
    assert refused("caf\udce9", home=home) == "TEXT is not valid UTF-8"


def test_the_mode_is_the_users_choice(home: Path) -> None:
    told = json.loads(run(PYTHON, "--mode", "keywords", "--json", home=home).stdout)
    assert (told["mode"], told["source"], told["fallbacks"]) == ("keywords", "keywords", [])
    assert "in mode keywords" in run(PYTHON, "--mode", "keywords", home=home).stdout


def test_a_mode_that_fell_back_says_why(home: Path) -> None:
    # Nothing listens there.
    done = run(PYTHON, "--mode", "ollama", home=home, OLLAMA_HOST="127.0.0.1:1")
    assert done.returncode == 0, done.stderr
    assert "  fell back   ollama: " in done.stdout
    assert "by keywords)" in done.stdout


@pytest.mark.parametrize("what", ["text", "file"])
def test_an_unknown_mode_is_told_with_those_that_there_are(
    what: str, home: Path, file: Path
) -> None:
    asked = (PYTHON,) if what == "text" else ("--file", file, *AS_CHAT)
    line = refused(*asked, "--mode", "nonsense", home=home)
    assert line.startswith("there is no mode 'nonsense'"), "nobody else's core is to blame"
    assert "keywords" in line


def test_a_file_gets_figures(home: Path, file: Path) -> None:
    done = run("--file", file, *AS_CHAT, "--mode", "keywords", home=home)
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"3 texts of {file}\n"
    for part in (
        "accuracy ",
        "macro-F1 ",
        "calibration error",
        "us of CPU",
        "label \\ classified as",
    ):
        assert part in done.stdout
    for row in ("code ", "conversation ", "en ", "fr ", "a ", "b "):
        assert f"\n{row}" in done.stdout
    assert "decided by  keywords 3" in done.stdout
    assert list(home.iterdir()) == []


def figures(*args: str | Path, home: Path) -> dict[str, Any]:
    done = run(*args, "--json", home=home)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_figures_as_json(home: Path, file: Path) -> None:
    told = figures("--file", file, *AS_CHAT, "--mode", "keywords", home=home)
    assert told["texts"] == 3
    assert 0 <= told["calibration_error"] <= 1
    assert [(c["name"], c["texts"]) for c in told["categories"]] == [
        ("code", 1),
        ("conversation", 2),
    ]
    assert {label: sum(row.values()) for label, row in told["confusion"].items()} == {
        "code": 1,
        "conversation": 2,
    }
    assert told["decided_by"] == {"keywords": 3}
    assert told["cpu_us"] > 0


def test_a_label_that_is_no_category_is_told(home: Path, file: Path) -> None:
    asked = ("--file", file, "--mode", "keywords")
    line = refused(*asked, home=home)
    assert "'chat'" in line
    assert "--as chat=CATEGORY" in line
    assert "conversation" in line
    assert "'nowhere'" in refused(*asked, "--as", "chat=nowhere", home=home)


@pytest.mark.parametrize("written", ["chat", "chat=", "=conversation", "="])
def test_as_takes_a_label_and_a_category(written: str, home: Path, file: Path) -> None:
    line = refused("--file", file, "--as", written, home=home)
    assert line == f"--as takes LABEL=CATEGORY, not {written!r}"


def test_as_means_nothing_for_a_text(home: Path) -> None:
    assert refused(PYTHON, *AS_CHAT, home=home) == "--as goes with --file"


def test_either_a_text_or_a_file(home: Path, file: Path) -> None:
    for args in ((), (PYTHON, "--file", file)):
        assert refused(*args, home=home) == "classify takes either TEXT or --file"


def test_a_file_that_cannot_be_read_or_is_wrong_is_told(home: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert refused("--file", missing, home=home).startswith(f"cannot read {missing}")
    wrong = tmp_path / "wrong"
    wrong.write_text('{"text": "hello"}\n')
    assert refused("--file", wrong, home=home).startswith(f"{wrong}, line 1: ")


def test_a_config_of_the_users_own(home: Path, tmp_path: Path) -> None:
    config = tmp_path / "mine.json"
    config.write_text('{"version": 1, "mode": "keywords"}')
    told = json.loads(run(PYTHON, "--config", config, "--json", home=home).stdout)
    assert told["mode"] == "keywords"
    config.write_text('{"version": 1, "mod": "keywords"}')
    assert "mod" in refused(PYTHON, "--config", config, home=home)


def test_the_running_core_is_asked(demo: Serving, home: Path) -> None:
    done = run(PYTHON, "--core", demo.grpc, home=home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith(f" us, by the core at {demo.grpc}")
    unasked = run(PYTHON, home=home, LLM_ROUTER_CORE_ADDRESS=demo.grpc)
    assert f"by the core at {demo.grpc}" in unasked.stdout


def test_a_running_core_is_told_apart_where_it_refuses(demo: Serving, home: Path) -> None:
    line = refused(PYTHON, "--mode", "nonsense", "--core", demo.grpc, home=home)
    assert line.startswith(f"the core at {demo.grpc} says: there is no mode 'nonsense'")


def test_a_running_core_classifies_a_file_whose_cpu_time_nobody_knows(
    demo: Serving, home: Path, file: Path
) -> None:
    told = figures("--file", file, *AS_CHAT, "--core", demo.grpc, home=home)
    assert told["texts"] == 3
    assert told["cpu_us"] is None


def test_a_core_that_does_not_answer_is_told(home: Path, file: Path) -> None:
    for asked in ((PYTHON,), ("--file", file, *AS_CHAT)):
        line = refused(*asked, "--core", "127.0.0.1:1", home=home)
        assert line.startswith("no core answers at 127.0.0.1:1")


def test_as_json_it_is_what_rest_answers(demo: Serving, home: Path) -> None:
    done = run(PYTHON, "--json", "--core", demo.grpc, home=home)
    ask = {"messages": [{"role": "user", "content": PYTHON}]}
    told = httpx.post(f"{demo.rest}/classify", json=ask).json()
    here = json.loads(done.stdout)
    for answer in (told, here):
        answer.pop("elapsed_us")
    assert here == told

"""The operators' commands before a core of ours, as one would use them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from router_core.cli.category import edit_keywords, edit_of
from router_core.cli.options import Sending
from tests.cli.operating import real_core, run

ADD = ("category", "add", "rust", "--model", "kimi-k2.5", "--model", "glm-5", "--keyword", "cargo")


@pytest.fixture
def core(tmp_path: Path, nothing_set: None) -> Iterator[str]:
    with real_core(tmp_path) as address:
        yield address


def names(core: str) -> list[str]:
    listed = json.loads(run("category", "list", "--json", core=core).out)
    return [category["name"] for category in listed["categories"]]


def history(core: str) -> list[str]:
    """What changed, oldest first, the beginning aside."""
    versions = json.loads(run("config", "history", "--json", core=core).out)["versions"]
    return [change for version in reversed(versions[:-1]) for change in version["changes"]]


def test_a_category_lives_from_add_to_remove(core: str) -> None:
    assert run(*ADD, core=core).out == "changed: categories.rust: added\n"
    assert names(core)[-1] == "rust"
    assert run("category", "models", "rust", "glm-5", core=core).code == 0
    assert run("category", "models", "rust", core=core).out == "glm-5\n"
    assert run("category", "keywords", "rust", "--add", "borrow checker", core=core).code == 0
    assert run("category", "keywords", "rust", core=core).out == "cargo\nborrow checker\n"
    assert run("category", "remove", "rust", core=core).out == "changed: categories.rust: removed\n"
    assert "rust" not in names(core)
    assert len(history(core)) == 4


def test_the_last_keyword_can_be_removed(core: str) -> None:
    run(*ADD, core=core)
    done = run("category", "keywords", "rust", "--remove", "cargo", core=core)
    assert "warning: categories.rust: without keywords" in done.out
    assert run("category", "keywords", "rust", core=core).out == ""


def test_what_is_tried_is_not_made(core: str, tmp_path: Path) -> None:
    before = (tmp_path / "router_config.json").read_bytes()
    for args in (
        ADD,
        ("model", "add", "tiny", "qwen/tiny"),
        ("config", "set", "mode", "keywords"),
        ("category", "keywords", "code", "--add", "fn"),
    ):
        done = run(*args, "--dry-run", core=core)
        assert done.code == 0
        assert done.out.startswith("would change: ")
    assert (tmp_path / "router_config.json").read_bytes() == before
    assert history(core) == []


def test_a_try_says_which_prompts_would_move(core: str) -> None:
    example = "cargo cannot find the crate"
    args = ("--keyword", "crate", "--example", example, "--dry-run")
    lines = run(*ADD, *args, core=core).out.splitlines()
    assert lines[:2] == [
        "would change: categories.rust: added",
        "there are no recent decisions to replay",
    ]
    assert re.fullmatch(r"of \d+ prompts of the golden set \d+ would move:", lines[2])
    assert any(" -> rust (" in line for line in lines[3:])
    assert f'      "{example}"' in lines


def test_an_alias_is_used_and_cannot_be_removed_then(core: str) -> None:
    put = ("model", "add", "tiny", "qwen/tiny", "--context-length", "4096")
    assert run(*put, "--price-prompt", "0.000001", core=core).code == 0
    assert run("category", "models", "code", "tiny", core=core).code == 0
    listed = json.loads(run("model", "list", "--json", core=core).out)["models"][-1]
    assert (listed["alias"], listed["context_length"]) == ("tiny", 4096)
    assert (listed["pricing"]["prompt"], listed["used_by"]) == ("0.000001", ["code"])
    refused = run("model", "remove", "tiny", core=core)
    assert "tiny is in use: categories.code.models" in refused.err
    assert run("category", "models", "code", "glm-5", core=core).code == 0
    assert run("model", "remove", "tiny", core=core).code == 0


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["category", "add", "x", "--model", "kimi"], "categories.x.models[0]: "),
        (["category", "add", "code", "--model", "glm-5"], "'code' already"),
        (["category", "add", "X", "--model", "glm-5"], "a name must match"),
        (["category", "remove", "code"], "built in"),
        (["category", "keywords", "nope"], "no category 'nope'"),
        (["config", "set", "mode", "keywrds"], "did you mean 'keywords'?"),
        (["config", "set", "deadlines.idle_s", "0"], "deadlines.idle_s: must be greater than 0"),
        (["config", "set", "mode", "keywords", "--etag", "old"], "has changed since"),
        (["config", "rollback", "99"], "no version 99"),
    ],
)
def test_what_is_refused_is_one_line_that_says_where(core: str, args: list[str], told: str) -> None:
    done = run(*args, core=core)
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert "\n" not in done.err


def test_of_many_who_add_keywords_at_once_nobody_loses_one(core: str) -> None:
    sending = Sending(core=core)
    words = [f"word-{number}" for number in range(4)]
    with ThreadPoolExecutor(len(words)) as pool:
        list(
            pool.map(lambda w: edit_keywords("code", edit_of("code", [w], [], []), sending), words)
        )
    assert set(words) <= set(run("category", "keywords", "code", core=core).out.split())


def test_single_values_are_set_and_shown_and_set_back(core: str) -> None:
    values = {
        "tools_rule": "present",
        "deadlines.first_token_s": "2.5",
        "continuity.enabled": "false",
        "classifiers.cascade_below": "0.0",
        "limits.max_queued": "0",
        "housekeeping": "glm-5",
        "last_resort": "",
    }

    def in_force() -> dict[str, str]:
        rows = [line.split() for line in run("config", "show", core=core).out.splitlines()]
        return {row[0]: row[1].strip("-") for row in rows if len(row) == 2 and row[0] in values}

    before = in_force()
    assert before.keys() == values.keys()
    for wanted in (values, before):
        for key, value in wanted.items():
            assert run("config", "set", key, value, core=core).out.startswith(f"changed: {key}: ")
        assert in_force() == wanted


def test_one_goes_back_to_a_version(core: str) -> None:
    run(*ADD, core=core)
    run("config", "set", "mode", "keywords", core=core)
    tried = run("config", "rollback", "1", "--dry-run", core=core)
    assert tried.out.splitlines()[:3] == [
        "would change:",
        "  mode: keywords -> cascade",
        "  categories.rust: removed",
    ]
    assert run("config", "rollback", "2", core=core).out == "changed: mode: keywords -> cascade\n"
    assert names(core)[-1] == "rust"


def test_a_file_is_compared_with_what_is_in_force(core: str, tmp_path: Path) -> None:
    assert run("config", "diff", core=core, LLM_ROUTER_HOME=str(tmp_path)).out == (
        "nothing would change\n"
    )
    whole = json.loads((tmp_path / "router_config.json").read_text())
    whole["categories"]["rust"] = {"models": ["glm-5"], "keywords": ["cargo"]}
    other = tmp_path / "other.json"
    other.write_text(json.dumps(whole))
    assert run("config", "diff", str(other), core=core).out.splitlines()[0] == (
        "would change: categories.rust: added"
    )
    assert history(core) == []


def test_with_an_admin_key_only_its_holder_changes_the_config(
    tmp_path: Path, nothing_set: None
) -> None:
    with real_core(tmp_path, LLM_ROUTER_ADMIN_KEY="boss") as core:
        refused = run(*ADD, core=core)
        taken = run(*ADD, core=core, LLM_ROUTER_ADMIN_KEY="boss")
        versions = run("config", "history", "--json", core=core, LLM_ROUTER_ADMIN_KEY="boss").out
    assert refused.code == 1
    assert refused.err.endswith("(LLM_ROUTER_ADMIN_KEY must be the core's own)")
    assert taken.code == 0
    assert json.loads(versions)["versions"][0]["author"] == "admin"


def test_clients_keys_do_not_change_the_config(tmp_path: Path, nothing_set: None) -> None:
    with real_core(tmp_path, LLM_ROUTER_API_KEYS="clerk") as core:
        stranger = run(*ADD, core=core)
        clerk = run(*ADD, core=core, LLM_ROUTER_API_KEYS="clerk")
    assert "LLM_ROUTER_API_KEYS has its keys" in stranger.err
    assert (clerk.code, clerk.err.count("LLM_ROUTER_ADMIN_KEY")) == (1, 1)

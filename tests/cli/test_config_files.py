"""What the commands say of a config in a file, and of the one of a running core beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llm_router.v1 import config_categories_pb2 as pb
from llm_router.v1.stats_pb2 import GetServerInfoResponse
from tests.cli.operating import Script, real_core, run

pytestmark = pytest.mark.usefixtures("nothing_set")

NOWHERE = "127.0.0.1:1"


def write(home: Path, text: str, name: str = "router_config.json") -> Path:
    path = home / name
    path.write_text(text)
    return path


# -- validate --------------------------------------------------------------------------


def test_a_right_file_is_one_line_and_needs_no_core(tmp_path: Path) -> None:
    path = write(tmp_path, '{"mode": "keywords"}', "other.json")
    done = run("config", "validate", str(path), core=NOWHERE)
    assert (done.code, done.out) == (0, f"{path} is a valid config\n")


def test_a_wrong_file_is_told_with_the_path_of_the_key(tmp_path: Path) -> None:
    path = write(tmp_path, '{"categories": {"code": {"modles": []}}}')
    done = run("config", "validate", core=NOWHERE, LLM_ROUTER_HOME=str(tmp_path))
    assert (done.code, done.out) == (1, "")
    assert str(path) in done.err
    assert "categories.code.modles" in done.err
    assert "models" in done.err.partition("did you mean")[2]


@pytest.mark.parametrize("command", ["validate", "diff"])
def test_a_file_that_is_not_there_is_none_of_the_defaults(command: str, tmp_path: Path) -> None:
    done = run("config", command, "nowhere.json", core=NOWHERE)
    assert (done.code, done.err) == (1, "nowhere.json is not there")
    assert list(tmp_path.iterdir()) == []


def test_the_schema_is_the_one_that_the_documentation_has() -> None:
    documented = Path(__file__).parents[2] / "docs" / "router_config.schema.json"
    done = run("config", "schema", core=NOWHERE)
    assert (done.code, done.out) == (0, documented.read_text(encoding="utf-8"))


# -- diff ------------------------------------------------------------------------------


def test_a_diff_is_the_whole_file_tried(core: str, script: Script, tmp_path: Path) -> None:
    path = write(tmp_path, '{"mode": "keywords", "deadlines": {"idle_s": 7}}')
    change = pb.ConfigChange(changes=["mode: cascade -> keywords"])
    script.answers["UpdateConfig"] = [pb.UpdateConfigResponse(change=change)]
    done = run("config", "diff", str(path), core=core)
    assert (done.code, done.out) == (0, "would change: mode: cascade -> keywords\n")
    (sent,) = script.requests("UpdateConfig")
    assert sent.validate_only
    assert list(sent.update_mask.paths) == ["*"]
    assert (sent.config.mode, sent.config.deadlines.idle.seconds) == ("keywords", 7)
    assert [category.name for category in sent.config.categories][:2] == ["tools", "code"]
    shown = json.loads(run("config", "diff", str(path), "--json", core=core).out)
    assert shown["change"]["changes"] == ["mode: cascade -> keywords"]


def test_a_diff_of_a_wrong_file_asks_no_core(core: str, script: Script, tmp_path: Path) -> None:
    write(tmp_path, '{"mod": "keywords"}')
    done = run("config", "diff", core=core, LLM_ROUTER_HOME=str(tmp_path))
    assert done.code == 1
    assert "mod: unknown key" in done.err
    assert script.asked == []


# -- check -----------------------------------------------------------------------------


def test_check_says_when_the_core_has_another_config(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    other = "its routing config is another than the one here"
    env = {"LLM_ROUTER_HOME": str(here), "OPENROUTER_API_KEY": "x"}
    with real_core(there) as core:
        assert other not in run("check", core=core, **env).out
        write(here, '{"mode": "keywords"}')
        assert other in run("check", core=core, **env).out


def test_a_wrong_file_here_does_not_keep_check_from_asking_the_core(
    core: str, script: Script, tmp_path: Path
) -> None:
    write(tmp_path, '{"mod": "keywords"}')
    script.info = GetServerInfoResponse(version="9", mode="cascade")
    script.answers["GetConfig"] = [pb.GetConfigResponse(etag="c-1")]
    done = run("check", core=core, LLM_ROUTER_HOME=str(tmp_path))
    assert done.code == 1
    assert f"The core at {core} runs version 9 in mode cascade." in done.out
    assert "another than the one here" not in done.out
    assert "mod: unknown key" in done.out.partition("To mend")[2]


def test_check_says_when_the_core_does_not_show_its_config(tmp_path: Path) -> None:
    env = {"LLM_ROUTER_HOME": str(tmp_path), "OPENROUTER_API_KEY": "x"}
    keys = {"LLM_ROUTER_API_KEYS": "clerk", "LLM_ROUTER_ADMIN_KEY": "boss"}
    with real_core(tmp_path, **keys) as core:
        told = run("check", core=core, LLM_ROUTER_API_KEYS="clerk", **env).out
        assert "its config: wrong admin key (LLM_ROUTER_ADMIN_KEY must" in told
        assert "its config" not in run("check", core=core, **env, **keys).out


def test_check_tells_how_conversations_are_followed(tmp_path: Path) -> None:
    env = {"LLM_ROUTER_HOME": str(tmp_path), "OPENROUTER_API_KEY": "x"}
    told = run("check", core=NOWHERE, **env).out
    assert "continuity: on, caches hold for 300 s, 100000 conversations remembered" in told
    write(tmp_path, '{"continuity": {"enabled": false}}')
    assert "continuity: off" in run("check", core=NOWHERE, **env).out


def test_what_the_core_finds_wrong_is_told_and_its_config_is_to_mend(
    core: str, script: Script, tmp_path: Path
) -> None:
    env = {"LLM_ROUTER_HOME": str(tmp_path), "OPENROUTER_API_KEY": "x"}
    script.info = GetServerInfoResponse(version="9", mode="cascade", warnings=["old is gone"])
    script.answers["GetConfig"] = [pb.GetConfigResponse(problems=["mode: must be one of"])]
    done = run("check", core=core, **env)
    assert done.code == 1
    before, _, to_mend = done.out.partition("To mend")
    assert "  it says: old is gone" in before.splitlines()
    assert to_mend.strip() == f"the core at {core}: mode: must be one of"
    script.answers["GetConfig"] = [pb.GetConfigResponse()]
    assert run("check", core=core, **env).code == 0

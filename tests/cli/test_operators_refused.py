"""The operators' commands where no core runs, or where it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from llm_router.v1 import config_categories_pb2 as pb
from router_core import errors
from tests.cli.operating import Done, Script, run


@pytest.mark.parametrize(
    "args",
    [
        ["category", "list"],
        ["category", "add", "rust", "--model", "glm-5"],
        ["model", "list"],
        ["config", "history"],
        ["config", "set", "mode", "keywords"],
    ],
)
def test_where_no_core_runs_one_line_says_so(args: list[str], tmp_path: Any) -> None:
    done = run(*args, core="127.0.0.1:1", LLM_ROUTER_HOME=str(tmp_path))
    assert done == Done(1, "", "no core answers at 127.0.0.1:1; `llm-router serve` starts one")
    assert list(tmp_path.iterdir()) == []


def test_the_core_that_is_named_is_the_one_that_is_asked(core: str, script: Script) -> None:
    script.answers["ListCategories"] = [pb.ListCategoriesResponse()]
    assert run("category", "list", "--core", core, core="127.0.0.1:1").code == 0


def test_a_core_that_wants_its_admin_key_is_told_with_the_setting(
    core: str, script: Script
) -> None:
    script.answers["DeleteCategory"] = [errors.Unauthenticated("no admin key")]
    done = run("category", "remove", "rust", core=core)
    hint = "(LLM_ROUTER_ADMIN_KEY must be the core's own)"
    assert done == Done(1, "", f"the core at {core} says: no admin key {hint}")


def test_the_admin_key_is_shown(core: str, script: Script) -> None:
    script.answers["ListCategories"] = [pb.ListCategoriesResponse()]
    keys = {"LLM_ROUTER_ADMIN_KEY": "boss", "LLM_ROUTER_API_KEYS": "clerk"}
    run("category", "list", core=core, **keys)
    assert script.metadata["authorization"] == "Bearer boss"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.ConfigLocked("code is built in"), "code is built in"),
        (errors.ConfigUnwritable("the disk is full"), "the disk is full"),
        (errors.PermissionDenied("set a key"), "set a key"),
        (errors.InvalidRequest("must not be empty", "models[0]"), "models[0]: must not be empty"),
        (errors.InvalidRequest("models[0]: no such", "models[0]"), "models[0]: no such"),
    ],
)
def test_what_the_core_refuses_is_one_line(
    core: str, script: Script, error: errors.RouterError, told: str
) -> None:
    script.answers["DeleteCategory"] = [error]
    done = run("category", "remove", "code", core=core)
    assert done == Done(1, "", f"the core at {core} says: {told}")


@pytest.mark.parametrize(
    "args",
    [
        ["category", "add", "rust\udcff", "--model", "glm-5"],
        ["category", "keywords", "rust", "--add", "\udcff"],
        ["category", "models", "\udcff"],
        ["model", "add", "a", "\udcff", "--replace"],
    ],
)
def test_what_is_not_unicode_is_one_line(core: str, script: Script, args: list[str]) -> None:
    script.answers["GetCategory"] = [pb.GetCategoryResponse(category=pb.Category(name="rust"))]
    assert run(*args, core=core) == Done(1, "", "an argument is not valid UTF-8")

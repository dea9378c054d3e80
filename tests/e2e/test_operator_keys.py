"""Who may read and change the config: by the README's commands and over REST."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.serving import Serving, serving
from tests.e2e.test_readme import blocks, commands

BIN = Path(sys.executable).parent
HEADER = "authorization: Bearer ADMIN_KEY"
OPERATOR = [c for _, block in blocks("sh") for c in commands(block) if HEADER in c]
START = ("serve", "--demo", "--port", "0", "--grpc-address", "127.0.0.1:0")
CHANGES = [
    ("POST", "/config/category", {"name": "poetry", "models": ["glm-5"], "keywords": ["ode"]}),
    ("POST", "/config/model-mapping", {"category": "code", "models": ["glm-5"]}),
    ("PATCH", "/config/category/code", {"description": "code"}),
    ("DELETE", "/config/category/poetry", None),
    ("PUT", "/config/model/spare", {"id": "lab/spare"}),
    ("DELETE", "/config/model/spare", None),
    ("PATCH", "/config", {"mode": "keywords"}),
    ("POST", "/config/rollback", {"version": 1}),
]
READS = [("GET", path, None) for path in ("/config", "/config/category", "/config/versions")]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A router with keys for clients and one for its operator."""
    env = {"LLM_ROUTER_ADMIN_KEY": "operators", "LLM_ROUTER_API_KEYS": "one,two"}
    with serving(*START, home=tmp_path_factory.mktemp("locked"), env=env) as it:
        yield it


def run(command: list[str], at: str) -> subprocess.CompletedProcess[str]:
    words = [at if word == "localhost:50051" else word for word in command]
    return subprocess.run(
        [str(BIN / words[0]), *words[1:]], capture_output=True, text=True, timeout=30, check=False
    )


def status(at: str, method: str, path: str, body: object, key: str | None) -> int:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx.request(method, at + path, json=body, headers=headers).status_code


def test_the_readmes_commands_with_the_key_and_without(locked: Serving) -> None:
    assert len(OPERATOR) == 7
    for command in OPERATOR:
        words = [word.replace("ADMIN_KEY", "operators") for word in shlex.split(command)]
        done = run(words, locked.grpc)
        assert done.returncode == 0, (command, done.stderr)
        at = words.index("-H")
        for header in ([], ["-H", "authorization: Bearer wrong"]):
            refused = run([*words[:at], *header, *words[at + 2 :]], locked.grpc)
            assert refused.returncode != 0
            assert "Code: Unauthenticated" in refused.stderr
            assert "INVALID_API_KEY" in refused.stderr


@pytest.mark.parametrize("key", [None, "one", "wrong", "operator"])
def test_nothing_but_the_admin_key_opens_the_config(locked: Serving, key: str | None) -> None:
    for method, path, body in (*READS, *CHANGES):
        assert status(locked.rest, method, path, body, key) == 401


def test_the_admin_key_opens_everything_and_a_clients_key_the_rest(locked: Serving) -> None:
    for method, path, body in CHANGES:
        assert status(locked.rest, method, path, body, "operators") in {200, 201, 204}
    ask = {"model": "router", "messages": [{"role": "user", "content": "hello"}]}
    for key, expected in (("one", 200), ("two", 200), ("operators", 200), (None, 401), ("x", 401)):
        assert status(locked.rest, "POST", "/v1/chat/completions", ask, key) == expected
        assert status(locked.rest, "GET", "/stats", None, key) == expected
        assert status(locked.rest, "POST", "/route", ask, key) == expected


def test_the_keys_of_clients_alone_never_change_the_config(tmp_path: Path) -> None:
    with serving(*START, home=tmp_path, env={"LLM_ROUTER_API_KEYS": "one"}) as router:
        for method, path, body in CHANGES:
            assert status(router.rest, method, path, body, "one") == 403
            assert status(router.rest, method, path, body, None) == 401
        for method, path, body in READS:
            assert status(router.rest, method, path, body, "one") == 200


def test_without_keys_anyone_on_this_machine_may(demo: Serving) -> None:
    for method, path, body in (*READS, *CHANGES):
        assert status(demo.rest, method, path, body, None) in {200, 201, 204}


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "null"}],
)
def test_no_web_page_reaches_it(demo: Serving, headers: dict[str, str]) -> None:
    for method, path, body in (*READS, *CHANGES):
        answer = httpx.request(method, demo.rest + path, json=body, headers=headers)
        assert answer.status_code == 403, (method, path)


def test_a_form_is_no_change(demo: Serving) -> None:
    for method, path, body in CHANGES:
        if body is not None:
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
                answer = httpx.request(
                    method, demo.rest + path, content=b"{}", headers={"content-type": kind}
                )
                assert answer.status_code == 415

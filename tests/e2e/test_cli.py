"""The ``llm-router`` command as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from llm_router import RouterClient
from llm_router.errors import RouterClientError
from router_core import __version__
from tests.e2e.serving import COMMAND, START_S, Serving, clean_environment, serving


def run(*args: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *args],
        cwd=home,
        env=clean_environment(home, **env),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_serve_without_a_key_stops_with_one_line(tmp_path: Path) -> None:
    done = run("serve", home=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "OPENROUTER_API_KEY" in line
    assert "--demo" in line


def test_a_wrong_config_stops_with_one_line_that_says_where(tmp_path: Path) -> None:
    (tmp_path / "router_config.json").write_text('{"version": 1, "mod": "keywords"}')
    done = run("serve", "--demo", home=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "router_config.json" in line
    assert "mod" in line


def test_another_address_needs_a_key(tmp_path: Path) -> None:
    done = run("serve", "--demo", "--host", "0.0.0.0", "--port", "0", home=tmp_path)
    assert done.returncode == 1
    assert "LLM_ROUTER_API_KEYS" in done.stderr


@pytest.mark.parametrize("address", ["127.0.0.1", ":50051", "nowhere:x", "127.0.0.1:99999"])
def test_a_wrong_grpc_address_is_told(address: str, tmp_path: Path) -> None:
    done = run("core", "--demo", "--grpc-address", address, home=tmp_path)
    assert done.returncode == 1
    assert "must be HOST:PORT" in done.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    assert run("--version", home=tmp_path).stdout == f"llm-router {__version__}\n"


def test_a_core_that_asks_for_a_key_is_one_line_too(tmp_path: Path) -> None:
    env = {"LLM_ROUTER_API_KEYS": "k-1"}
    with serving("core", "--demo", "--grpc-address", "127.0.0.1:0", home=tmp_path, env=env) as core:
        refused = run("route", "hello", "--core", core.grpc, home=tmp_path)
        taken = run("route", "hello", "--core", core.grpc, home=tmp_path, **env)
    assert refused.returncode == 1
    (line,) = refused.stderr.strip().splitlines()
    assert "LLM_ROUTER_API_KEYS" in line
    assert taken.returncode == 0


def test_once_told_to_stop_it_takes_no_more_calls_but_finishes_those_it_has(
    tmp_path: Path,
) -> None:
    args = ("serve", "--demo", "--port", "0", "--grpc-address", "127.0.0.1:0")
    words = "word " * 60
    ask = {"stream": True, "messages": [{"role": "user", "content": words}]}
    with serving(*args, home=tmp_path) as running:
        url = f"{running.rest}/v1/chat/completions"
        with httpx.stream("POST", url, json=ask, timeout=30) as answer:
            lines = answer.iter_lines()
            next(lines)
            running.process.send_signal(signal.SIGTERM)
            with RouterClient(running.grpc, timeout_s=10) as client:
                while _answers(client):
                    pass
            assert list(lines)[-2:] == ["data: [DONE]", ""]
        assert running.process.wait(START_S) == 0


def _answers(client: RouterClient) -> bool:
    try:
        client.get_server_info()
    except RouterClientError:  # refused, or cancelled if it came at the very moment
        return False
    return True


def test_a_taken_port_is_told(demo: Serving, tmp_path: Path) -> None:
    rest_port = demo.rest.rpartition(":")[2]
    rest = run(
        "serve", "--demo", "--port", rest_port, "--grpc-address", "127.0.0.1:0", home=tmp_path
    )
    core = run("core", "--demo", "--grpc-address", demo.grpc, home=tmp_path)
    for done, port in ((rest, rest_port), (core, demo.grpc)):
        assert done.returncode == 1
        (line,) = done.stderr.strip().splitlines()
        assert port in line


def test_serve_writes_the_default_config_and_ends_well(tmp_path: Path) -> None:
    with serving(
        "serve", "--demo", "--port", "0", "--grpc-address", "127.0.0.1:0", home=tmp_path
    ) as running:
        written = json.loads((tmp_path / "router_config.json").read_text())
        assert list(written["categories"]) == ["tools", "code", "reasoning", "conversation"]
        assert running.stop() == 0


def test_the_halves_run_in_two_processes(tmp_path: Path) -> None:
    ask = {"model": "router", "messages": [{"role": "user", "content": "hello"}]}
    with (
        serving("core", "--demo", "--grpc-address", "127.0.0.1:0", home=tmp_path) as core,
        serving("shim", "--core", core.grpc, "--port", "0", home=tmp_path) as shim,
    ):
        whole = httpx.post(f"{shim.rest}/v1/chat/completions", json=ask, timeout=30)
        streamed = httpx.post(
            f"{shim.rest}/v1/chat/completions", json={**ask, "stream": True}, timeout=30
        )
        assert httpx.get(f"{shim.rest}/readyz").status_code == 200
    assert whole.headers["x-router-model"] == "glm-5"
    assert streamed.text.endswith("data: [DONE]\n\n")


def test_clients_keys_are_asked_for_where_there_are_some(tmp_path: Path) -> None:
    args = ("serve", "--demo", "--port", "0", "--grpc-address", "127.0.0.1:0")
    ask = {"messages": [{"role": "user", "content": "hello"}]}
    env = {"LLM_ROUTER_API_KEYS": "k-1,k-2"}
    with serving(*args, home=tmp_path, env=env) as running:
        url = f"{running.rest}/v1/chat/completions"
        answers = [
            httpx.post(url, json=ask, headers=headers, timeout=30).status_code
            for headers in ({}, {"authorization": "Bearer no"}, {"authorization": "Bearer k-2"})
        ]
    assert answers == [401, 401, 200]


def test_route_without_a_core_decides_here_and_says_so(tmp_path: Path) -> None:
    env = {"LLM_ROUTER_CORE_ADDRESS": "127.0.0.1:1"}
    done = run("route", "write a python function that reverses a string", home=tmp_path, **env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("code -> glm-5")
    assert "in this process" in done.stdout


def test_route_asks_the_running_core(demo: Serving, tmp_path: Path) -> None:
    done = run("route", "hello", "--core", demo.grpc, home=tmp_path)
    assert f"by the core at {demo.grpc}" in done.stdout
    missing = run("route", "hello", "--core", "127.0.0.1:1", home=tmp_path)
    assert missing.returncode == 1
    assert len(missing.stderr.strip().splitlines()) == 1


def test_route_as_json_is_what_rest_answers(demo: Serving, tmp_path: Path) -> None:
    done = run("route", "hello", "--json", "--core", demo.grpc, home=tmp_path)
    ask = {"messages": [{"role": "user", "content": "hello"}]}
    told = httpx.post(f"{demo.rest}/route", json=ask).json()
    here = json.loads(done.stdout)
    for decision in (told, here):
        decision["classification"].pop("elapsed_us")
    assert here == told


def test_check_prints_everything_but_secrets(tmp_path: Path) -> None:
    env = {"OPENROUTER_API_KEY": "sk-secret", "LLM_ROUTER_MODE": "keywords"}
    done = run("check", home=tmp_path, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sk-secret" not in done.stdout
    for name in ("OPENROUTER_API_KEY", "LLM_ROUTER_HOME", "LLM_ROUTER_ADMIN_KEY"):
        assert name in done.stdout
    assert "mode keywords" in done.stdout


def test_check_fails_where_something_is_to_mend(tmp_path: Path) -> None:
    done = run("check", home=tmp_path)
    assert done.returncode == 1
    assert "OPENROUTER_API_KEY is not set" in done.stdout


def test_check_and_route_write_nothing(tmp_path: Path) -> None:
    env = {"OPENROUTER_API_KEY": "x", "LLM_ROUTER_CORE_ADDRESS": "127.0.0.1:1"}
    done = run("check", home=tmp_path, **env)
    assert done.returncode == 0, done.stdout
    assert run("route", "hello", home=tmp_path, **env).returncode == 0
    assert list(tmp_path.iterdir()) == []

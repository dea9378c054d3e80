"""What is built for others: the wheels' contents, and the server from a wheel alone."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both wheels, by the name of their distribution."""
    out = tmp_path_factory.mktemp("dist")
    make = ["make", "--silent", "--assume-old=.venv/bin/uv", "build", f"OUT_DIR={out}"]
    offline = {**os.environ, "UV_OFFLINE": "1"}
    done = subprocess.run(make, cwd=ROOT, env=offline, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.name.split("-")[0]: path for path in out.glob("*.whl")}


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata_of(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def dependencies_of(wheel: Path) -> set[str]:
    wanted = map(Requirement, metadata_of(wheel).get_all("Requires-Dist", []))
    return {requirement.name for requirement in wanted}


def test_both_distributions_are_built(wheels: dict[str, Path]) -> None:
    assert set(wheels) == {"llm_router", "llm_router_client"}


@pytest.mark.parametrize("distribution", ["llm_router", "llm_router_client"])
def test_a_wheel_has_the_typed_client_with_every_stub(
    wheels: dict[str, Path], distribution: str
) -> None:
    client = ROOT / "clients"
    expected = {
        str(path.relative_to(client))
        for path in client.glob("llm_router/**/*")
        if path.suffix in {".py", ".pyi", ".typed"}
    }
    assert "llm_router/v1/chat_pb2_grpc.pyi" in expected
    assert expected <= names_in(wheels[distribution])


def test_the_router_s_wheel_has_its_packages_and_nothing_else(wheels: dict[str, Path]) -> None:
    names = names_in(wheels["llm_router"])
    assert {"router_core/py.typed", "rest_shim/py.typed", "llm_router/py.typed"} <= names
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"router_core", "rest_shim", "llm_router"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_client_s_wheel_has_the_client_alone(wheels: dict[str, Path]) -> None:
    names = names_in(wheels["llm_router_client"])
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"llm_router"}


def test_the_client_needs_three_packages_and_no_more(wheels: dict[str, Path]) -> None:
    three = {"googleapis-common-protos", "grpcio", "protobuf"}
    assert dependencies_of(wheels["llm_router_client"]) == three
    assert three <= dependencies_of(wheels["llm_router"])


def test_both_wheels_have_one_version(wheels: dict[str, Path]) -> None:
    assert len({metadata_of(wheel)["Version"] for wheel in wheels.values()}) == 1


# -- from an empty environment -----------------------------------------------------


@pytest.fixture(scope="module")
def command(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`llm-router`, installed from the wheel into an environment with nothing else."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    uv = str(BIN / "uv")
    install = [uv, "pip", "install", "--quiet", "--python", str(home / "bin" / "python")]
    lock = str(ROOT / "requirements" / "runtime.lock")
    for step in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
        [*install, "--require-hashes", "--requirement", lock],
        [*install, "--no-deps", str(wheels["llm_router"])],
    ):
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return home / "bin" / "llm-router"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(command: Path, folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`llm-router serve --demo`, run from the folder with no settings of ours."""
    ours = ("LLM_ROUTER_", "OPENROUTER_", "OLLAMA_", "PYTHON")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    serve = [str(command), "serve", "--demo", "--port", str(port)]
    serve += ["--grpc-address", f"127.0.0.1:{free_port()}"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(serve, cwd=folder, env=clean, stdout=log, stderr=log, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until_ready(process: subprocess.Popen[str], port: int, log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
            return
        time.sleep(0.1)  # another process: there is no event to wait on
    pytest.fail(
        f"the server did not become ready (exit code {process.poll()}): {log.read_text()[-2000:]}"
    )


def completion(port: int, text: str) -> dict[str, Any]:
    body = {"model": "router", "messages": [{"role": "user", "content": text}]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        parsed: dict[str, Any] = json.load(answer)
        return parsed


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_wheel_alone_serves_the_demo_from_any_folder(command: Path, tmp_path: Path) -> None:
    port = free_port()
    with serving(command, tmp_path, port) as process:
        wait_until_ready(process, port, tmp_path / "log")
        answer = completion(port, "Hello!")
        assert answer["choices"][0]["message"]["content"]
        assert answer["usage"]["total_tokens"] > 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    log = (tmp_path / "log").read_text()
    assert not re.search(r"Traceback|Warning", log), log

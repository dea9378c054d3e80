"""The committed stubs are what the pinned toolchain makes of the protos."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROTOS = sorted(ROOT.glob("protos/llm_router/v1/*.proto"))
STUBS = ROOT / "clients" / "llm_router" / "v1"
KINDS = ["_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi"]


def run(*command: str) -> str:
    """Runs a command at the root; its output, which must tell of success."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stubs, made anew."""
    if not (ROOT / ".tools" / "proto" / "bin" / "protoc-gen-mypy").exists():
        pytest.fail("the stub generator is not installed: make .tools/proto/.installed")
    out = tmp_path_factory.mktemp("stubs")
    run("make", "--silent", "--assume-old=.tools/proto/.installed", "proto", f"OUT={out}")
    return out / "llm_router" / "v1"


def test_there_is_a_stub_of_each_kind_for_each_proto_and_nothing_else() -> None:
    expected = {f"{proto.stem}{kind}" for proto in PROTOS for kind in KINDS}
    found = {path.name for path in STUBS.iterdir() if path.is_file()}
    assert found == expected | {"__init__.py"}


@pytest.mark.parametrize("proto", [proto.stem for proto in PROTOS])
@pytest.mark.parametrize("kind", KINDS)
def test_committed_stubs_are_what_the_toolchain_makes(
    generated: Path, proto: str, kind: str
) -> None:
    name = proto + kind
    same = (STUBS / name).read_bytes() == (generated / name).read_bytes()
    assert same, f"clients/llm_router/v1/{name} is out of date: make proto"


def test_protos_pass_buf_lint() -> None:
    run(str(Path(sys.executable).parent / "buf"), "lint")


def test_stubs_import_without_a_warning() -> None:
    modules = [f"llm_router.v1.{proto.stem}_pb2_grpc" for proto in PROTOS]
    run(sys.executable, "-W", "error", "-c", f"import {', '.join(modules)}")


def demanded() -> dict[str, set[str]]:
    """The versions that the stubs check when they are imported."""
    protobuf: set[str] = set()
    grpcio: set[str] = set()
    for stub in STUBS.glob("*_pb2*.py"):
        text = stub.read_text()
        for numbers in re.findall(r"Domain\.PUBLIC,\s+(\d+),\s+(\d+),\s+(\d+),", text):
            protobuf.add(".".join(numbers))
        grpcio.update(re.findall(r"^GRPC_GENERATED_VERSION = '(.+)'$", text, re.MULTILINE))
    return {"protobuf": protobuf, "grpcio": grpcio}


@pytest.mark.parametrize("distribution", ["pyproject.toml", "clients/pyproject.toml"])
@pytest.mark.parametrize("package", ["protobuf", "grpcio"])
def test_dependencies_begin_at_the_versions_that_the_stubs_demand(
    distribution: str, package: str
) -> None:
    dependencies = tomllib.loads((ROOT / distribution).read_text())["project"]["dependencies"]
    floors = [
        re.sub(r"(\.0)+$", "", match[1])
        for dependency in dependencies
        if (match := re.fullmatch(rf"{package}>=([\d.]+)(,<\d+)?", dependency))
    ]
    assert floors == [re.sub(r"(\.0)+$", "", version) for version in demanded()[package]]

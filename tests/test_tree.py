"""The shape of the tree: who imports whom, how long files are, what stands at the top."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
CODE = ["router_core", "rest_shim", "clients", "tests", "benchmarks"]
GENERATED = ROOT / "clients" / "llm_router" / "v1"
MOST_LINES = 400


def code_files() -> list[Path]:
    files = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in files if not path.is_relative_to(GENERATED)]


def test_imports_follow_the_arrows() -> None:
    lint = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("router_core", include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize("package", ["decide", "errors", "app"])
def test_the_core_imports_the_standard_library_and_itself_alone(
    imports: grimp.ImportGraph, package: str
) -> None:
    name = f"router_core.{package}"
    outside = {
        f"{module} -> {imported}"
        for module in {name} | imports.find_descendants(name)
        for imported in imports.find_modules_directly_imported_by(module)
        if imported.split(".")[0] not in {"router_core", *sys.stdlib_module_names}
    }
    assert outside == set()


def test_decide_imports_nothing_of_ours_but_decide(imports: grimp.ImportGraph) -> None:
    inside = {"router_core.decide"} | imports.find_descendants("router_core.decide")
    outside = {
        f"{module} -> {imported}"
        for module in inside
        for imported in imports.find_modules_directly_imported_by(module) - inside
        if imported.startswith("router_core")
    }
    assert outside == set()


def test_no_file_is_too_long_to_read() -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in code_files()
    }
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_every_package_has_an_init_file() -> None:
    packages = {path.parent for path in code_files() if path.parts[len(ROOT.parts)] in CODE[:2]}
    assert [folder for folder in sorted(packages) if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize(
    "name",
    [
        ".ci/run",
        ".env.example",
        "CHANGELOG.md",
        "LICENSE",
        "Makefile",
        "README.md",
        "benchmarks",
        "buf.yaml",
        "clients/llm_router/py.typed",
        "clients/llm_router/v1",
        "clients/pyproject.toml",
        "docs",
        "protos/llm_router/v1",
        "pyproject.toml",
        "requirements",
        "rest_shim/main.py",
        "rest_shim/py.typed",
        "router_core/__main__.py",
        "router_core/bootstrap",
        "router_core/py.typed",
        "tests",
    ],
)
def test_what_the_design_names_is_there(name: str) -> None:
    assert (ROOT / name).exists()

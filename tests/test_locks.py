"""The lock files pin everything, by hash, and name no place on the net."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
CLIENT: dict[str, Any] = tomllib.loads((ROOT / "clients" / "pyproject.toml").read_text())

NAMES = ["runtime", "dev", "otel", "plot", "proto", "training", "llm", "bootstrap"]
WANTED: dict[str, list[str]] = {
    "runtime": PROJECT["project"]["dependencies"] + CLIENT["project"]["dependencies"],
    "dev": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"],
    "otel": PROJECT["project"]["dependencies"]
    + PROJECT["project"]["optional-dependencies"]["otel"],
    "plot": PROJECT["project"]["dependencies"]
    + PROJECT["project"]["optional-dependencies"]["plot"],
    "proto": PROJECT["dependency-groups"]["proto"],
    "training": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["training"],
    "llm": PROJECT["dependency-groups"]["llm"],
    "bootstrap": PROJECT["dependency-groups"]["bootstrap"] + PROJECT["build-system"]["requires"],
}
ENTRY = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[0-9][A-Za-z0-9.!+]*)(?: ; [^\\\n]+)?"
    r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n"
)


def text_of(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.lock").read_text()


def pins(name: str) -> dict[str, str]:
    found = list(ENTRY.finditer(text_of(name)))
    return {canonicalize_name(entry["name"]): entry["version"] for entry in found}


def test_every_lock_is_known() -> None:
    assert {path.stem for path in (ROOT / "requirements").iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_holds_pins_with_hashes_and_nothing_else(name: str) -> None:
    rest = ENTRY.sub("", text_of(name))
    assert rest == "", f"no pin with hashes, or a place: {rest[:200]!r}"


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_names_each_package_once(name: str) -> None:
    assert len(pins(name)) == len(ENTRY.findall(text_of(name)))


@pytest.mark.parametrize("name", NAMES)
def test_the_pins_satisfy_what_the_project_asks_for(name: str) -> None:
    found = pins(name)
    for wanted in map(Requirement, WANTED[name]):
        pin = found.get(canonicalize_name(wanted.name))
        assert pin is not None, f"{wanted} has no pin: make lock"
        assert wanted.specifier.contains(pin), f"{wanted} is pinned to {pin}: make lock"


@pytest.mark.parametrize("other", ["runtime", "otel", "plot", "bootstrap"])
def test_what_is_tested_is_what_is_run_and_built_with(other: str) -> None:
    tested = pins("dev")
    shared = pins(other).keys() & tested.keys()
    assert {name: pins(other)[name] for name in shared} == {name: tested[name] for name in shared}


def test_everything_that_runs_is_tested() -> None:
    running = pins("runtime").keys() | pins("otel").keys() | pins("plot").keys()
    assert running <= pins("dev").keys()


def test_the_stub_generator_is_older_than_what_runs() -> None:
    # Generated code runs on its own version of protobuf and on newer ones only.
    generator = dict(pin.split("==") for pin in WANTED["proto"])["grpcio-tools"]
    running = pins("runtime")["grpcio"]
    assert tuple(map(int, generator.split("."))) <= tuple(map(int, running.split(".")))

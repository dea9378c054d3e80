"""The curve that ``llm-router simulate --plot`` draws."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from router_core.errors import ConfigError
from tests.cli.simulating import Done, a_config, a_trace, simulate

pytestmark = pytest.mark.usefixtures("nothing_set")


def drawn(folder: Path, name: str, resamples: int = 50) -> Done:
    config, plot = a_config(folder, "dial", "balanced"), folder / name
    return simulate(a_trace(folder), "--config", config, "--plot", plot, resamples=resamples)


def test_an_svg_names_everything_and_is_the_same_each_time(tmp_path: Path) -> None:
    done = drawn(tmp_path, "curve.svg")
    assert done.error is None
    assert "curve.svg" in done.err
    first = (tmp_path / "curve.svg").read_bytes()
    root = ET.fromstring(first)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    # Letters are drawn as shapes; what they spell stands beside them.
    for words in (b"dial (thrift 0 to 10)", b"USD for 1,000 requests", b"oracle", b"3 requests of"):
        assert words in first
    assert b"<dc:date>" not in first
    drawn(tmp_path, "again.svg")
    assert (tmp_path / "again.svg").read_bytes() == first


def test_names_are_drawn_as_they_are_written(tmp_path: Path) -> None:
    config = a_config(tmp_path, r"$\frac{$", "balanced")
    done = simulate(a_trace(tmp_path), "--config", config, "--plot", tmp_path / "names.svg")
    assert done.error is None
    assert rb"$\frac{$ (thrift" in (tmp_path / "names.svg").read_bytes()


def test_a_png_is_one(tmp_path: Path) -> None:
    drawn(tmp_path, "curve.PNG")
    png = (tmp_path / "curve.PNG").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert b"matplotlib" not in png.lower()


def test_without_resamples_there_are_no_bars(tmp_path: Path) -> None:
    drawn(tmp_path, "bars.svg")
    drawn(tmp_path, "none.svg", resamples=0)
    bars, none = ((tmp_path / name).read_bytes() for name in ("bars.svg", "none.svg"))
    assert bars.count(b"LineCollection") > none.count(b"LineCollection")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    error = drawn(tmp_path, "none/curve.svg").error
    assert isinstance(error, ConfigError)
    assert "cannot write" in str(error)


def test_without_matplotlib_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, package=None: None if name == "matplotlib" else found(name, package),
    )
    error = drawn(tmp_path, "curve.svg").error
    assert isinstance(error, ConfigError)
    assert "make plot" in str(error)
    assert not (tmp_path / "curve.svg").exists()

"""The listings on disk: kept as they were, and never worth a failure."""

from __future__ import annotations

import json
import logging
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.app.ports import KeptListing
from router_core.decide.catalogue import Listing
from router_core.decide.model_listing import read_listing
from router_core.stores.catalogue_file import CatalogueFile
from tests.decide.model_entries import NOW, a_listing, entry

URL = "https://openrouter.ai/api/v1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.json"


def kept(listing: Listing | None = None) -> dict[str, KeptListing]:
    return {"openrouter": KeptListing(base_url=URL, listing=listing or a_listing("lab/one"))}


def rich() -> Listing:
    listing = read_listing([{"data": [entry("lab/one", expiration_date="2026-12-31")]}], NOW)
    assert isinstance(listing, Listing)
    return listing


def test_listings_are_read_as_they_were_written(path: Path) -> None:
    CatalogueFile(path).save(kept(rich()))

    file = CatalogueFile(path)

    assert file.load() == kept(rich())
    assert file.problem == ""


def test_the_file_is_its_owners_alone_and_says_when_and_from_where(path: Path) -> None:
    CatalogueFile(path).save(kept())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = json.loads(path.read_text())["providers"]["openrouter"]
    assert (written["base_url"], written["told_at"]) == (URL, "2026-11-27T12:00:00+00:00")


def test_what_the_router_does_not_read_is_not_kept(path: Path) -> None:
    told = entry("lab/one", description="long", per_request_limits={"a": 1})
    listing = read_listing([[told]], NOW)
    assert isinstance(listing, Listing)

    CatalogueFile(path).save(kept(listing))

    assert "long" not in path.read_text()


def test_no_file_is_no_problem(path: Path) -> None:
    file = CatalogueFile(path)

    assert file.load() == {}
    assert file.problem == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b'{"version": 1, "provi', "not JSON"),
        (b"\xff\x00", "not JSON"),
        (b"[]", "not of this router"),
        (b'{"version": 2, "providers": {}}', "not of this router"),
        (b'{"version": 1, "providers": []}', "not of this router"),
        (b'{"version": 1, "providers": {"openrouter": 5}}', "make no sense"),
    ],
)
def test_a_file_that_cannot_be_read_is_ignored_and_told(
    content: bytes, why: str, path: Path
) -> None:
    path.write_bytes(content)
    file = CatalogueFile(path)

    assert file.load() == {}
    assert why in file.problem
    assert str(path) in file.problem


@pytest.mark.parametrize(
    "spoilt",
    [
        {"base_url": 5},
        {"told_at": "yesterday"},
        {"told_at": "2026-11-27T12:00:00"},
        {"told_at": 5},
        {"data": [{"id": 3}]},
        {"data": None},
    ],
)
def test_of_a_spoilt_file_the_rest_is_read(spoilt: dict[str, Any], path: Path) -> None:
    both = {**kept(), "local": KeptListing(base_url="http://h", listing=a_listing("qwen3"))}
    CatalogueFile(path).save(both)
    written = json.loads(path.read_text())
    written["providers"]["openrouter"].update(spoilt)
    path.write_text(json.dumps(written))
    file = CatalogueFile(path)

    assert list(file.load()) == ["local"]
    assert "make no sense" in file.problem


def test_a_folder_in_its_place_is_ignored(path: Path) -> None:
    path.mkdir()

    assert CatalogueFile(path).load() == {}


def test_where_it_cannot_be_written_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "gone" / "catalogue.json"
    file = CatalogueFile(path)

    with caplog.at_level(logging.WARNING, "router_core.catalogue"):
        file.save(kept())
        file.save(kept())

    assert len(caplog.records) == 1
    assert file.problem.startswith(f"cannot write {path} (No such file or directory)")
    path.parent.mkdir()
    file.save(kept())
    assert file.problem == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@given(
    JSON
    | st.fixed_dictionaries(
        {"version": st.just(1), "providers": st.dictionaries(st.text(max_size=4), JSON)}
    )
)
def test_whatever_is_in_the_file_it_is_read(
    tmp_path_factory: pytest.TempPathFactory, value: Any
) -> None:
    path = tmp_path_factory.mktemp("any") / "catalogue.json"
    path.write_text(json.dumps(value))

    CatalogueFile(path).load()

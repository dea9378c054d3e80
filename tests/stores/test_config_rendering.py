"""What the file says is what the router reads, shows and tells apart by etags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router_core.decide.defaults import default_config
from router_core.stores.config_in_force import parse
from router_core.stores.config_rendering import config_etag, document, render, text_of
from tests.stores.config_texts import EVERYTHING

CONFIG = parse(json.dumps(EVERYTHING).encode())


def test_all_that_a_file_may_say_is_shown_as_it_was_said() -> None:
    shown = document(CONFIG)

    assert set(shown) == set(EVERYTHING)
    for key in EVERYTHING.keys() - {"models", "categories"}:  # the built-in ones are there too
        assert shown[key] == EVERYTHING[key]
    assert shown["models"]["one"] == EVERYTHING["models"]["one"]
    assert shown["categories"]["poetry"] == EVERYTHING["categories"]["poetry"]
    assert parse(text_of(render(CONFIG))) == CONFIG


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return [path]
    return [leaf for key, each in value.items() for leaf in leaves(each, (*path, key))]


NEEDED = {"base_url", "id", "models"}
OF_ONE_KIND = {"version"}
OPTIONAL = [path for path in leaves(EVERYTHING) if path[-1] not in NEEDED | OF_ONE_KIND]


@pytest.mark.parametrize("path", OPTIONAL, ids=".".join)
def test_each_value_counts_for_the_etag(path: tuple[str, ...]) -> None:
    without = json.loads(json.dumps(EVERYTHING))
    part = without
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    assert config_etag(parse(text_of(without))) != config_etag(CONFIG)


def test_an_etag_is_16_hex_digits() -> None:
    assert len(config_etag(default_config())) == 16
    assert int(config_etag(default_config()), 16)


def test_a_file_is_text_that_people_can_read() -> None:
    text = text_of({"keywords": ["öde"]}).decode()

    assert text == '{\n  "keywords": [\n    "öde"\n  ]\n}\n'

"""The config as messages: what is shown is all there is, and can be set again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from llm_router.v1 import config_categories_pb2 as pb
from router_core.decide.config_edits import LEFT_OUT, edited
from router_core.decide.defaults import default_config
from router_core.grpc_edge.config_masks import edits_of
from router_core.grpc_edge.config_messages import category_value, config_message
from router_core.stores.config_in_force import parse
from tests.stores.config_texts import EVERYTHING

CONFIG = parse(json.dumps(EVERYTHING).encode())


def shown(config: Any = CONFIG) -> pb.RouterConfig:
    return config_message(
        config, lambda each: f"etag of {each.name}", lambda name: name == "LAB_KEY"
    )


@pytest.mark.parametrize("config", [CONFIG, default_config()])
def test_what_is_shown_can_be_set_again(config: Any) -> None:
    everything = FieldMask(paths=["*"])
    edits = edits_of(shown(config), everything, where="the config", empty_lists=False)
    written = edited({}, {key: value for key, value in edits.items() if value is not LEFT_OUT})

    assert parse(json.dumps(written).encode()) == config


def test_what_follows_from_elsewhere_is_shown_too() -> None:
    lab, local = shown().providers

    assert (lab.is_default, local.is_default) == (True, False)
    assert (lab.has_key, local.has_key) == (True, False)
    assert {each.name: each.built_in for each in shown().categories}["code"]
    poetry = shown().categories[-1]
    assert (poetry.name, poetry.built_in, poetry.etag) == ("poetry", False, "etag of poetry")


def test_a_new_category_without_a_policy_has_the_default_one() -> None:
    value = category_value(pb.Category(name="law", models=["a/b"]))

    assert value == {"models": ["a/b"], "keywords": [], "description": "", "examples": []}


def test_a_new_category_has_what_it_says_of_its_policy_zeros_too() -> None:
    told = pb.Category(models=["a/b"], policy="cheapest", quality={"a/b": 0}, floor=0, thrift=0)

    value = category_value(told)
    assert value["quality"] == {"a/b": 0.0}
    assert (value["policy"], value["floor"], value["thrift"]) == ("cheapest", 0.0, 0.0)

"""A router that is killed at random moments, two hundred times: what it said is in the file."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from router_core.stores.config_in_force import parse
from tests.e2e.serving import serving

ROUNDS, KILLS = 20, 10
MOST_S = 0.12
"""How long after its first change a router lives at the most: some ten changes."""


class Operator(threading.Thread):
    """Makes the three changes of the contract, again and again, until nobody answers.

    Attributes:
        told: the categories that are there by what was acknowledged, with their models.
        asked: what was asked for last, and not answered.
    """

    def __init__(self, base_url: str, told: dict[str, list[str]], number: int) -> None:
        super().__init__(daemon=True)
        self.told = told
        self.asked: tuple[str, list[str] | None] | None = None
        self.begun = threading.Event()
        self._base_url = base_url
        self._number = number
        self.wrong = ""

    def run(self) -> None:
        with httpx.Client(base_url=self._base_url, timeout=10) as http:
            for step in range(10_000):
                name = f"c{self._number}-{step}"
                try:
                    self._change(http, name, ["glm-5"], "POST", "/config/category", keywords=[name])
                    self._change(http, name, ["kimi-k2.5"], "POST", "/config/model-mapping")
                    if step % 2:
                        self._change(http, name, None, "DELETE", f"/config/category/{name}")
                except httpx.TransportError:
                    return

    def _change(
        self,
        http: httpx.Client,
        name: str,
        models: list[str] | None,
        method: str,
        path: str,
        **more: Any,
    ) -> None:
        self.asked = (name, models)
        key = "category" if path.endswith("mapping") else "name"
        body = {key: name, "models": models, **more} if models else None
        answer = http.request(method, path, json=body)
        if not answer.is_success:
            self.wrong = answer.text
        elif models is None:
            del self.told[name]
        else:
            self.told[name] = models
        self.asked = None
        self.begun.set()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_was_acknowledged_survives_a_kill(seed: int, tmp_path: Path) -> None:
    rng, told = Random(seed), dict[str, list[str]]()
    path = tmp_path / "router_config.json"
    changes = 0
    for number in range(KILLS):
        arguments = ("serve", "--demo", "--port", "0", "--grpc-address", "127.0.0.1:0")
        with serving(*arguments, home=tmp_path) as router:
            operator = Operator(router.rest, told, number)
            operator.start()
            assert operator.begun.wait(20)
            time.sleep(rng.random() * MOST_S)
            router.process.kill()
            operator.join(20)
            assert not operator.wrong
        text = path.read_bytes()
        config = parse(text)
        ours = {
            name: [model.name for model in category.models]
            for name, category in config.categories.items()
            if not category.built_in
        }
        expected = dict(told)
        if operator.asked is not None:
            # Killed between the file and the answer: it may be there, or not, and then whole.
            name, models = operator.asked
            if ours.get(name) == models:
                expected.pop(name, None)
                expected |= {name: models} if models else {}
        assert ours == expected, f"after kill {number}"
        changes += len(json.loads(text)["categories"])
        assert len(list(tmp_path.glob(".router_config.json.*"))) <= 1, "a start sweeps"
        told.clear()
        told |= ours
    assert changes > KILLS

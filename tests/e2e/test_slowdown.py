"""A model becomes slow behind the whole router, and is well again: who answers moves and returns.

What an answer takes is added to the router's clock, and nobody waits for it.
"""

from __future__ import annotations

from pathlib import Path

from tests.e2e.lab import Lab, Person, a_config, a_lab
from tests.fakes.upstream import FakeUpstream, Recorded, Reply

TAKES_S = {"lab/chat": 0.8, "lab/code": 0.4}
"""What an answer takes; `chat` costs half as much."""
SLOWER = 5.0


class Upstream:
    """Answers as the lab does, in a time that is made up."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.slower = 1.0

    def reply_to(self, request: Recorded) -> Reply | None:
        if request.model in TAKES_S:
            is_slow = request.model == "lab/code"
            self.lab.clock.taken_s += TAKES_S[request.model] * (self.slower if is_slow else 1.0)
        return self.lab.reply_to(request)


async def asked(lab: Lab, times: int) -> list[str]:
    """Who answers so many requests, each a conversation of its own; every other one a stream."""
    seen = []
    for number in range(times):
        got = await Person(lab).says("hi", model="router/code", stream=number % 2 == 1)
        assert got.status == 200
        seen.append(got.model)
    return seen


async def fastest_now(lab: Lab) -> tuple[str, str]:
    """Whom ``/route`` would call, and how it says so."""
    told = await Person(lab).route("hi", model="router/code")
    return told["model"], told["explanation"]


async def test_fastest_leaves_who_is_slow_and_returns(tmp_path: Path, remote: FakeUpstream) -> None:
    categories = a_config("")["categories"]
    categories["code"] = {"models": ["chat", "code"], "policy": "fastest"}
    async with a_lab(tmp_path, remote, categories=categories) as lab:
        upstream = Upstream(lab)
        remote._functions[:] = [upstream.reply_to]

        assert set((await asked(lab, 30))[15:]) == {"code"}
        model, why = await fastest_now(lab)
        assert (model, "fastest: code est. 0.4 s against chat est. 0.8 s" in why) == ("code", True)

        upstream.slower = SLOWER
        assert (await asked(lab, 20))[-1] == "chat"
        model, why = await fastest_now(lab)
        assert (model, "fastest: chat est. 0.8 s against code est. " in why) == ("chat", True)

        upstream.slower = 1.0
        back = await asked(lab, 50)
        first = back.index("code")
        assert back == ["chat"] * first + ["code"] * (50 - first)

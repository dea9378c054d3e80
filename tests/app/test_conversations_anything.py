"""Conversations, whatever is said and whoever fails: a state machine beside a simple account.

The account knows of each conversation who answered last, and nothing of names, topics,
prices and hashes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, precondition, rule

from router_core.app.route import Routed
from router_core.app.trace import Decided
from router_core.decide.routing import RouteReason
from router_core.errors import CandidatesExhausted, StreamBroken
from tests.app.clients_talking import (
    CODE,
    HEARTBEAT,
    HINT,
    MODELS,
    TALK,
    TOOLS,
    WHY,
    Client,
    a_rig,
    called,
    name_of,
    openclaw,
    remembered,
    result,
    user,
)
from tests.app.rig import chunks_of, model
from tests.decide.openclaw_messages import RUNTIME, SESSION
from tests.fakes.provider import STOP, chunk, completion, failure

R = RouteReason
KEPT = {R.TOOL_LOOP, R.REASONING_LOCK, R.SESSION_KEPT}
TEXTS = (CODE, TALK, WHY, "yes", "go on", "and in Java?", "read notes.txt", "Thanks!", "")


@dataclass
class Conversation:
    """What is known of one.

    Attributes:
        number: tells it from all others; a part of what is said first.
        tail: what its envelope adds to that.
        holder: who answered last; empty: nobody has.
        thread: what providers were told of it.
    """

    client: Client
    number: int
    is_agents: bool
    tail: str
    holder: str = ""
    thread: str = ""

    @property
    def in_loop(self) -> bool:
        return bool(self.client.messages and self.client.messages[-1].get("tool_calls"))


class ConversationsMachine(RuleBasedStateMachine):
    conversations = Bundle("conversations")

    def __init__(self) -> None:
        super().__init__()
        self.rig = a_rig()
        self.runner = asyncio.Runner()
        self.all: list[Conversation] = []
        self.answers = 0

    def teardown(self) -> None:
        self.runner.close()

    # -- what happens -------------------------------------------------------------------

    @rule(
        target=conversations,
        kind=st.sampled_from(["said", "header", "body", "key", "envelope"]),
        caller=st.sampled_from(["me", "you"]),
        is_agents=st.booleans(),
        shared=st.booleans(),
    )
    def begin(self, kind: str, caller: str, is_agents: bool, shared: bool) -> Conversation:
        number = len(self.all)
        told = f"id-{number}"
        ids: dict[str, dict[str, Any]] = {
            "header": {"header": told},
            "body": {"body": {"session_id": told}},
            # Anyone but an agent may have one key for all conversations.
            "key": {"body": {"prompt_cache_key": "app" if shared and not is_agents else told}},
        }
        make = openclaw if is_agents or kind == "envelope" else Client
        client = make(self.rig, caller=caller, **ids.get(kind, {}))
        tail = RUNTIME.replace(SESSION, told) if kind == "envelope" else ""
        conversation = Conversation(client, number, make is openclaw, tail)
        self.all.append(conversation)
        return conversation

    @rule(talk=conversations, text=st.sampled_from(TEXTS), data=st.data())
    def somebody_types(self, talk: Conversation, text: str, data: st.DataObject) -> None:
        if not talk.holder:
            text = f"Number {talk.number}. {text}{talk.tail}"
        new = [result()] if talk.in_loop and data.draw(st.booleans()) else []
        text = text or ("" if not talk.is_agents else "hm")  # a stamp alone is taken for text
        stamped = f"[Fri 2026-03-06 09:15 UTC] {text}" if talk.is_agents else text
        context = [HINT] if talk.is_agents and text and data.draw(st.booleans()) else []
        again = data.draw(st.sampled_from([text, stamped]))
        self._ask(talk, [*new, user(stamped), *context], data, kept=[*new, user(again)])

    @rule(talk=conversations, data=st.data())
    @precondition(lambda self: any(talk.in_loop for talk in self.all))
    def tools_have_run(self, talk: Conversation, data: st.DataObject) -> None:
        if talk.in_loop:
            self._ask(talk, [result()], data)

    @rule(talk=conversations, data=st.data())
    def the_client_keeps_house(self, talk: Conversation, data: st.DataObject) -> None:
        if talk.is_agents:
            self._ask(talk, [user(HEARTBEAT)], data, is_upkeep=True)

    @rule(talk=conversations, text=st.sampled_from(TEXTS), name=st.sampled_from(MODELS))
    def a_model_is_named(self, talk: Conversation, text: str, name: str) -> None:
        if talk.holder:
            self.rig.health.reset(model(name))
            self._play({}, "text")
            self.runner.run(talk.client.say(text, model=f"lab/{name}"))
            self._answered(talk, name, {"tools": TOOLS})

    @rule(names=st.sets(st.sampled_from(MODELS)))
    def models_recover(self, names: set[str]) -> None:
        for name in names:
            self.rig.health.reset(model(name))

    @rule(seconds=st.sampled_from([1.0, 299.0, 301.0]))
    def time_passes(self, seconds: float) -> None:
        self.rig.clock.advance(seconds)

    # -- one request, and what has to hold of it ----------------------------------------

    def _ask(
        self,
        talk: Conversation,
        new: list[dict[str, Any]],
        data: st.DataObject,
        *,
        kept: list[dict[str, Any]] | None = None,
        is_upkeep: bool = False,
    ) -> None:
        broken = data.draw(st.sets(st.sampled_from(MODELS)) | st.just(set()), label="broken")
        answer = data.draw(st.sampled_from(["text", "text", "tools", "breaks"]), label="answer")
        streams = answer == "breaks" or data.draw(st.booleans(), label="streams")
        self._play(dict.fromkeys(broken, True), answer, streams=streams)
        before, calls = remembered(self.rig), len(self.rig.provider.calls)
        routed = self.runner.run(talk.client.routed(*new))
        assert remembered(self.rig) == before, "to route changes nothing"
        self._check_route(talk, routed, new, is_upkeep=is_upkeep)
        try:
            name, reason = self._complete(talk, new, streams=streams)
        except (CandidatesExhausted, StreamBroken):
            assert remembered(self.rig) == before, "what failed changes nothing"
            return
        thread = self.rig.provider.calls[-1].thread
        assert all(call.thread == thread for call in self.rig.provider.calls[calls:])
        if talk.holder:
            assert thread == talk.thread
            assert reason not in KEPT or name == talk.holder or is_upkeep
        if is_upkeep:
            return
        talk.thread = thread
        assert [each for each in self.all if each.thread == thread] == [talk]
        said = completion(f"answer {self.answers}") if answer == "text" else called()
        talk.client.messages += [*(kept or new), said["choices"][0]["message"]]
        self._answered(talk, name, {})

    def _check_route(
        self, talk: Conversation, routed: Routed, new: list[dict[str, Any]], *, is_upkeep: bool
    ) -> None:
        decision = routed.decision
        assert decision.session.known is bool(talk.holder)
        if not talk.holder:
            assert decision.reason not in KEPT
            return
        assert routed.place.thread == talk.thread
        assert name_of(decision.session.model) == name_of(decision.holder) == talk.holder
        if new[0]["role"] == "tool" and not is_upkeep:
            out = self.rig.health.of(model(talk.holder), self.rig.clock.monotonic()).why
            first = name_of(decision.to_call[0])
            assert (first == talk.holder) or out
            assert decision.session.locked is (decision.reason is R.TOOL_LOOP)
            assert decision.session.locked or out
        if is_upkeep:
            assert decision.reason is R.HOUSEKEEPING

    def _complete(
        self, talk: Conversation, new: list[dict[str, Any]], *, streams: bool
    ) -> tuple[str, RouteReason]:
        request = talk.client.request(*new)
        if not streams:
            done = self.runner.run(self.rig.complete(request, self.rig.arrival()))
            return done.decided.model.name, done.decided.reason
        events = self.runner.run(self.rig.stream(request))
        assert chunks_of(events)
        (decided,) = (event for event in events if isinstance(event, Decided))
        return decided.model.name, decided.reason

    def _answered(self, talk: Conversation, name: str, more: dict[str, Any]) -> None:
        talk.holder = name
        decision = self.runner.run(talk.client.route(user("yes"), **more))
        assert decision.session.known, "who asked is known the next time"
        assert name_of(decision.session.model) == name

    def _play(self, broken: dict[str, bool], answer: str, *, streams: bool = False) -> None:
        """Says what the models do with the next request."""
        self.answers += 1
        whole = completion(f"answer {self.answers}") if answer == "text" else called()
        message = whole["choices"][0]["message"]
        chunks = [chunk({"content": "answer"}), chunk({"content": f" {self.answers}"}), STOP]
        if answer == "tools":
            calls = [{"index": n, **call} for n, call in enumerate(message["tool_calls"])]
            chunks = [chunk({"tool_calls": calls}), STOP]
        for name in MODELS:
            steps: Any = [*chunks[:1], failure()] if answer == "breaks" else chunks
            told: Any = steps if streams else whole
            self.rig.provider.script[f"lab/{name}"] = failure() if broken.get(name) else told


TestConversations = ConversationsMachine.TestCase
TestConversations.settings = settings(stateful_step_count=30)

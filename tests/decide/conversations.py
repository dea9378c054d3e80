"""Conversations for the tests of continuity: configs, prices, what is remembered, what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from router_core.decide.candidates import Outlook, Prospect
from router_core.decide.chat import ChatRequest, Message, ToolCall
from router_core.decide.choosing import RouteQuery
from router_core.decide.classification import Classification, Score, Verdict
from router_core.decide.config import Category, ModelRef, Provider, RoutingConfig
from router_core.decide.continued import Continued
from router_core.decide.continuity import Ongoing
from router_core.decide.demands import Demands
from router_core.decide.health import ModelHealth, Standing
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.session import Cache, Session
from router_core.decide.turn import Turn, TurnKind
from tests.decide.model_entries import NOW

AT = NOW.timestamp()
CACHE_S = 300.0
CATEGORIES = ("tools", "code", "reasoning", "conversation")


def model(name: str, provider: str = "p") -> ModelRef:
    return ModelRef(name=name, id=f"lab/{name}", provider=provider)


ONE, TWO, THREE, CHEAP, LAST = map(model, ("one", "two", "three", "cheap", "last"))

CONFIG = RoutingConfig(
    providers={"p": Provider(name="p", base_url="http://unused")},
    aliases={},
    categories={
        name: Category(name=name, models=models, built_in=True)
        for name, models in {
            "tools": (THREE, ONE),
            "code": (ONE, TWO),
            "reasoning": (TWO, ONE),
            "conversation": (THREE, TWO),
        }.items()
    },
    housekeeping=(CHEAP,),
)


# -- what models cost, and how they fare ------------------------------------------------


def usd(prompt: str, cached: str | None = None) -> Prices:
    """Prices of a million tokens."""
    per = Decimal(1_000_000)
    return Prices(
        prompt=Decimal(prompt) / per,
        input_cache_read=None if cached is None else Decimal(cached) / per,
    )


def outlook(prices: Mapping[str, Prices] | None = None, *out: str, gone: str = "") -> Outlook:
    """What is known of the models.

    Args:
        prices: by name.
        out: the names of those whose breakers are open.
        gone: the name of one that its provider does not have.
    """
    known = prices or {}

    def of(model: ModelRef) -> Prospect:
        prospect = Prospect(info=ModelInfo(prices=known.get(model.name)))
        if model.name in out:
            return replace(prospect, health=ModelHealth(standing=Standing.OPEN, why="it failed"))
        return replace(prospect, absence="it was retired") if model.name == gone else prospect

    return of


# -- what is remembered -----------------------------------------------------------------


def a_session(holder: ModelRef = ONE, tokens: int = 10_000, **changed: Any) -> Session:
    """A conversation about code of two answers, both of one model."""
    used_at = changed.get("used_at", AT)
    return Session(
        **{
            "thread": "f" * 32,
            "category": "code",
            "model": holder.key,
            "used_at": used_at,
            "topics": (("code", 0.9), ("conversation", 0.1)),
            "answers": 2,
            "caches": (Cache(model=holder.key, tokens=tokens, at=used_at),),
            **changed,
        }
    )


def an_ongoing(holder: ModelRef = ONE, idle_s: float = 0.0, **changed: Any) -> Ongoing:
    """That conversation, so many seconds after its last answer."""
    session = changed.pop("session", None) or a_session(holder)
    return Ongoing(
        **{
            "session": session,
            "model": holder,
            "category": session.category,
            "now": NOW + timedelta(seconds=idle_s),
            "cache_s": CACHE_S,
            **changed,
        }
    )


def going_on(
    ongoing: Ongoing | None = None,
    look: Outlook | None = None,
    config: RoutingConfig = CONFIG,
    demands: Demands | None = None,
) -> Continued:
    return Continued(
        ongoing=ongoing or an_ongoing(),
        query=RouteQuery(config=config, demands=demands or Demands(), outlook=look or outlook()),
    )


# -- what is said -----------------------------------------------------------------------


def a_turn(text: str = "hi", kind: TurnKind = TurnKind.USER_TURN, **changed: Any) -> Turn:
    return Turn(kind=kind, text=text, **changed)


def a_verdict(*scores: tuple[str, float], source: str = "keywords") -> Verdict:
    """One of these shares, the likeliest first."""
    ranked = sorted(scores, key=lambda score: -score[1])
    return Verdict(
        scores=tuple(Score(category=name, confidence=share) for name, share in ranked),
        source=source,
    )


def leaning(category: str, share: float, *others: str) -> Verdict:
    """A verdict whose other categories share what is left."""
    rest = [name for name in others or CATEGORIES[1:] if name != category]
    return a_verdict((category, share), *((name, (1 - share) / len(rest)) for name in rest))


def classified(category: str, share: float = 0.8, text: str = "hi") -> Classification:
    return Classification(verdict=leaning(category, share), turn=a_turn(text), mode="keywords")


def a_request(*messages: Message, body: dict[str, Any] | None = None) -> ChatRequest:
    return ChatRequest(messages=messages, body=body or {})


def user(text: str) -> Message:
    return Message(role="user", texts=(text,))


def said(text: str = "", *calls: ToolCall) -> Message:
    return Message(role="assistant", texts=(text,) if text else (), tool_calls=calls)


def result(text: str) -> Message:
    return Message(role="tool", texts=(text,))


def system(text: str) -> Message:
    return Message(role="system", texts=(text,))


_Draw = Callable[[st.SearchStrategy[Any]], Any]

# Plain words: no client's envelopes, and nothing that the classifier of turns knows.
# Hypothesis finds the router's own marks in its code: what only thinks has no name.
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8
).filter(lambda word: not word.startswith("<think>"))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
arguments = st.dictionaries(st.text(max_size=4), json_values, max_size=4)


@st.composite
def histories(draw: _Draw, least: int = 0) -> list[Message]:
    """Whole turns: somebody typed, perhaps tools ran, and there was an answer."""
    messages: list[Message] = []
    for _ in range(draw(st.integers(least, 4))):
        messages.append(user(draw(words)))
        for names in draw(st.lists(st.lists(words, min_size=1, max_size=2), max_size=2)):
            calls = (ToolCall(name, draw(st.sampled_from(["{}", '{"a":1}']))) for name in names)
            messages.append(said(draw(st.just("") | words), *calls))
            messages += (result(draw(words)) for _ in names)
        messages.append(said(draw(words)))
    return messages

"""What a request would cost with each model, and how long that would take.

For people who compare, for limits of what is spent, and to learn how good estimates are;
nothing is routed by it. Tokens of a prompt are estimated from its size, rather too many
than too few, and so is what it costs; of a conversation that goes on, the provider has
counted all but what is new.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from router_core.decide.chat import ChatRequest, Message
from router_core.decide.config import ModelKey, ModelRef
from router_core.decide.continuity import Ongoing, rereading_elsewhere
from router_core.decide.cost import expected_usd
from router_core.decide.demands import Demands, demands_of
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.pace import Pace
from router_core.decide.usual import Usual

__all__ = ["ASSUMED_ANSWER_TOKENS", "Basis", "Estimate", "basis_of", "estimate"]

ASSUMED_ANSWER_TOKENS: Final = 400
"""What an answer is taken to have before any was seen: some 300 words of English, a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the estimates of one request rest on, whatever the model.

    Attributes:
        prompt_tokens: of the prompt, with the history.
        answer_tokens: of the answer, of a model whose answers are not known yet.
        answer_from: where the latter is from, for a person.
        answer_of: how long a model's answers were, by its name.
        answer_limit: what the request allows; ``None``: it does not say.
        cached: how much of the prompt providers may have in their caches, by model.
        answers: how many are asked for; each is paid for.
        images: in the prompt.
        when: the moment, with its time zone: some prices change over the day.
    """

    prompt_tokens: int
    answer_tokens: int
    answer_from: str
    answer_of: Callable[[str], float | None]
    answer_limit: int | None
    cached: Mapping[ModelKey, int]
    when: datetime
    answers: int = 1
    images: int = 0

    def answer_tokens_of(self, model: ModelRef, info: ModelInfo) -> int:
        """How many tokens the answer of one model is likely to have."""
        own = self.answer_of(model.name)
        expected = self.answer_tokens if own is None else math.ceil(own)
        limit, most = self.answer_limit, info.max_output_tokens
        if limit is not None and limit < expected:
            expected = limit
        return expected if most is None or expected <= most else most

    def cost_usd(self, model: ModelRef, info: ModelInfo) -> Decimal | None:
        """What the request is likely to cost with one model, in USD; ``None``: not known."""
        if info.prices is None:
            return None
        return expected_usd(
            info.prices,
            prompt_tokens=self.prompt_tokens,
            cached_tokens=self.cached.get(model.key, 0),
            answer_tokens=self.answer_tokens_of(model, info) * self.answers,
            when=self.when,
            images=self.images,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one model would take; ``None``: there is nothing to tell it from.

    Attributes:
        cost_usd: of the whole request, in USD.
        latency_ms: from the call to the end of the answer, in milliseconds.
        switch_usd: how much more it costs that this model has the history read than that
            the one does which holds the conversation; below 0: less. ``None`` too for the
            latter, and where no conversation goes on.
    """

    cost_usd: Decimal | None = None
    latency_ms: float | None = None
    switch_usd: Decimal | None = None


def basis_of(
    request: ChatRequest,
    demands: Demands,
    *,
    category: str,
    ongoing: Ongoing | None,
    usual: Usual,
    when: datetime,
) -> Basis:
    """What the estimates of a request rest on.

    Args:
        request: the request.
        demands: what it asks of a model.
        category: what it was found to be; ``""``: the caller named a model.
        ongoing: the conversation that it goes on with; ``None``: none.
        usual: what answers have been like so far.
        when: now, with its time zone.
    """
    answer_tokens, answer_from = _expected_answer(category, usual, demands)
    others = usual.answer_tokens(category) or usual.answer_tokens()
    return Basis(
        prompt_tokens=_prompt_tokens(request, demands, ongoing),
        answer_tokens=answer_tokens,
        answer_from=answer_from,
        answer_of=lambda model: usual.answer_tokens_of(model, category, others),
        answer_limit=demands.max_output_tokens,
        cached={cache.model: cache.tokens for cache in ongoing.warm} if ongoing else {},
        when=when,
        answers=demands.answers,
        images=demands.images,
    )


def estimate(
    basis: Basis,
    model: ModelRef,
    info: ModelInfo,
    ongoing: Ongoing | None = None,
    here: Prices | None = None,
    pace: Pace | None = None,
) -> Estimate:
    """What a request would take with ``model``.

    Args:
        basis: of the request.
        model: the model.
        info: what is known of it.
        ongoing: the conversation that the request goes on with; ``None``: none.
        here: the prices of the model that holds that, as far as they are known.
        pace: how fast ``model`` is likely to be; ``None``: not known.
    """
    switch = None
    if ongoing is not None and ongoing.session.tokens and ongoing.model.key != model.key:
        switch = rereading_elsewhere(ongoing, model, here, info.prices).extra
    return Estimate(
        cost_usd=basis.cost_usd(model, info),
        latency_ms=pace and pace.last_ms(basis.answer_tokens_of(model, info)),
        switch_usd=switch,
    )


def _expected_answer(category: str, usual: Usual, demands: Demands) -> tuple[int, str]:
    """How many tokens an answer is likely to have, and how that is known."""
    if mean := usual.answer_tokens(category):
        expected = math.ceil(mean)
        which = f"in {category}" if category else "of models that were named"
        told = f"what answers {which} had on average"
    elif mean := usual.answer_tokens():
        expected, told = math.ceil(mean), "what all answers had on average"
    else:
        expected, told = ASSUMED_ANSWER_TOKENS, "assumed: no answer's length is known yet"
    limit = demands.max_output_tokens
    if limit is not None and limit < expected:
        return limit, "all that the request allows"
    return expected, told


def _prompt_tokens(request: ChatRequest, demands: Demands, ongoing: Ongoing | None) -> int:
    """Of the whole prompt: what the last answer's usage told, and what is new, estimated."""
    if ongoing is None or not ongoing.session.tokens or not ongoing.adds_only:
        return demands.prompt_tokens
    new = _since_answer(request.messages)
    texts = (text for message in new for text in message.texts)
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    added = demands_of(ChatRequest(messages=new, body={}, prompt_bytes=size))
    return ongoing.session.tokens + added.prompt_tokens


def _since_answer(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages after the last answer."""
    answers = [index for index, message in enumerate(messages) if message.role == "assistant"]
    return tuple(messages[answers[-1] + 1 :]) if answers else tuple(messages)

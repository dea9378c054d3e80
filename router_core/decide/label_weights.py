"""How likely a model held each label, from the log probabilities of its tokens.

Ollama (``logprobs``) and OpenAI (``choices[0].logprobs.content``) tell them in one
form: a list with an object for each token of the answer, which names the likeliest
tokens at its place under ``top_logprobs``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import exp
from typing import Any

__all__ = ["label_weights"]


def label_weights(logprobs: Any, labels: str) -> dict[str, float]:
    """The probability of each label at the place of the answer where a label stands.

    A label's tokens (bare, with a blank before it, in a dress such as "**B") count
    together.

    Args:
        logprobs: the list, as the model's API sent it: data, of any form.
        labels: the labels in question, one capital letter each.

    Returns:
        Probabilities by label, those that were not told left out; empty where
        nothing was told.
    """
    for place in _objects(logprobs):
        if _label(place, labels):
            weights: defaultdict[str, float] = defaultdict(float)
            for token in list(_objects(place.get("top_logprobs"))) or [place]:
                label = _label(token, labels)
                if label:
                    weights[label] += _probability(token.get("logprob"))
            return dict(weights)
    return {}


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    items = value if isinstance(value, list) else []
    return (item for item in items if isinstance(item, dict))


def _label(token: dict[str, Any], labels: str) -> str:
    """The label that a token is; ``""``: none."""
    text = token.get("token")
    letter = text.strip(" \t\r\n*_`'\"().:") if isinstance(text, str) else ""
    return letter if len(letter) == 1 and letter in labels else ""


def _probability(logprob: Any) -> float:
    """From a log probability, which rounding may lift above 0; 0 where it is none."""
    if not isinstance(logprob, int | float) or isinstance(logprob, bool) or not logprob < 1e-3:
        return 0.0
    return exp(min(max(logprob, -1e3), 0.0))

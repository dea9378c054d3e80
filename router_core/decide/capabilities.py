"""Which models can take a request, by what is known of them; unknown forbids nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from router_core.decide.config import ModelRef
from router_core.decide.demands import Demands
from router_core.decide.model_info import ModelInfo

__all__ = ["Fit", "fitting", "has_larger_window", "lacks"]

_JSON_PARAMETERS = frozenset({"response_format", "structured_outputs"})
"""Either says that answers can be made to be JSON; OpenRouter lists them separately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Whether a model is tried for a request.

    Attributes:
        eligible: whether it is.
        able: whether it could be but for its size, which is estimated.
        reason: what speaks against it, in words for a person; ``None``: nothing. An
            eligible model has one when it is tried although it looks too small.
    """

    model: ModelRef
    eligible: bool
    able: bool = True
    reason: str | None = None


def lacks(demands: Demands, info: ModelInfo) -> str | None:
    """Why a model cannot take a request, in words for a person; ``None``: it may."""
    return _lacks_ability(demands, info) or _lacks_room(demands, info)


def fitting(models: Sequence[tuple[ModelRef, ModelInfo]], demands: Demands) -> tuple[Fit, ...]:
    """Which of ``models`` are tried, in their order.

    Size never drops the last: tokens are estimated, and a limit may be out of date.
    Where every model that is able looks too small, the roomiest are tried all the
    same: of those whose window would do, the ones with the longest answers, and where
    no window would, the largest windows.
    """
    able = [_lacks_ability(demands, info) is None for _, info in models]
    reasons = [lacks(demands, info) for _, info in models]
    rooms = [
        _room(demands, info) for (_, info), is_able in zip(models, able, strict=True) if is_able
    ]
    most = max(rooms, default=None) if None not in reasons else None
    return tuple(
        _fit(model, reason, able=is_able, is_roomiest=is_able and _room(demands, info) == most)
        for (model, info), is_able, reason in zip(models, able, reasons, strict=True)
    )


def _fit(model: ModelRef, reason: str | None, *, able: bool, is_roomiest: bool) -> Fit:
    if reason is not None and is_roomiest:
        return Fit(model=model, eligible=True, reason=f"{reason}; tried as the roomiest")
    return Fit(model=model, eligible=reason is None, able=able, reason=reason)


def has_larger_window(info: ModelInfo, *, than: ModelInfo) -> bool:
    """Whether a model is worth a try after the window of another overflowed.

    It is where both windows are known and its own is the larger one. Otherwise the
    caller is the better judge: clients shorten the conversation when they are told.
    """
    if info.context_length is None or than.context_length is None:
        return False
    return info.context_length > than.context_length


def _lacks_ability(demands: Demands, info: ModelInfo) -> str | None:
    if info.parameters is not None:
        if demands.tools and "tools" not in info.parameters:
            return "it cannot call tools"
        if demands.output_format != "text" and info.parameters.isdisjoint(_JSON_PARAMETERS):
            return f"it cannot answer as {demands.output_format}"
    if info.input_modalities is not None:
        missing = [kind for kind in _media(demands) if kind not in info.input_modalities]
        if missing:
            return f"it does not take {' or '.join(missing)} input"
    return None


def _media(demands: Demands) -> Iterator[str]:
    if demands.images:
        yield "image"
    if demands.audio:
        yield "audio"
    if demands.files:
        yield "file"
    if demands.video:
        yield "video"


def _lacks_room(demands: Demands, info: ModelInfo) -> str | None:
    window = info.context_length
    if window is not None and _tokens(demands) > window:
        return f"its window has {window} tokens, and about {_tokens(demands)} are needed"
    asked, longest = demands.max_output_tokens, info.max_output_tokens
    if asked is not None and longest is not None and asked > longest:
        return f"its answers have at most {longest} tokens, and {asked} are asked for"
    return None


def _tokens(demands: Demands) -> int:
    """Of the prompt and the answer together."""
    return demands.prompt_tokens + (demands.max_output_tokens or 0)


def _room(demands: Demands, info: ModelInfo) -> tuple[bool, int]:
    """Sorts models that look too small by how near they come."""
    window = info.context_length
    if window is not None and _tokens(demands) > window:
        return False, window
    return True, info.max_output_tokens or 0

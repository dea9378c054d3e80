"""What all changes of the config share: sending one, and telling what it did or would do."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

import grpc

from llm_router.client import RouterClient
from llm_router.errors import Conflict
from llm_router.v1.config_categories_pb2 import (
    ConfigChange,
    CreateCategoryResponse,
    DeleteCategoryResponse,
    DeleteModelResponse,
    Move,
    PutModelResponse,
    ReplaceModelsResponse,
    Replay,
    RollbackConfigResponse,
    UpdateCategoryResponse,
    UpdateConfigResponse,
)
from router_core.cli.connect import running_core
from router_core.cli.options import Sending
from router_core.cli.printing import plain, print_json

Answer = (
    CreateCategoryResponse
    | UpdateCategoryResponse
    | ReplaceModelsResponse
    | DeleteCategoryResponse
    | UpdateConfigResponse
    | PutModelResponse
    | DeleteModelResponse
    | RollbackConfigResponse
)
"""What the core answers to a change."""

Changed = TypeVar("Changed", bound=Answer)

_TRIES: Final = 5
_MOST_MOVES: Final = 10
_MOST_EXAMPLES: Final = 3
_EXAMPLE_LETTERS: Final = 80


def send(sending: Sending, change: Callable[[RouterClient], Answer]) -> None:
    """Has the core make a change, or try it, and prints what it did or would do.

    Args:
        change: calls the core; it also makes the request, so that what cannot stand
            in a message is told like everything else.

    Raises:
        ConfigError: no core answers, or it refuses.
    """
    with running_core(sending.core) as client:
        answer = change(client)
    if sending.as_json:
        print_json(answer)
    else:
        print("\n".join(change_lines(answer.change, tried=sending.dry_run)))


def made_anew(sending: Sending, change: Callable[[], Changed]) -> Changed:
    """A change that builds on what it read: made anew when somebody else was faster.

    Of an etag that the user named, only the user can name another.
    """
    for left in reversed(range(1 if sending.etag else _TRIES)):
        try:
            return change()
        except Conflict as error:
            if error.code is not grpc.StatusCode.ABORTED or not left:
                raise
    raise AssertionError("the last try returns or raises")


def change_lines(change: ConfigChange, *, tried: bool) -> Iterator[str]:
    """What a change did, or would do where it was only ``tried``, as a person reads it."""
    if change.changes:
        yield from _listed("would change" if tried else "changed", change.changes)
        if change.HasField("replay"):
            yield from _replay_lines(change.replay)
    else:
        yield "nothing would change" if tried else "nothing changed: it was so already"
    for warning in change.warnings:
        yield f"warning: {plain(warning)}"


def _listed(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if len(lines) == 1:
        yield f"{heading}: {plain(lines[0])}"
        return
    yield f"{heading}:"
    for line in lines:
        yield f"  {plain(line)}"


def _replay_lines(replay: Replay) -> Iterator[str]:
    if replay.decisions:
        yield _moved(f"of {replay.decisions} recent decisions", replay.moved_decisions)
        yield from _move_lines([(move.decisions, move) for move in replay.moves])
    else:
        yield "there are no recent decisions to replay"
    if replay.prompts:
        yield _moved(f"of {replay.prompts} prompts of the golden set", replay.moved_prompts)
        yield from _move_lines([(move.prompts, move) for move in replay.moves], examples=True)
    if replay.decisions:
        yield _cost_line(replay)


def _moved(among: str, count: int) -> str:
    return f"{among} {count} would move:" if count else f"{among} none would move"


def _move_lines(counted: Sequence[tuple[int, Move]], *, examples: bool = False) -> Iterator[str]:
    """The moves that count, with their examples where they are not told further down."""
    ranked = sorted(filter(operator.itemgetter(0), counted), key=lambda each: -each[0])
    for count, move in ranked[:_MOST_MOVES]:
        yield f"  {count} {_move(move)}"
        if examples or not move.prompts:
            for example in move.examples[:_MOST_EXAMPLES]:
                yield f"      {_quoted(example)}"
    if len(ranked) > _MOST_MOVES:
        left = sum(count for count, _ in ranked[_MOST_MOVES:])
        yield f"  {left} otherwise; --json shows them all"


def _move(move: Move) -> str:
    before, after = move.from_model or "no model", move.to_model or "no model"
    models = f"still {after}" if before == after else f"{before} -> {after}"
    if move.from_category == move.to_category:
        return plain(f"{move.to_category or 'named by the caller'}: {models}")
    source, target = (name or "a named model" for name in (move.from_category, move.to_category))
    return plain(f"{source} -> {target} ({models})")


def _quoted(text: str) -> str:
    shown = plain(text)
    return f'"{shown}"' if len(shown) <= _EXAMPLE_LETTERS else f'"{shown[:_EXAMPLE_LETTERS]}..."'


def _cost_line(replay: Replay) -> str:
    before, after = (
        usd(getattr(replay, name)) if replay.HasField(name) else "an unknown sum"
        for name in ("cost_before_usd", "cost_after_usd")
    )
    if not (replay.HasField("cost_before_usd") or replay.HasField("cost_after_usd")):
        return "what they cost is not known: there is no list price of their models"
    if before == after:
        return f"the same requests would cost as much, {after} by list prices"
    return f"the same requests would cost {after} instead of {before} by list prices"


def usd(amount: str) -> str:
    """A decimal string as a sum of USD: to the cent, or four significant digits below that."""
    try:
        value = Decimal(amount)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        return f"${plain(amount)}"
    places = max(2, 3 - value.adjusted()) if value else 2
    whole, _, decimals = f"{value:.{places}f}".partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"

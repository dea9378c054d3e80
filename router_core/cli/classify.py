"""``classify``: the category of one text, or figures over a file of labelled ones."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from llm_router.aio import AsyncRouterClient
from llm_router.errors import RouterClientError
from llm_router.pages import async_pages
from llm_router.projection import enum_slug, project
from llm_router.v1.classify_pb2 import ClassifyResponse, TurnKind
from router_core.cli.connect import Reached, chat_of, core_here, reach, refusal
from router_core.cli.evaluation import Labelled, Outcome, read_labelled, report
from router_core.errors import ConfigError
from router_core.settings import environment, read_settings


def classify_text(
    text: str, *, mode: str | None, as_json: bool, core: str | None, config: Path | None
) -> None:
    """Prints the category of ``text``, and why."""
    response, where = asyncio.run(_ask(text, mode, core, config))
    if as_json:
        print(json.dumps(project(response), ensure_ascii=False, indent=2))
        return
    print(f"{response.category} {response.confidence:.2f}")
    print("\n".join(why_lines(response)))
    print(f"\nclassified in mode {response.mode} in {response.elapsed_us} us, {where}")


def classify_file(
    file: Path,
    *,
    mode: str | None,
    merges: Mapping[str, str],
    as_json: bool,
    core: str | None,
    config: Path | None,
) -> None:
    """Classifies a file of labelled texts and prints how well that went.

    Args:
        file: JSON Lines, each with ``text`` and ``category``; other keys are ignored
            but for ``lang`` and ``source``, by which the figures are also told.
        mode: instead of the configured one.
        merges: labels of the file that count as another category.
        as_json: print one JSON object instead of tables.
        core: the address of the core to ask; by default one in this process.
        config: the routing config of a core in this process.
    """
    rows = read_labelled(file, merges)
    print(f"{len(rows)} texts of {file}", file=sys.stderr)
    outcomes, cpu_s = asyncio.run(_ask_all(rows, mode, core, config))
    told = report(rows, outcomes, cpu_s=cpu_s)
    if as_json:
        print(json.dumps(told.as_json(), ensure_ascii=False, indent=2))
    else:
        print(told.as_text())


def why_lines(found: ClassifyResponse) -> Iterator[str]:
    """What a classification rests on, a line each."""
    return (fact_line(label, words) for label, words in why_facts(found))


def why_facts(found: ClassifyResponse) -> Iterator[tuple[str, str]]:
    """What a classification rests on: what each fact is, and the words."""
    turn = enum_slug(TurnKind.DESCRIPTOR, found.turn)
    yield "classified", f"{found.text!r} ({turn}, by {found.source})"
    for because in found.evidence:
        yield "because", because
    others = ", ".join(f"{r.category} {r.confidence:.2f}" for r in found.runners_up)
    yield "runners-up", others or "none"
    for fallback in found.fallbacks:
        yield "fell back", f"{fallback.source}: {fallback.cause}"


def fact_line(label: str, words: str) -> str:
    """A fact as a line of text."""
    return f"  {label:10}  {words}"


async def _ask(
    text: str, mode: str | None, core: str | None, config: Path | None
) -> tuple[ClassifyResponse, str]:
    chat = chat_of(text)
    env = environment()
    settings = read_settings(env)
    async with reach(settings, env, core=core, config=config, mode=mode) as reached:
        try:
            return await reached.client.classify(chat, mode=mode), reached.where
        except RouterClientError as error:
            raise refusal(error, reached.address) from None


async def _ask_all(
    rows: list[Labelled], mode: str | None, core: str | None, config: Path | None
) -> tuple[list[Outcome], float | None]:
    """Every outcome, and the seconds of CPU that they took where that was in this process."""
    env = environment()
    settings = read_settings(env)
    here = core_here(settings, env, config, mode=mode, warm_up=True)
    async with reach(settings, env, core=core, config=config) if core else here as reached:
        try:
            categories = await _categories(reached)
            _check_labels(rows, categories)
            await _classify(reached.client, rows[0], mode)
            began = time.process_time()
            outcomes = [await _classify(reached.client, row, mode) for row in rows]
        except RouterClientError as error:
            raise refusal(error, reached.address) from None
        return outcomes, None if core else time.process_time() - began


async def _classify(client: AsyncRouterClient, row: Labelled, mode: str | None) -> Outcome:
    response = await client.classify(chat_of(row.text), mode=mode)
    return Outcome(
        category=response.category,
        confidence=response.confidence,
        source=response.source,
        fallbacks=tuple(f"{fallback.source}: {fallback.cause}" for fallback in response.fallbacks),
        elapsed_us=response.elapsed_us,
    )


async def _categories(reached: Reached) -> frozenset[str]:
    listed = async_pages(lambda token: reached.client.list_categories(page_token=token))
    return frozenset([category.name async for page in listed for category in page.categories])


def _check_labels(rows: list[Labelled], categories: frozenset[str]) -> None:
    unknown = sorted({row.category for row in rows} - categories)
    if unknown:
        raise ConfigError(
            f"no category {unknown[0]!r} is configured; --as {unknown[0]}=CATEGORY counts the"
            f" label as one of {', '.join(sorted(categories))}"
        )

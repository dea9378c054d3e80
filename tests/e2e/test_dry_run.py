"""What a change of the config would do is told before it is made, from what was asked."""

from __future__ import annotations

from pathlib import Path

from llm_router.v1 import config_categories_pb2 as pb
from llm_router.v1.config_categories_pb2_grpc import ConfigCategoriesServiceStub
from tests.e2e.lab import Lab, Person, a_lab
from tests.fakes.upstream import FakeUpstream

CODE = "Write a Python function that reverses a linked list"
TULIPS = "When do I plant my tulips?"
GARDEN = pb.Category(name="garden", models=["cheap"], keywords=["tulip"])


async def tried(lab: Lab) -> pb.Replay:
    """What a category for the garden would do."""
    stub = ConfigCategoriesServiceStub(lab.core.in_process_channel())
    request = pb.CreateCategoryRequest(category=GARDEN, validate_only=True)
    response: pb.CreateCategoryResponse = await stub.CreateCategory(request)
    assert "garden" not in lab.core.config.current().categories
    return response.change.replay


async def test_a_category_that_is_tried_tells_what_it_would_take(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with a_lab(tmp_path, remote) as lab:
        for text in (TULIPS, CODE, TULIPS):
            await Person(lab).says(text)
        told = await tried(lab)
    assert (told.decisions, told.moved_decisions) == (3, 2)
    (move,) = [each for each in told.moves if each.decisions]
    assert (move.from_category, move.from_model) == ("conversation", "chat")
    assert (move.to_category, move.to_model) == ("garden", "cheap")
    assert TULIPS not in move.examples
    assert 60 < told.prompts < 80
    # 20,000 tokens read and 10 written, three times; two of them on the cheap model.
    assert float(told.cost_before_usd) == 0.02004 * 2 + 0.04004
    assert float(told.cost_after_usd) == 0.01004 * 2 + 0.04004


async def test_a_request_is_shown_where_texts_may_be_kept(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with a_lab(tmp_path, remote, env={"LLM_ROUTER_KEEP_TEXTS": "true"}) as lab:
        await Person(lab, extra={"stream": True}).says(TULIPS)
        told = await tried(lab)
    assert [list(move.examples) for move in told.moves if move.decisions] == [[TULIPS]]

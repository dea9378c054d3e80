"""What a category and a request's limits say, over gRPC before a core: set, unset, in use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask

from llm_router.errors import RouterClientError
from llm_router.v1 import config_categories_pb2 as pb
from tests.grpc_edge.test_config_categories import Service, serving

LAW = pb.Category(
    name="law",
    models=["glm-5", "gpt-4o-mini"],
    keywords=["court"],
    policy="balanced",
    quality={"z-ai/glm-5": 82, "gpt-4o-mini": 0},
    floor=0,
    thrift=0,
)


async def update_category(service: Service, category: pb.Category, *paths: str) -> pb.Category:
    mask = FieldMask(paths=paths) if paths else None
    asked = pb.UpdateCategoryRequest(category=category, update_mask=mask)
    changed: pb.Category = (await service("UpdateCategory", asked)).category
    return changed


async def refused(service: Service, rpc: str, request: Any) -> RouterClientError:
    try:
        await service(rpc, request)
    except RouterClientError as error:
        return error
    raise AssertionError("it was taken")


async def test_a_category_is_made_with_its_zeros_and_they_can_be_unset(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        made = (await service("CreateCategory", pb.CreateCategoryRequest(category=LAW))).category
        assert dict(made.quality) == {"glm-5": 82, "gpt-4o-mini": 0}
        assert (made.HasField("floor"), made.floor) == (True, 0)
        assert (made.HasField("thrift"), made.thrift) == (True, 0)

        changed = await update_category(service, pb.Category(name="law", floor=70))
        assert (changed.floor, changed.HasField("thrift")) == (70, True)
        bare = pb.Category(name="law")
        unset = await update_category(service, bare, "quality", "floor", "thrift")
        assert not unset.quality
        assert (unset.HasField("floor"), unset.HasField("thrift")) == (False, False)
        assert unset.policy == "balanced"
        shown = (await service("GetCategory", pb.GetCategoryRequest(name="law"))).category
        assert shown == unset
        assert unset.etag != changed.etag != made.etag


async def test_a_list_does_not_lose_a_model_of_which_something_is_said(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        await service("CreateCategory", pb.CreateCategoryRequest(category=LAW))
        shorter = pb.ReplaceModelsRequest(category="law", models=["glm-5"])

        error = await refused(service, "ReplaceModels", shorter)
        assert error.code.name == "INVALID_ARGUMENT"
        assert error.param == "categories.law.quality.gpt-4o-mini"
        both = pb.Category(name="law", models=["glm-5"], quality={"glm-5": 1})
        assert (await update_category(service, both)).models == ["glm-5"]


async def test_an_alias_that_a_limit_names_cannot_be_removed(tmp_path: Path) -> None:
    spare = pb.ModelAlias(alias="spare", id="lab/spare", quality=0, ttft_ms=900.5, tokens_per_s=60)
    limits = pb.RequestLimits(excluded_models=["spare"], max_cost_usd="0", max_ttft_ms=8000)
    config = pb.RouterConfig(limits=pb.Limits(per_request=limits))
    async with serving(tmp_path) as service:
        made = (await service("PutModel", pb.PutModelRequest(model=spare))).model
        assert (made.HasField("quality"), made.ttft_ms, made.tokens_per_s) == (True, 900.5, 60)
        changed = await service("UpdateConfig", pb.UpdateConfigRequest(config=config))
        assert changed.config.limits.per_request == pb.RequestLimits(
            excluded_models=["spare"], max_cost_usd="0", max_ttft_ms=8000, data_policy="allow"
        )

        gone = pb.DeleteModelRequest(alias="spare")
        error = await refused(service, "DeleteModel", gone)
        assert error.code.name == "FAILED_PRECONDITION"
        assert "spare is in use: limits.per_request.excluded_models" in error.message
        mask = FieldMask(paths=["limits.per_request"])
        unset = pb.UpdateConfigRequest(config=pb.RouterConfig(), update_mask=mask)
        shown = (await service("UpdateConfig", unset)).config.limits.per_request
        assert shown == pb.RequestLimits(data_policy="allow")
        assert await service.code("DeleteModel", gone) == "OK"


async def test_what_a_point_is_worth_can_be_set_and_unset(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        before = (await service("GetConfig", pb.GetConfigRequest())).config.policies
        told = pb.PolicySettings(thrift=0, usd_per_point=0.25, time_to="first_token")
        asked = pb.UpdateConfigRequest(config=pb.RouterConfig(policies=told))
        now = (await service("UpdateConfig", asked)).config.policies
        assert (now.thrift, now.usd_per_point, now.time_to) == (0, 0.25, "first_token")
        assert now.seconds_per_point == before.seconds_per_point
        mask = FieldMask(paths=["policies"])
        unset = pb.UpdateConfigRequest(config=pb.RouterConfig(), update_mask=mask)
        assert (await service("UpdateConfig", unset)).config.policies == before

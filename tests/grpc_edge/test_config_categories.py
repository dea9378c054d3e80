"""ConfigCategoriesService before a core without a socket: who may, what is asked, what is told."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from llm_router.errors import RouterClientError, error_from
from llm_router.v1 import config_categories_pb2 as pb
from llm_router.v1.config_categories_pb2_grpc import ConfigCategoriesServiceStub
from router_core.bootstrap import build_core
from router_core.settings import read_settings

ADMIN, CLIENT = "operators", "one"
LAW = pb.Category(name="law", models=["glm-5"], keywords=["court"])
READS: list[tuple[str, Message]] = [
    ("ListCategories", pb.ListCategoriesRequest()),
    ("GetCategory", pb.GetCategoryRequest(name="code")),
    ("GetConfig", pb.GetConfigRequest()),
    ("ListConfigVersions", pb.ListConfigVersionsRequest()),
]
CHANGES: list[tuple[str, Message]] = [
    ("CreateCategory", pb.CreateCategoryRequest(category=LAW)),
    ("UpdateCategory", pb.UpdateCategoryRequest(category=LAW)),
    ("ReplaceModels", pb.ReplaceModelsRequest(category="law", models=["glm-5"])),
    ("DeleteCategory", pb.DeleteCategoryRequest(name="law")),
    ("UpdateConfig", pb.UpdateConfigRequest(config=pb.RouterConfig(mode="keywords"))),
    ("PutModel", pb.PutModelRequest(model=pb.ModelAlias(alias="spare", id="lab/spare"))),
    ("DeleteModel", pb.DeleteModelRequest(alias="spare")),
    ("RollbackConfig", pb.RollbackConfigRequest(version=1)),
]


class Service:
    """The service of one core."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = ConfigCategoriesServiceStub(channel)

    async def __call__(self, rpc: str, request: Message, key: str = "") -> Any:
        """The answer; errors as `llm_router.errors.error_from` reads them."""
        metadata = [("authorization", f"Bearer {key}")] if key else []
        try:
            return await getattr(self._stub, rpc)(request, metadata=metadata, timeout=30)
        except grpc.aio.AioRpcError as error:
            raise error_from(error) from None

    async def code(self, rpc: str, request: Message, key: str = "") -> str:
        """The code that a call ends with."""
        try:
            await self(rpc, request, key)
        except RouterClientError as error:
            return error.code.name
        return "OK"


@contextlib.asynccontextmanager
async def serving(home: Path, **env: str) -> AsyncIterator[Service]:
    named = {f"LLM_ROUTER_{name}": value for name, value in env.items()}
    named["LLM_ROUTER_HOME"] = str(home)
    core = build_core(read_settings(named), named, demo=True)
    try:
        yield Service(core.in_process_channel())
    finally:
        await core.close()


async def test_who_may_where_there_are_both_kinds_of_keys(tmp_path: Path) -> None:
    async with serving(tmp_path, ADMIN_KEY=ADMIN, API_KEYS=CLIENT) as service:
        for rpc, request in (*READS, *CHANGES):
            for key in ("", CLIENT, "wrong"):
                assert await service.code(rpc, request, key) == "UNAUTHENTICATED", rpc
            assert await service.code(rpc, request, ADMIN) == "OK", rpc
        versions = (await service("ListConfigVersions", READS[3][1], ADMIN)).versions
        assert {version.author for version in versions[:-1]} == {"admin"}


async def test_who_may_where_clients_alone_have_keys(tmp_path: Path) -> None:
    async with serving(tmp_path, API_KEYS=CLIENT) as service:
        for rpc, request in READS:
            assert await service.code(rpc, request, CLIENT) == "OK", rpc
            assert await service.code(rpc, request) == "UNAUTHENTICATED", rpc
        for rpc, request in CHANGES:
            assert await service.code(rpc, request, CLIENT) == "PERMISSION_DENIED", rpc


async def test_without_keys_anyone_may_and_is_called_local(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        for rpc, request in (*READS, *CHANGES):
            assert await service.code(rpc, request) == "OK", rpc
        versions = (await service("ListConfigVersions", READS[3][1])).versions
        assert {version.author for version in versions[:-1]} == {"local"}


async def test_what_is_wrong_and_what_is_overridden_is_shown(tmp_path: Path) -> None:
    (tmp_path / "router_config.json").write_bytes(b"damaged")
    async with serving(tmp_path, MODE="keywords") as service:
        shown = await service("GetConfig", pb.GetConfigRequest())

    assert shown.config.mode == "keywords"
    assert shown.overrides[0].startswith("mode is keywords by LLM_ROUTER_MODE")
    assert shown.problems[0].endswith("the config in force is the built-in one")


@pytest.mark.parametrize(
    ("rpc", "request_", "param"),
    [
        ("CreateCategory", pb.CreateCategoryRequest(), "category.name"),
        ("UpdateCategory", pb.UpdateCategoryRequest(), "category.name"),
        ("ReplaceModels", pb.ReplaceModelsRequest(models=["glm-5"]), "category"),
        ("DeleteCategory", pb.DeleteCategoryRequest(), "name"),
        ("PutModel", pb.PutModelRequest(model=pb.ModelAlias(id="a/b")), "model.alias"),
        ("PutModel", pb.PutModelRequest(model=pb.ModelAlias(alias="a")), "model.id"),
        ("DeleteModel", pb.DeleteModelRequest(), "alias"),
    ],
)
async def test_a_name_that_is_missing_is_told(
    tmp_path: Path, rpc: str, request_: Message, param: str
) -> None:
    async with serving(tmp_path) as service:
        with pytest.raises(RouterClientError, match=f"{param} is missing") as caught:
            await service(rpc, request_)
        assert caught.value.param == param


async def test_lists_come_in_pages(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        await service("CreateCategory", pb.CreateCategoryRequest(category=LAW))
        for rpc, field, key in (
            ("ListCategories", "categories", "name"),
            ("ListConfigVersions", "versions", "version"),
        ):
            request = getattr(pb, f"{rpc}Request")
            told, token = [], ""
            while True:
                page = await service(rpc, request(page_size=1, page_token=token))
                told += [getattr(each, key) for each in getattr(page, field)]
                assert len(getattr(page, field)) == 1
                if not (token := page.next_page_token):
                    break
            whole = getattr(await service(rpc, request()), field)
            assert told == [getattr(each, key) for each in whole]
            assert len(told) > 1


async def test_an_empty_list_is_one_in_a_category_and_the_default_in_the_config(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as service:
        code = pb.Category(name="code")
        words = FieldMask(paths=["keywords"])
        asked = pb.UpdateCategoryRequest(category=code, update_mask=words)
        assert list((await service("UpdateCategory", asked)).category.keywords) == []
        everything = FieldMask(paths=["categories", "models", "providers"])
        changed = pb.UpdateConfigRequest(config=pb.RouterConfig(), update_mask=everything)
        config = (await service("UpdateConfig", changed)).config

    assert "python" in {word for each in config.categories for word in each.keywords}
    assert [provider.name for provider in config.providers] == ["openrouter"]


async def test_an_etag_that_is_not_the_last_one_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as service:
        for rpc, request in CHANGES:
            stale = type(request)()
            stale.CopyFrom(request)
            stale.etag = "0" * 16  # type: ignore[attr-defined]  # every change has it
            assert await service.code(rpc, stale) == "ABORTED", rpc

"""The endpoints that change the config: what they ask of the core, and what they answer."""

from __future__ import annotations

from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.projection import project
from rest_shim.core import OPERATOR_TIMEOUT_S
from tests.rest_shim.config_writes import CHANGE_JSON, CONFIG, GLM, LAW, WRITES, Write
from tests.rest_shim.scripted_core import Context, ScriptedCore, abort
from tests.rest_shim.scripted_core import config_categories_pb2 as pb

each_write = pytest.mark.parametrize("write", WRITES, ids=str)
WITH_BODY = [write for write in WRITES if write.body is not None]


def asked(write: Write, core: ScriptedCore) -> Any:
    """The one request that the core got since the last look."""
    (seen,) = core.seen
    core.seen.clear()
    assert seen.method == write.call
    return seen.request


def shown(write: Write) -> dict[str, Any]:
    """What of the answer is not its change."""
    if write.call in {"UpdateConfig", "RollbackConfig"}:
        return project(CONFIG) | {"etag": "e2"}
    if write.call == "PutModel":
        return project(GLM)
    return {} if write.body is None else project(LAW)


def refused(response: httpx.Response, status: int, param: str | None, words: str = "") -> None:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["param"] == param
    assert words in error["message"]


@each_write
async def test_a_change_is_asked_of_the_core_and_told(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    for prefix in ("", "/v1"):
        response = await write.send(client, prefix, headers={"authorization": "Bearer k"})
        assert response.status_code == write.status
        assert core.seen[0].metadata["authorization"] == "Bearer k"
        assert core.seen[0].time_remaining_s == pytest.approx(OPERATOR_TIMEOUT_S, abs=5)
        assert asked(write, core) == write.request
        assert response.headers.get("etag") == (f'"{write.etag}"' if write.etag else None)
        if write.status == 204:
            assert response.content == b""
        else:
            assert response.json() == shown(write) | {"change": CHANGE_JSON}


@each_write
async def test_a_dry_run_is_no_more_than_that(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    for value in ("true", "1"):
        response = await write.send(client, params={"dry_run": value})
        assert asked(write, core).validate_only
        assert response.status_code == 200
        assert response.json() == shown(write) | {"change": CHANGE_JSON}
        # An etag that nothing has yet would make the next If-Match fail.
        assert "etag" not in response.headers


@each_write
async def test_other_queries_make_the_change(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    for query in ("dry_run=false", "dry_run=0", "dry_run=False", "dry_run=0&dry_run=false"):
        response = await write.send(client, params=query)
        assert response.status_code == write.status
        assert not asked(write, core).validate_only


@each_write
async def test_a_dry_run_that_may_be_none_is_refused(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    for query in (
        "dry_run=",
        "dry_run=yes",
        "dryrun=true",
        "x=%00&dry_run=1",
        "dry_run=true&dry_run=false",
    ):
        refused(await write.send(client, params=query), 400, "dry_run")
    assert core.seen == []


@each_write
async def test_if_match_is_what_the_change_builds_on(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    etags = {
        '"0123abcd"': "0123abcd",
        "*": "",
        # None of these is equal to an etag of the core, which are hex digits alone.
        'W/"0123abcd"': 'W/"0123abcd"',
        '""': '""',
        '"*"': "*",
    }
    for header, etag in etags.items():
        response = await write.send(client, headers={"if-match": header})
        assert response.status_code == write.status
        assert asked(write, core).etag == etag


@each_write
async def test_an_if_match_that_makes_no_sense_is_refused(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    for header in ("0123abcd", '"a', '"a" "b"', '"a", "b"', "**", "", 'w/"a"', '"a b"', "'a'"):
        refused(await write.send(client, headers={"if-match": header}), 400, "If-Match")
    assert core.seen == []


async def test_a_second_if_match_is_refused(client: httpx.AsyncClient, core: ScriptedCore):
    headers = [("if-match", '"a"'), ("if-match", "*")]
    refused(await WRITES[0].send(client, headers=headers), 400, "If-Match")
    assert core.seen == []


REFUSALS = [
    (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST", 400),
    (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED", 401),
    (grpc.StatusCode.PERMISSION_DENIED, "ADMIN_KEY_NEEDED", 403),
    (grpc.StatusCode.NOT_FOUND, "CATEGORY_NOT_FOUND", 404),
    (grpc.StatusCode.NOT_FOUND, "CONFIG_VERSION_NOT_FOUND", 404),
    (grpc.StatusCode.ALREADY_EXISTS, "CATEGORY_EXISTS", 409),
    (grpc.StatusCode.ABORTED, "CONFIG_CONFLICT", 409),
    (grpc.StatusCode.FAILED_PRECONDITION, "CONFIG_LOCKED", 409),
]


@each_write
async def test_what_the_core_refuses_keeps_its_reason_and_path(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    for code, reason, status in REFUSALS:

        async def refuse(request: Any, context: Context) -> Any:
            await abort(context, code, "said by the core", reason=reason, param="models[0]")  # noqa: B023  # awaited before the next

        core.unary[write.call] = refuse
        for query in ("", "dry_run=1"):
            response = await write.send(client, params=query)
            refused(response, status, "models[0]", "said by the core")
            assert response.json()["error"]["code"] == reason.lower()


@pytest.mark.parametrize("write", WITH_BODY, ids=str)
async def test_a_body_that_is_no_json_object_is_refused(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    headers = {"content-type": "application/json"}
    bodies = {b"": "empty", b"{": "not JSON", b"[]": "JSON object", b'{"a":"\\ud800"}': "surrogate"}
    for body, words in bodies.items():
        response = await write.send(client, content=body, headers=headers)
        assert response.status_code == 400
        assert words in response.json()["error"]["message"]
    assert core.seen == []


@each_write
async def test_unknown_keys_are_refused(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    for key in ("validate_only", "modle", "dry_run", "update_mask"):
        response = await write.send(client, json=(write.body or {}) | {key: True})
        refused(response, 400, key, f"{key}: unknown key")
    assert core.seen == []


@pytest.mark.parametrize(
    ("method", "path", "body", "param", "words"),
    [
        ("POST", "/config/category", {"modles": []}, "modles", "did you mean 'models'?"),
        ("POST", "/config/category", {"name": 1}, "name", "must be a string"),
        ("PATCH", "/config/category/law", {"models": [1]}, "models[0]", "must be a string"),
        ("PATCH", "/config/category/law", {"name": "x"}, "name", "nothing is renamed"),
        ("PATCH", "/config/category/law", {"name": None}, "name", "nothing is renamed"),
        ("PUT", "/config/model/glm-5", {"alias": "x", "id": "i"}, "alias", "nothing is renamed"),
        ("PUT", "/config/model/glm-5", {"pricing": {"promt": "1"}}, "pricing.promt", "'prompt'"),
        ("PATCH", "/config", {"deadlines": {"idle": 1}}, "deadlines.idle", "did you mean 'idle_s'"),
        ("PATCH", "/config", {"categories": {}}, "categories", "must be a list"),
        ("POST", "/config/rollback", {"version": 1.5}, "version", "must be an integer"),
        ("POST", "/config/rollback", {"version": 2**63}, "version", "must be from"),
        ("POST", "/config/model-mapping", {"name": "law"}, "name", "unknown key"),
    ],
)
async def test_a_wrong_body_is_refused_with_its_path(
    method: str,
    path: str,
    body: dict[str, Any],
    param: str,
    words: str,
    client: httpx.AsyncClient,
    core: ScriptedCore,
):
    refused(await client.request(method, path, json=body), 400, param, words)
    assert core.seen == []


async def test_what_was_read_can_be_written_back(client: httpx.AsyncClient, core: ScriptedCore):
    core.answers("GetConfig", pb.GetConfigResponse(config=CONFIG, etag="e1"))
    core.answers("UpdateConfig", pb.UpdateConfigResponse(config=CONFIG, etag="e1"))
    core.answers("GetCategory", pb.GetCategoryResponse(category=LAW))
    core.answers("UpdateCategory", pb.UpdateCategoryResponse(category=LAW))
    core.answers("PutModel", pb.PutModelResponse(model=GLM))
    config = (await client.get("/config")).json()
    assert (await client.patch("/config", json=config)).status_code == 200
    assert core.seen[-1].request.config == CONFIG
    answer = (await client.patch("/config", json=config)).json()
    assert (await client.patch("/config", json=answer)).status_code == 200
    category = (await client.get("/config/category/law")).json()
    for again in (category, category | {"change": {}}):
        assert (await client.patch("/config/category/law", json=again)).status_code == 200
        assert core.seen[-1].request.category.models == ["glm-5"]
        mask = core.seen[-1].request.update_mask.paths
        told = ["models", "keywords", "description", "examples", "policy"]
        assert mask == [*told, "quality", "floor", "thrift"]
    model = (await client.put("/config/model/glm-5", json={"id": "z-ai/glm-5"})).json()
    assert (await client.put("/config/model/glm-5", json=model)).status_code == 200
    assert core.seen[-1].request.model == GLM


PATCHES = [write for write in WRITES if write.method == "PATCH"]


@pytest.mark.parametrize("write", PATCHES, ids=str)
async def test_the_etag_of_what_was_read_counts_when_it_is_written_back(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    body = (write.body or {}) | {"etag": "e1"}
    for headers, etag in (({}, "e1"), ({"if-match": '"e2"'}, "e2"), ({"if-match": "*"}, "")):
        assert (await write.send(client, json=body, headers=headers)).status_code == 200
        assert asked(write, core).etag == etag
    half = '{"etag": "\\ud800"}'
    json_type = {"content-type": "application/json"}
    assert (await write.send(client, content=half, headers=json_type)).status_code < 500
    core.seen.clear()
    await write.send(client, json=body | {"etag": None})
    assert asked(write, core).etag == ""
    refused(await write.send(client, json=body | {"etag": 1}), 400, "etag", "must be a string")


async def test_the_etag_of_another_category_may_stand_in_a_new_one(
    client: httpx.AsyncClient, core: ScriptedCore
):
    WRITES[0].script(core)
    body = (WRITES[0].body or {}) | {"etag": "c9"}
    assert (await WRITES[0].send(client, json=body)).status_code == 201
    assert asked(WRITES[0], core) == WRITES[0].request


async def test_null_goes_back_to_the_default(client: httpx.AsyncClient, core: ScriptedCore):
    core.answers("UpdateConfig", pb.UpdateConfigResponse(config=CONFIG))
    body = {"last_resort": None, "deadlines": {"idle_s": None}}
    assert (await client.patch("/config", json=body)).status_code == 200
    expected = pb.UpdateConfigRequest(config=pb.RouterConfig(deadlines=pb.Deadlines()))
    expected.update_mask.paths.extend(["last_resort", "deadlines.idle"])
    assert core.seen[0].request == expected


@pytest.mark.parametrize("path", ["/config", "/config/category/law"])
async def test_a_body_that_names_nothing_changes_nothing(
    path: str, client: httpx.AsyncClient, core: ScriptedCore
):
    core.answers("UpdateConfig", pb.UpdateConfigResponse(config=CONFIG))
    core.answers("UpdateCategory", pb.UpdateCategoryResponse(category=LAW))
    assert (await client.patch(path, json={})).status_code == 200
    # A mask that is not there would mean the fields that are.
    assert core.seen[0].request.HasField("update_mask")
    assert not core.seen[0].request.update_mask.paths


async def test_a_name_with_a_slash_is_for_the_core_to_refuse(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.answers("PutModel", pb.PutModelResponse(model=GLM))
    core.answers("DeleteModel", pb.DeleteModelResponse())
    await client.put("/config/model/z-ai/glm-5", json={"id": "i"})
    await client.delete("/config/model/z-ai%2Fglm-5")
    assert core.seen[0].request.model.alias == "z-ai/glm-5"
    assert core.seen[1].request.alias == "z-ai/glm-5"


async def test_versions_of_all_pages(client: httpx.AsyncClient, core: ScriptedCore):
    def page(*versions: int, token: str = "") -> pb.ListConfigVersionsResponse:
        listed = [
            pb.ConfigVersion(
                version=version,
                time=Timestamp(seconds=1_795_392_000),
                author="local",
                changes=["mode: keywords"],
                etag="e",
            )
            for version in versions
        ]
        return pb.ListConfigVersionsResponse(versions=listed, next_page_token=token)

    pages = {"": page(3, 2, token="2"), "2": page(1)}

    async def list_versions(request: Any, context: Context) -> Any:
        return pages[request.page_token]

    core.unary["ListConfigVersions"] = list_versions
    for path in ("/config/versions", "/v1/config/versions"):
        versions = (await client.get(path)).json()["versions"]
        assert [version["version"] for version in versions] == [3, 2, 1]
        assert versions[0] == {
            "version": 3,
            "time": "2026-11-23T00:00:00Z",
            "author": "local",
            "changes": ["mode: keywords"],
            "etag": "e",
        }

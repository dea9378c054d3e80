"""The fake Ollama has the manners that a client of it must cope with."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import aiohttp
import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.ollama import MODEL, QUEUE_FULL, FakeOllama, Fault


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def ollama(clock):
    async with FakeOllama(clock) as server:
        yield server


def chat(text: str = "hi", **fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}] if text else []
    return {"model": MODEL, "messages": messages, "stream": False, **fields}


async def post(
    client: aiohttp.ClientSession, ollama: FakeOllama, body: Any, path: str = "/api/chat"
) -> tuple[int, dict[str, Any]]:
    async with client.post(ollama.url + path, json=body) as response:
        return response.status, await response.json()


async def get(client: aiohttp.ClientSession, ollama: FakeOllama, path: str) -> Any:
    async with client.get(ollama.url + path) as response:
        return await response.json()


async def listed(client: aiohttp.ClientSession, ollama: FakeOllama) -> list[str]:
    return [model["name"] for model in (await get(client, ollama, "/api/ps"))["models"]]


async def leave(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_chat_is_answered_whole(client, ollama):
    ollama.says = "B"
    status, answer = await post(client, ollama, chat())
    assert status == 200
    assert answer["message"] == {"role": "assistant", "content": "B"}
    assert (answer["done"], answer["done_reason"]) == (True, "stop")
    assert ollama.asked[0].body["messages"][0]["content"] == "hi"


async def test_unless_told_otherwise_it_streams_lines(client, ollama):
    body = chat()
    del body["stream"]
    async with client.post(ollama.url + "/api/chat", json=body) as response:
        lines = [json.loads(line) for line in (await response.text()).splitlines()]
    assert [line["done"] for line in lines] == [False, True]
    assert response.content_type == "application/x-ndjson"


async def test_it_tells_of_itself(client, ollama):
    assert await get(client, ollama, "/api/version") == {"version": "0.33.0"}
    assert [m["name"] for m in (await get(client, ollama, "/api/tags"))["models"]] == [MODEL]
    async with client.get(ollama.url) as response:
        assert await response.text() == "Ollama is running"
    async with client.get(ollama.url + "/v9/models") as response:
        assert response.status == 404


async def test_a_generate_without_a_prompt_loads_and_so_does_a_chat_without_messages(
    client, ollama
):
    _, loaded = await post(client, ollama, {"model": MODEL}, "/api/generate")
    assert loaded["done_reason"] == "load"
    assert loaded["load_duration"] > 1e9
    _, again = await post(client, ollama, chat(""))
    assert again["done_reason"] == "load"
    assert again["load_duration"] < 1e8
    assert ollama.loads_done == 1
    assert await listed(client, ollama) == [MODEL]


async def test_a_generate_with_a_prompt_answers(client, ollama):
    body = {"model": MODEL, "prompt": "hi", "stream": False}
    assert (await post(client, ollama, body, "/api/generate"))[1]["response"] == "A"


async def test_an_idle_model_leaves_after_its_keep_alive(client, ollama, clock):
    await post(client, ollama, chat(keep_alive="10m"))
    clock.advance(599)
    assert await listed(client, ollama) == [MODEL]
    clock.advance(1)
    assert await listed(client, ollama) == []


@pytest.mark.parametrize(
    ("keep_alive", "kept_s"), [(None, 300), (90, 90), ("1h30m", 5400), ("1500ms", 1.5)]
)
async def test_keep_alive_is_read_in_all_its_forms(client, ollama, clock, keep_alive, kept_s):
    await post(client, ollama, chat(**({} if keep_alive is None else {"keep_alive": keep_alive})))
    clock.advance(kept_s - 1)
    assert MODEL in ollama.in_memory
    clock.advance(1)
    assert ollama.in_memory == {}


async def test_a_model_may_stay_for_ever_and_leave_when_told(client, ollama, clock):
    await post(client, ollama, chat(keep_alive=-1))
    clock.advance(1e9)
    assert await listed(client, ollama) == [MODEL]
    _, answer = await post(client, ollama, chat("", keep_alive=0))
    assert answer["done_reason"] == "unload"
    assert ollama.in_memory == {}


async def test_another_num_ctx_loads_anew(client, ollama):
    for num_ctx in (2048, 2048, 4096):
        await post(client, ollama, chat(options={"num_ctx": num_ctx}))
    assert ollama.loads_done == 2
    assert ollama.in_memory == {MODEL: 4096}


async def test_a_load_is_given_up_when_its_requester_leaves_and_begins_anew(client, ollama):
    ollama.may_load.clear()
    for count in (1, 2):
        asking = asyncio.create_task(post(client, ollama, chat()))
        await ollama.until(lambda count=count: ollama.loads_begun == count)
        await leave(asking)
        await ollama.until(lambda count=count: ollama.loads_given_up == count)
    assert ollama.in_memory == {}
    assert all(asked.left for asked in ollama.asked)


async def test_who_waited_for_anothers_load_loads_itself_when_that_is_given_up(client, ollama):
    ollama.may_load.clear()
    first = asyncio.create_task(post(client, ollama, chat()))
    await ollama.until(lambda: ollama.loads_begun == 1)
    second = asyncio.create_task(post(client, ollama, chat()))
    await ollama.until(lambda: len(ollama.asked) == 2)
    await leave(first)
    await ollama.until(lambda: ollama.loads_begun == 2)
    ollama.may_load.set()
    assert (await second)[0] == 200
    assert (ollama.loads_given_up, ollama.loads_done) == (1, 1)


async def test_the_list_of_models_waits_for_a_load(client, ollama):
    ollama.may_load.clear()
    asking = asyncio.create_task(post(client, ollama, chat()))
    await ollama.until(lambda: ollama.loads_begun == 1)
    listing = asyncio.create_task(listed(client, ollama))
    await ollama.until(lambda: len(ollama.asked) == 2)
    assert not listing.done()
    ollama.may_load.set()
    assert await listing == [MODEL]
    await asking


@pytest.mark.parametrize("parallel", [1, 2])
async def test_so_many_generations_run_at_once(client, clock, parallel):
    async with FakeOllama(clock, parallel=parallel) as ollama:
        ollama.may_generate.clear()
        asking = [asyncio.create_task(post(client, ollama, chat())) for _ in range(4)]
        await ollama.until(lambda: len(ollama.asked) == 4 and ollama.running == parallel)
        ollama.may_generate.set()
        await asyncio.gather(*asking)
        assert ollama.most_running == parallel


async def test_a_requester_that_leaves_frees_its_slot(client, ollama):
    ollama.may_generate.clear()
    asking = asyncio.create_task(post(client, ollama, chat()))
    await ollama.until(lambda: ollama.running == 1)
    await leave(asking)
    await ollama.until(lambda: ollama.running == 0)
    ollama.may_generate.set()
    assert (await post(client, ollama, chat()))[0] == 200


async def test_a_full_queue_is_told(client, clock):
    async with FakeOllama(clock, max_queue=1) as ollama:
        ollama.may_load.clear()
        first = asyncio.create_task(post(client, ollama, chat()))
        await ollama.until(lambda: ollama.loads_begun == 1)
        assert await post(client, ollama, chat()) == (503, {"error": QUEUE_FULL})
        ollama.may_load.set()
        await first


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"model": "nope:1b"}, 404, "model 'nope:1b' not found"),
        ({"think": True}, 400, f'"{MODEL}" does not support thinking'),
        ({"top_logprobs": 21}, 400, "top_logprobs must be between 0 and 20"),
    ],
)
async def test_what_it_refuses(client, ollama, fields, status, error):
    assert await post(client, ollama, chat(**fields)) == (status, {"error": error})


async def test_tokens_end_at_num_predict(client, ollama):
    ollama.says = lambda body: itertools.repeat("\n")
    _, answer = await post(client, ollama, chat(options={"num_predict": 7}))
    assert answer["message"]["content"] == "\n" * 7
    assert (answer["done_reason"], answer["eval_count"]) == ("length", 7)


async def test_without_num_predict_a_loop_ends_only_with_its_requester(client, ollama):
    ollama.says = lambda body: itertools.repeat("\n")
    asking = asyncio.create_task(post(client, ollama, chat()))
    await ollama.until(lambda: ollama.running == 1)
    await leave(asking)
    await ollama.until(lambda: ollama.running == 0)
    assert ollama.asked[0].left


async def test_log_probabilities_are_told_where_they_are_asked_for(client, ollama):
    ollama.says, ollama.odds = "B", {"B": 0.5, "A": 0.25, " B": 0.125}
    _, answer = await post(client, ollama, chat(logprobs=True, top_logprobs=2))
    (place,) = answer["logprobs"]
    assert (place["token"], place["bytes"]) == ("B", [66])
    assert [told["token"] for told in place["top_logprobs"]] == ["B", "A"]
    assert place["logprob"] == pytest.approx(-0.693, abs=1e-3)
    assert "logprobs" not in (await post(client, ollama, chat()))[1]


async def test_older_ones_know_nothing_of_log_probabilities(client, ollama):
    ollama.logprobs = "unknown"
    status, answer = await post(client, ollama, chat(logprobs=True, top_logprobs=5))
    assert (status, "logprobs" in answer) == (200, False)
    ollama.logprobs = "refused"
    assert (await post(client, ollama, chat(logprobs=True)))[0] == 400


async def test_a_thinker_thinks_unless_told_not_to(client, ollama):
    ollama.thinkers.add(MODEL)
    _, thought = await post(client, ollama, chat())
    assert thought["message"] == {"role": "assistant", "content": "", "thinking": "A"}
    _, answer = await post(client, ollama, chat(think=False))
    assert answer["message"] == {"role": "assistant", "content": "A"}


async def test_faults_come_first_and_once(client, ollama):
    ollama.faults += [Fault(500, "boom"), Fault(200, dies_after=3)]
    assert await post(client, ollama, chat()) == (500, {"error": "boom"})
    with pytest.raises(aiohttp.ClientPayloadError):
        await post(client, ollama, chat())
    assert (await post(client, ollama, chat()))[0] == 200


async def test_it_can_be_stopped_and_started_again(client, ollama):
    await post(client, ollama, chat())
    await ollama.refuse()
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(client, ollama, chat())
    await ollama.listen()
    assert ollama.in_memory == {}
    assert (await post(client, ollama, chat()))[0] == 200

"""Which tools the demo calls, when, and with what arguments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.demo.asking import (
    CONTEXT,
    READ,
    STRING,
    TOOL_TURN,
    a_tool,
    ask,
    calls_of,
    text_of,
)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("please read note.txt", ["read"]),
        ("READ it", ["read"]),
        ("use `get-weather` now", ["get-weather"]),
        ("what is in note.txt?", []),
        ("I am ready, already", []),
        ("a read-only folder", []),
        ("read_all of it", []),
        ("ls the folder", []),
        ("read note.txt, then get-weather", ["read", "get-weather"]),
    ],
)
async def test_a_tool_is_called_when_the_text_names_it_as_a_whole_word(
    text: str, called: list[str]
) -> None:
    tools = [READ, a_tool("get-weather"), a_tool("ls")]

    assert [name for name, _ in await calls_of(text, tools=tools)] == called


async def test_a_context_block_names_no_tool() -> None:
    assert await calls_of("hello", CONTEXT, tools=[READ]) == []


def a_choice(kind: str, name: str) -> dict[str, Any]:
    return {"type": kind, kind: {"name": name}}


def allowed(mode: str, *names: str) -> dict[str, Any]:
    tools = [a_choice("function", name) for name in names]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


@pytest.mark.parametrize(
    ("text", "choice", "called"),
    [
        ("hello", None, []),
        ("hello", "auto", []),
        ("hello", "required", ["read"]),
        ("search it", "required", ["search"]),
        ("read it", "none", []),
        ("read it", a_choice("function", "search"), ["search"]),
        ("hello", a_choice("function", "nope"), []),
        ("hello", allowed("required", "search"), ["search"]),
        ("hello", allowed("auto", "search"), []),
        ("read, then search", allowed("auto", "search"), ["search"]),
    ],
)
async def test_tool_choice_forces_forbids_or_narrows(
    text: str, choice: Any, called: list[str]
) -> None:
    tools = [READ, a_tool("search", ("query",), query={"type": "string"})]

    said = await calls_of(text, tools=tools, tool_choice=choice)

    assert [name for name, _ in said] == called


@pytest.mark.parametrize("tail", [[], [CONTEXT]], ids=["plain", "with a context message"])
@pytest.mark.parametrize("choice", ["auto", "required", a_choice("function", "read")])
async def test_after_a_tools_result_it_never_calls_but_quotes_the_result(
    tail: list[dict[str, Any]], choice: Any
) -> None:
    body = {"tools": [READ], "tool_choice": choice}

    assert await calls_of(*TOOL_TURN, *tail, **body) == []
    text = await text_of(*TOOL_TURN, *tail, **body)
    assert "The tool read returned: the secret word is BANANA" in text
    assert "demo provider" in text


async def test_an_image_that_a_tool_returned_is_no_user_turn() -> None:
    image = {
        "role": "user",
        "content": [
            {"type": "text", "text": "Image(s) from tool result #1 (read):"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        ],
    }

    assert await calls_of(*TOOL_TURN, image, CONTEXT, tools=[READ]) == []
    assert "BANANA" in await text_of(*TOOL_TURN, image, CONTEXT, tools=[READ])


async def test_what_the_user_types_after_a_result_may_call_again() -> None:
    assert [n for n, _ in await calls_of(*TOOL_TURN, "read b.txt", tools=[READ])] == ["read"]


async def test_an_answered_result_is_not_quoted_again() -> None:
    done = {"role": "assistant", "content": "BANANA it is"}

    assert "BANANA" not in await text_of(*TOOL_TURN, done, "thanks", tools=[READ])
    assert "BANANA" not in await text_of(*TOOL_TURN, done, tools=[READ])
    assert await calls_of(*TOOL_TURN, done, tools=[READ]) == []


async def test_every_result_of_a_parallel_call_is_quoted_in_order_and_in_part() -> None:
    results = [{"role": "tool", "tool_call_id": "c1", "content": f"r{n}" * 999} for n in range(6)]
    text = await text_of(*TOOL_TURN[:2], *results)

    assert text.index("r0") < text.index("r1") < text.index("r3")
    assert "r4" not in text
    assert "2 more results" in text
    assert len(text) < 3_000


async def test_no_more_than_one_tool_is_called_where_parallel_calls_are_off() -> None:
    body = {"tools": [READ, a_tool("search")], "parallel_tool_calls": False}

    assert len(await calls_of("read and search", **body)) == 1


async def test_a_call_has_no_text_and_says_so_in_the_finish_reason() -> None:
    choice = (await ask("read a.txt", tools=[READ]))["choices"][0]

    assert choice["message"]["content"] is None
    assert choice["finish_reason"] == "tool_calls"


async def test_a_custom_tool_gets_text_as_its_input() -> None:
    tool = {"type": "custom", "custom": {"name": "shell"}}
    message = (await ask("run shell", tools=[tool]))["choices"][0]["message"]

    call = message["tool_calls"][0]
    assert (call["type"], call["custom"]["name"]) == ("custom", "shell")
    assert isinstance(call["custom"]["input"], str)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("please read note.txt", "note.txt"),
        ("read src/app/main.py: it is broken", "src/app/main.py"),
        ("read the docs, e.g. those", "README.md"),
        ("read https://example.com/page.html", "README.md"),
        ("read it", "README.md"),
    ],
)
async def test_a_file_is_the_one_that_the_user_named(text: str, path: str) -> None:
    assert await calls_of(text, tools=[READ]) == [("read", {"path": path})]


@pytest.mark.parametrize("name", ["write", "edit_file", "delete", "str_replace_editor", "rm_tree"])
async def test_a_tool_that_changes_files_never_gets_the_users_own(name: str) -> None:
    tool = a_tool(name, ("path", "folder"), path=STRING, folder=STRING)
    ((_, arguments),) = await calls_of(f"{name} note.txt", tools=[tool])

    assert arguments == {"path": "llm-router-demo.txt", "folder": "llm-router-demo"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filePath", "a.md"),
        ("file_name", "a.md"),
        ("profile", "demo"),
        ("dirPath", "."),
        ("work_dir", "."),
        ("direction", "demo"),
        ("location", "New York"),
        ("velocity", "demo"),
        ("query", "use tool on a.md in New York"),
        ("command", "echo demo"),
        ("description", "demo"),
        ("url", "https://example.com/"),
    ],
)
async def test_texts_suit_the_names_of_their_properties(name: str, value: str) -> None:
    tool = a_tool("tool", (name,), **{name: STRING})
    text = "use tool on a.md in New York"

    assert await calls_of(text, tools=[tool]) == [("tool", {name: value})]


async def test_only_required_properties_are_given() -> None:
    tool = a_tool("search", ("limit",), limit={"type": "integer", "minimum": 5}, force=STRING)

    assert await calls_of("search", tools=[tool]) == [("search", {"limit": 5})]


@pytest.mark.parametrize("schema", [None, {}, True, [], {"type": "string"}, {"required": ["a"]}])
async def test_arguments_are_an_object_whatever_the_schema(schema: Any) -> None:
    tool = {"type": "function", "function": {"name": "search", "parameters": schema}}
    ((_, arguments),) = await calls_of("search", tools=[tool])

    assert isinstance(arguments, dict)

"""What is remembered of conversations outlives the router, or it says that it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.lab import Lab, Person, a_lab
from tests.fakes.upstream import FakeUpstream

CODE = "Write a Python function that reverses a linked list"
WHY = "Why does the moon always show the same side to the earth? Explain step by step"


def files(home: Path, name: str = "router.db*") -> list[Path]:
    return sorted(home.glob(name))


def chmod(home: Path, folder: int, file: int) -> None:
    home.chmod(folder)
    for path in home.iterdir():
        path.chmod(file)


async def warnings(lab: Lab) -> str:
    got = await lab.http.get("/readyz")
    assert got.status_code == 200
    return "\n".join(got.json().get("warnings", ()))


@pytest.mark.parametrize("headers", [{}, {"x-session-id": "s"}], ids=["history", "id"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_conversation_goes_on_after_a_restart(
    tmp_path: Path, remote: FakeUpstream, headers: dict[str, str], stream: bool
) -> None:
    extra = {"stream": stream}
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        person = Person(lab, headers, extra)
        await person.says(CODE)
        first = await person.says("yes")
        elsewhere = await Person(lab, headers={"x-session-id": "other"}).says("hello")
    for _ in range(2):
        async with a_lab(tmp_path, remote, writes_files=True) as lab:
            assert await warnings(lab) == ""
            person = Person(lab, headers, extra, person.messages)
            shown = await person.route("and in Java?")
            assert (shown["session"]["known"], shown["model"]) == (True, "code")
            assert "tokens read again" in (await person.route(WHY))["explanation"]
            got = await person.says("and in Java?")
            assert (got.model, got.reason, got.thread) == ("code", "session_kept", first.thread)
            assert got.thread != elsewhere.thread


async def test_a_tool_loop_goes_on_after_a_restart(tmp_path: Path, remote: FakeUpstream) -> None:
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        person = Person(lab)
        lab.calls = ['{"at": "the harbour"}']
        assert (await person.says(CODE)).model == "code"
    person.messages.append({"role": "tool", "tool_call_id": "call_0", "content": "a boat"})
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        person.lab = lab
        lab.lists(code=["think", "code"])
        got = await person.goes_on()
        assert (got.model, got.reason) == ("code", "tool_loop")


async def test_the_file_is_for_its_owner_alone_and_holds_no_text(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        person = Person(lab, headers={"x-session-id": "my-own-session"})
        await person.says(CODE)
        assert {path.stat().st_mode & 0o777 for path in files(tmp_path)} == {0o600}
    held = b"".join(path.read_bytes() for path in files(tmp_path))
    for text in (b"my-own-session", b"linked list", b"This is answer"):
        assert text not in held


@pytest.mark.parametrize("damage", [b"", b"this is no database" * 500, None])
async def test_a_damaged_file_is_put_aside_and_said_and_serving_goes_on(
    tmp_path: Path, remote: FakeUpstream, damage: bytes | None
) -> None:
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        person = Person(lab)
        await person.says(CODE)
    path = tmp_path / "router.db"
    whole = path.read_bytes()
    half = whole[:100] + bytes(len(whole) - 100)
    path.write_bytes(half if damage is None else damage)
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        said, aside = await warnings(lab), files(tmp_path, "router.db.corrupt-*")
        if damage == b"":  # nothing is lost but what was remembered, and it is no damage
            assert (said, aside) == ("", [])
        else:
            assert len(aside) == 1
            assert aside[0].name in said
        person.lab = lab
        assert not (await person.route("yes"))["session"]["known"]
        await person.says(CODE)
        assert (await person.says("yes")).reason == "session_kept"
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        assert await warnings(lab) == ""
        person.lab = lab
        assert (await person.says("yes")).reason == "session_kept"


async def test_a_file_that_is_removed_while_it_runs_is_written_anew(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        person = Person(lab)
        await person.says(CODE)
        for path in files(tmp_path):
            path.unlink()
        assert (await person.says("yes")).reason == "session_kept"
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        person.lab = lab
        assert (await person.says("yes")).reason == "session_kept"


async def test_in_a_read_only_home_it_serves_and_says_what_is_lost(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        person = Person(lab)
        await person.says(CODE)
    chmod(tmp_path, 0o500, 0o400)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("whoever runs this may write anywhere")
    try:
        async with a_lab(tmp_path, remote, writes_files=True) as lab:
            assert "what is known of conversations ends with this process" in await warnings(lab)
            person.lab = lab
            got = await person.says("yes")
            assert (got.model, got.reason) == ("code", "session_kept"), "what was kept is read"
            assert (await person.says("and in Java?")).reason == "session_kept"
    finally:
        chmod(tmp_path, 0o700, 0o600)
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        person.lab = lab
        assert (await person.route("yes"))["session"]["known"]


async def test_a_home_without_room_for_a_database_serves_and_says_what_is_lost(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    (tmp_path / "router.db").mkdir()
    async with a_lab(tmp_path, remote, writes_files=True) as lab:
        assert "what is known of conversations ends with this process" in await warnings(lab)
        person = Person(lab)
        await person.says(CODE)
        assert (await person.says("yes")).reason == "session_kept"

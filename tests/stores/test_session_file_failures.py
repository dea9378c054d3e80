"""Conversations while their file fails: what goes on, what is told and what is lost."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from router_core.stores import session_file
from router_core.stores.session_text import render
from tests.stores.sessions import ASIDE, a_name, a_session, change, known, opened, put, rows

ROOT = Path(__file__).parents[2]
ENDS = "what is known of conversations ends with this process"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.db"


def spoil(path: Path, how: str) -> None:
    content = path.read_bytes()
    path.write_bytes({"garbage": b"\x01garbage" * 999, "half a header": content[:50]}[how])


@pytest.mark.parametrize("how", ["garbage", "half a header"])
def test_a_damaged_store_is_put_aside_and_its_key_with_it(how: str, path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1)
        key = file.key
    spoil(path, how)

    with opened(path) as file:
        assert file.key != key
        assert file.names == 0
        assert ASIDE in file.problem
        put(file, "a", 2)
    with opened(path) as file:
        assert known(file, range(3)) == [2]
        assert file.problem == ""


def test_of_a_store_that_is_damaged_while_it_runs_nothing_is_lost(path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1, 2)
        file.flush()
        key, connection = file.key, file._database._connection
        assert connection is not None
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096 * 6)
        connection.execute("PRAGMA shrink_memory")
        put(file, "a", 3)
        file.flush()

        assert ASIDE in file.problem
    with opened(path) as file:
        assert file.key == key
        assert known(file, range(5)) == [1, 2, 3]


def test_of_a_store_that_is_removed_while_it_runs_nothing_is_lost(path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1)
        file.flush()
        key = file.key
        path.unlink()
        put(file, "a", 2)

    with opened(path) as file:
        assert (file.key, known(file, range(5))) == (key, [1, 2])


def test_of_a_store_that_another_part_put_aside_nothing_is_lost(path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1)
        file.flush()
        key = file.key
        for suffix in ("-wal", "-shm", ""):
            Path(f"{path}{suffix}").rename(path.parent / f"aside{suffix}")

    with opened(path) as file:
        assert (file.key, known(file, range(5))) == (key, [1])


def test_where_it_cannot_be_written_it_goes_on_in_memory_until_it_can(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "gone" / "router.db"
    with caplog.at_level(logging.WARNING), opened(path) as file:
        put(file, "a", 1)
        file.flush()
        file.flush()
        assert file.problem == f"cannot use {path} (No such file or directory): {ENDS}"
        assert len(caplog.records) == 1
        path.parent.mkdir()
        file.flush()

        assert file.problem == ""
        key = file.key
    with opened(path) as file:
        assert (file.key, known(file, range(3))) == (key, [1])


def test_what_cannot_be_written_for_long_does_not_grow_without_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_file, "_MOST_PENDING", 5)
    with opened(path, limit=3) as file:
        put(file, "old", 1)
        file.flush()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for n in range(10, 50):
                put(file, str(n), n)
                file.flush()
            assert len(file._pending) <= 5
            assert f"(database is locked): {ENDS}" in file.problem
        file.flush()
        assert file.problem == ""

    with opened(path, limit=3) as file:
        assert known(file, range(50)) == [47, 48, 49]


def test_a_newer_routers_store_is_left_alone(path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1)
    change(path, "PRAGMA user_version = 7")
    before = path.read_bytes()

    with opened(path) as file:
        put(file, "b", 2)
        file.flush()
        assert known(file, range(3)) == [2]
        assert f"a newer version of LLM Router made it): {ENDS}" in file.problem
    assert path.read_bytes() == before


def test_with_another_key_what_others_named_is_forgotten(path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1)
        key = file.key
    change(path, "UPDATE meta SET value = 'short'")

    with opened(path) as file:
        assert file.key != key
        assert file.names == 0
    assert rows(path) == []


def test_two_on_one_file_keep_each_their_own_memory(path: Path) -> None:
    with opened(path) as one, opened(path) as other:
        assert one.key == other.key
        for n in range(20):
            put(one, "a", n)
            put(other, "b", 100 + n)
            one.flush()
            other.flush()
        assert known(one, range(200)) == list(range(20))
        assert (one.problem, other.problem) == ("", "")

    with opened(path) as file:
        assert known(file, range(200)) == [*range(20), *range(100, 120)]


def test_while_another_writes_it_waits_for_its_turn(path: Path) -> None:
    with opened(path) as file:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            put(file, "a", 1)
            file.flush()
            assert "database is locked" in file.problem
        file.flush()

        assert file.problem == ""
        assert len(rows(path)) == 1


def test_a_start_while_another_writes_knows_what_is_there(path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1)
        key = file.key
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with opened(path) as file:
            assert (file.key, known(file, range(3))) == (key, [1])
            assert file.problem == ""


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_may_not_be_written_is_read(what: str, path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1)
        key = file.key
    spot = path if what == "file" else path.parent
    mode = spot.stat().st_mode
    spot.chmod(mode & 0o555)
    try:
        with opened(path) as file:
            put(file, "a", 2)
            file.flush()
            assert (file.key, known(file, range(3))) == (key, [1, 2])
            assert ENDS in file.problem
            spot.chmod(mode)
            file.flush()
            assert file.problem == ""
    finally:
        spot.chmod(mode)

    with opened(path) as file:
        assert (file.key, known(file, range(3))) == (key, [1, 2])


def test_what_cannot_be_written_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as file:
        put(file, "a", 1)
        key = file.key
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", lambda *_: False)
        with opened(path) as file:
            assert (file.key, known(file, range(3))) == (key, [1])
            assert file.problem == f"cannot use {path} (it is read-only): {ENDS}"
            put(file, "b", 2)
            patched.undo()
            file.flush()
            assert file.problem == ""

    with opened(path) as file:
        assert (file.key, known(file, range(3))) == (key, [1, 2])


KILLED = """
import sys
from pathlib import Path
from router_core.stores.database import Database
from router_core.stores.session_file import SessionFile
from tests.stores.sessions import a_name, a_session
file = SessionFile(Database(Path(sys.argv[1])), lambda: 1000, interval_s=0.0)
for n in range(10**9):
    file.put((a_name(n),), a_session(str(n // 4)))
    if n % 100 == 0:
        file.flush()
        print(n, flush=True)
"""


def test_a_process_that_is_killed_leaves_what_it_had_written(path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 2000:
                process.send_signal(signal.SIGKILL)
                break
        last = int((line, *process.stdout)[-1])
    assert process.returncode == -signal.SIGKILL

    with opened(path, limit=1000) as file:
        assert (file.problem, last in known(file, range(last + 1))) == ("", True)
        put(file, "new", 10**9)


GOOD = render(a_session())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        GOOD[:-1],
        GOOD.replace("1200", "1200.0"),
        GOOD.replace("1200", "true"),
        GOOD.replace("1200", '"1200"'),
        GOOD.replace('"code"', "null"),
        GOOD.replace('"code",', ""),
        GOOD.replace("]", ",1]"),
        GOOD.replace("]", ',"a","b",1,1.0,"a","b",1,1.0,"a","b",1,1.0]'),
        GOOD.replace("code", "\ud800"),
        b"\xff\xfe",
        5,
    ],
)
def test_a_row_that_makes_no_sense_is_left_out_and_told(
    text: object, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(path) as file:
        put(file, "a", 1, 2)
    if isinstance(text, str):
        text = text.encode(errors="surrogatepass")
    change(path, "UPDATE sessions SET session = CAST(? AS TEXT) WHERE name = ?", text, a_name(1))

    with caplog.at_level(logging.WARNING), opened(path) as file:
        assert known(file, range(3)) == [2]
        assert file.problem == f"{path}: 1 sessions made no sense and are left out"
        assert caplog.messages == [file.problem]
    assert [name for name, _ in rows(path)] == [a_name(2)]


def test_a_name_that_makes_no_sense_is_left_out(path: Path) -> None:
    with opened(path) as file:
        put(file, "a", 1, 2)
    change(path, "UPDATE sessions SET name = 'text' WHERE name = ?", a_name(1))

    with opened(path) as file:
        assert (file.names, "1 sessions made no sense" in file.problem) == (1, True)
    assert len(rows(path)) == 1


def test_a_session_that_has_no_place_in_json_is_kept_in_memory(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), opened(path) as file:
        file.put((a_name(1),), a_session(preamble=2**64))
        put(file, "a", 2)
        file.flush()
        assert known(file, range(3)) == [1, 2]

    assert [name for name, _ in rows(path)] == [a_name(2)]
    assert len(caplog.records) == 1


STARTED = """
import sys
from pathlib import Path
from router_core.stores.database import Database
from router_core.stores.session_file import SessionFile
from tests.stores.sessions import a_name, a_session
sys.stdin.read()
database = Database(Path(sys.argv[1]), busy_s=30.0)
file = SessionFile(database, lambda: 1000)
file.put((a_name(int(sys.argv[2])),), a_session(sys.argv[2]))
file.close()
database.close()
print(file.key.hex(), database.failure)
"""


@pytest.mark.parametrize("content", [None, b"\x01garbage" * 999])
def test_processes_that_start_together_share_one_file(path: Path, content: bytes | None) -> None:
    if content:
        path.write_bytes(content)
    pipe = subprocess.PIPE
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", STARTED, str(path), str(n)],
                    stdin=pipe,
                    stdout=pipe,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    cwd=ROOT,
                )
            )
            for n in range(3)
        ]
        for process in started:
            assert process.stdin is not None
            process.stdin.close()
        told = {process.stdout.read() for process in started if process.stdout}

    with opened(path) as file:
        assert told == {f"{file.key.hex()} \n"}
        assert known(file, range(5)) == [0, 1, 2]
    assert len(list(path.parent.glob("*corrupt*"))) == (1 if content else 0)

"""How somebody else's ledger is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from router_core.errors import ConfigError
from router_core.stores.ledger_trace import read_ledger
from tests.stores.ledger import a_record, opened

RECORDS = [a_record(n) for n in range(5)]


def test_the_newest_are_read_oldest_first_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    with opened(path) as ledger:
        for record in RECORDS:
            ledger.record(record)
        ledger.flush()
    assert read_ledger(path, 3) == RECORDS[2:]
    assert read_ledger(path, 100) == RECORDS
    assert [each.name for each in tmp_path.iterdir()] == ["router.db"]


def test_what_a_running_router_has_just_written_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    with opened(path) as ledger:
        ledger.record(RECORDS[0])
        ledger.flush()
        assert read_ledger(path, 100) == RECORDS[:1]
        ledger.record(RECORDS[1])
        ledger.flush()
        assert read_ledger(path, 100) == RECORDS[:2]


def test_a_folder_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read_ledger(tmp_path, 1)

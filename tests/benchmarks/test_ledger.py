"""The measuring of the ledger asks it everything; nothing here is timed."""

from __future__ import annotations

import pytest

from benchmarks import ledger
from benchmarks.options import Options


def test_it_asks_by_every_dimension(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_QUICK_REQUESTS", 200)
    monkeypatch.setattr(ledger, "_RECORDED", 20)

    table = ledger.run(Options(rounds=1, quick=True))

    measures = {row.measure for row in table.rows}
    for span in ("all", "last 24 h", "odd range"):
        for by in ("", " by category", " by session"):
            assert f"sums, {span}{by}" in measures
    assert all(row.values["router.db"].median >= 0 for row in table.rows)
    assert table.errors == ()

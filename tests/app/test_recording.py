"""Who takes note of a request does so whatever becomes of the others."""

from __future__ import annotations

import logging

import pytest

from router_core.app.recording import Recording
from router_core.decide.records import RequestRecord
from tests.app.ended import a_record
from tests.app.rig import ListLedger


class Broken:
    def record(self, record: RequestRecord) -> None:
        raise ValueError(record.id)


def test_one_that_fails_harms_no_other_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    before, after = ListLedger(), ListLedger()
    with caplog.at_level(logging.ERROR):
        Recording((before, Broken(), after)).record(a_record("req_7"))
    assert [kept.records[0].id for kept in (before, after)] == ["req_7", "req_7"]
    assert caplog.messages == ["Broken took no note of a request: ValueError"]

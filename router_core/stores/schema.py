"""The tables of `router.db`, version by version."""

from __future__ import annotations

from typing import Final

__all__ = ["VERSIONS"]

_BEFORE: Final = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
        # `used` grows with each write: the order of use, whatever the clock did.
        """CREATE TABLE sessions (
            used INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE,
            session TEXT NOT NULL, passed INTEGER NOT NULL
        )""",
    ),
    (
        """CREATE TABLE config_versions (
            number INTEGER PRIMARY KEY, told TEXT NOT NULL, document BLOB NOT NULL
        )""",
    ),
)
_LEDGER: Final = (
    # `number` grows with each write. Moments are in microseconds since 1970, in UTC, and
    # durations in milliseconds; money is a decimal number in USD, NULL where it is not known.
    """CREATE TABLE requests (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL, time INTEGER NOT NULL,
        operation TEXT NOT NULL, category TEXT NOT NULL, model TEXT NOT NULL,
        provider TEXT NOT NULL, mode TEXT NOT NULL, reason TEXT NOT NULL, status TEXT NOT NULL,
        error_class TEXT NOT NULL, caller TEXT NOT NULL, session TEXT NOT NULL,
        streamed INTEGER NOT NULL, latency_ms REAL NOT NULL,
        ttft_ms REAL, overhead_ms REAL, agreed INTEGER, has_baseline INTEGER NOT NULL,
        best_single_usd TEXT, dearest_usd TEXT, stages TEXT NOT NULL, traceparent TEXT NOT NULL
    )""",
    # `kind` is "answer", or "classifier" for the calls that classified the request.
    """CREATE TABLE attempts (
        request INTEGER NOT NULL, kind TEXT NOT NULL, position INTEGER NOT NULL,
        model TEXT NOT NULL, provider TEXT NOT NULL, outcome TEXT NOT NULL,
        began_ms REAL NOT NULL, latency_ms REAL NOT NULL, cost_usd TEXT,
        cost_source TEXT NOT NULL, http_status INTEGER, generation_id TEXT NOT NULL,
        sent INTEGER NOT NULL, expected_usd TEXT,
        prompt_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
        cached_audio_tokens INTEGER NOT NULL, cache_write_tokens INTEGER NOT NULL,
        cache_write_1h_tokens INTEGER NOT NULL, audio_tokens INTEGER NOT NULL,
        image_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
        reasoning_tokens INTEGER NOT NULL, audio_output_tokens INTEGER NOT NULL,
        image_output_tokens INTEGER NOT NULL, searches INTEGER NOT NULL, reported_usd TEXT,
        PRIMARY KEY (request, kind, position)
    ) WITHOUT ROWID""",
    "CREATE INDEX requests_by_time ON requests (time)",
    "CREATE INDEX requests_by_category ON requests (category)",
    "CREATE INDEX requests_by_model ON requests (model)",
    "CREATE INDEX requests_by_status ON requests (status)",
    "CREATE INDEX requests_by_caller ON requests (caller)",
    "CREATE INDEX requests_by_session ON requests (session)",
    # Sums over the requests up to the number in `meta`, by buckets of `seconds` that begin
    # at `bucket`, in seconds since 1970. The dimension "" is all of them.
    """CREATE TABLE sums (
        seconds INTEGER NOT NULL, dimension TEXT NOT NULL, bucket INTEGER NOT NULL,
        value TEXT NOT NULL, requests INTEGER NOT NULL, spent_usd TEXT NOT NULL,
        totals TEXT NOT NULL, PRIMARY KEY (seconds, dimension, bucket, value)
    ) WITHOUT ROWID""",
    # What each process has written last, by its own count; so that it knows what a commit
    # of unclear outcome has written. `time` is when, as above.
    """CREATE TABLE writers (
        id BLOB PRIMARY KEY, last INTEGER NOT NULL, time INTEGER NOT NULL
    ) WITHOUT ROWID""",
)

VERSIONS: Final = (*_BEFORE, _LEDGER)
"""What each version of the schema adds to the one before; they are only ever added to.

Not a blank of a released one may change: files are compared with them.
"""

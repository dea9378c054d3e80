"""The figures over labelled texts, and how the files of such texts are read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.cli.evaluation import (
    BINS,
    Labelled,
    Outcome,
    Report,
    calibration,
    read_labelled,
    report,
)
from router_core.errors import ConfigError


def report_of(*pairs: tuple[str, str], confidence: float = 1.0) -> Report:
    """The figures of texts, each by its label and what it was classified as."""
    rows = [Labelled(text="x", category=label) for label, _ in pairs]
    outcomes = [Outcome(category=chosen, confidence=confidence) for _, chosen in pairs]
    return report(rows, outcomes, cpu_s=None)


MIXED = (("code", "code"), ("code", "code"), ("code", "chat"), ("chat", "chat"), ("chat", "maths"))


def test_the_figures_of_a_category() -> None:
    code, chat = sorted(report_of(*MIXED).categories, key=lambda c: -c.texts)
    assert (code.name, code.texts) == ("code", 3)
    assert (code.precision, code.recall, code.f1) == pytest.approx((1.0, 2 / 3, 0.8))
    assert (chat.name, chat.texts) == ("chat", 2)
    assert (chat.precision, chat.recall, chat.f1) == pytest.approx((0.5, 0.5, 0.5))


def test_accuracy_counts_texts_and_macro_f1_categories() -> None:
    told = report_of(*MIXED)
    assert told.accuracy == pytest.approx(3 / 5)
    assert told.macro_f1 == pytest.approx((0.8 + 0.5) / 2), "of the labels, not of what was chosen"


def test_the_confusion_is_by_label_then_by_what_it_was_classified_as() -> None:
    assert report_of(*MIXED).confusion == {
        "code": {"code": 2, "chat": 1},
        "chat": {"chat": 1, "maths": 1},
    }


def test_a_category_that_never_comes_out_has_no_precision() -> None:
    (code,) = report_of(("code", "chat")).categories
    assert (code.precision, code.recall, code.f1) == (0.0, 0.0, 0.0)


def test_one_answer_for_each_text() -> None:
    with pytest.raises(ValueError, match="shorter"):
        report(
            [Labelled(text="x", category="code")] * 2,
            [Outcome(category="code", confidence=1)],
            cpu_s=None,
        )


def test_the_shares_by_language_and_source_come_largest_first() -> None:
    rows = [
        Labelled(text="x", category="code", lang=lang, source=source)
        for lang, source in (("fr", "b"), ("en", "b"), ("en", "a"))
    ]
    chosen = ["code", "code", "chat"]
    outcomes = [Outcome(category=name, confidence=0.5) for name in chosen]
    told = report(rows, outcomes, cpu_s=None)
    assert [(g.name, g.texts, g.accuracy) for g in told.languages] == [
        ("en", 2, 0.5),
        ("fr", 1, 1.0),
    ]
    assert [(g.name, g.texts, g.accuracy) for g in told.sources] == [("b", 2, 1.0), ("a", 1, 0.0)]


def test_who_decided_and_why_others_did_not_is_counted() -> None:
    rows = [Labelled(text="x", category="code")] * 3
    outcomes = [
        Outcome(category="code", confidence=1, source="ollama"),
        Outcome(category="code", confidence=1, source="keywords", fallbacks=("ollama: slow",)),
        Outcome(
            category="code", confidence=1, source="keywords", fallbacks=("ollama: slow", "api: off")
        ),
    ]
    told = report(rows, outcomes, cpu_s=None)
    assert told.decided_by == {"ollama": 1, "keywords": 2}
    assert told.fallbacks == {"ollama: slow": 2, "api: off": 1}
    assert (
        "decided by  keywords 2, ollama 1\nfell back   ollama: slow 2, api: off 1" in told.as_text()
    )


@pytest.mark.parametrize(
    ("times", "median", "p95"),
    [([7], 7, 7), ([1, 3], 2, 3), (range(1, 101), 50.5, 95), (range(1, 20), 10, 19)],
)
def test_the_times(times: Sequence[int], median: float, p95: float) -> None:
    rows = [Labelled(text="x", category="code")] * len(times)
    outcomes = [Outcome(category="code", confidence=1, elapsed_us=t) for t in reversed(times)]
    told = report(rows, outcomes, cpu_s=len(times) * 2e-6)
    assert (told.median_us, told.p95_us, told.cpu_us) == pytest.approx((median, p95, 2.0))


def test_the_cpu_time_of_another_process_is_not_told() -> None:
    assert report_of(("code", "code")).cpu_us is None
    assert "CPU" not in report_of(("code", "code")).as_text()


def test_the_calibration_error_is_the_mean_distance_weighed_by_texts() -> None:
    confidences = [0.95, 0.95, 0.95, 0.95, 0.55]
    error, bins = calibration(confidences, [True, True, True, False, False])
    assert [(b.low, b.high, b.texts) for b in bins] == [(0.5, 0.6, 1), (0.9, 1.0, 4)]
    assert [b.accuracy for b in bins] == [0.0, 0.75]
    assert error == pytest.approx((1 * 0.55 + 4 * 0.2) / 5)


def test_each_confidence_falls_into_one_bin_and_the_last_holds_1() -> None:
    _, bins = calibration([0.0, 0.1, 0.999, 1.0], [True] * 4)
    assert [(b.low, b.texts) for b in bins] == [(0.0, 1), (0.1, 1), (0.9, 2)]


names = st.sampled_from(["code", "chat", "maths", "tools"])
unit = st.floats(0, 1)


@given(st.lists(st.tuples(unit, st.booleans()), min_size=1))
def test_the_calibration_error_of_anything(told: list[tuple[float, bool]]) -> None:
    confidences, right = zip(*told, strict=True)
    error, bins = calibration(confidences, right)
    assert 0 <= error <= 1 + 1e-9
    assert sum(b.texts for b in bins) == len(told)
    assert len(bins) <= BINS
    for each in bins:
        assert each.low - 1e-9 <= each.confidence <= each.high + 1e-9
    hits = sum(b.texts * b.accuracy for b in bins)
    assert hits == pytest.approx(sum(right))


@given(st.lists(st.tuples(names, names, unit), min_size=1))
def test_the_figures_of_anything_add_up(told: list[tuple[str, str, float]]) -> None:
    rows = [Labelled(text="x", category=label, lang=label[:1]) for label, _, _ in told]
    outcomes = [Outcome(category=chosen, confidence=sure) for _, chosen, sure in told]
    found = report(rows, outcomes, cpu_s=None)
    counts = [count for row in found.confusion.values() for count in row.values()]
    assert found.texts == len(told) == sum(counts)
    assert sum(c.texts for c in found.categories) == len(told)
    assert sum(g.texts for g in found.languages) == len(told)
    hits = sum(row.get(label, 0) for label, row in found.confusion.items())
    assert found.accuracy == pytest.approx(hits / len(told))
    recalled = sum(c.recall * c.texts for c in found.categories)
    assert recalled == pytest.approx(hits)
    for c in found.categories:
        assert 0 <= min(c.precision, c.recall) <= c.f1 + 1e-9
        assert c.f1 <= max(c.precision, c.recall) + 1e-9 <= 1 + 2e-9


@given(st.lists(names, min_size=1))
def test_a_classification_without_a_mistake(labels: list[str]) -> None:
    found = report_of(*((name, name) for name in labels))
    assert (found.accuracy, found.macro_f1, found.calibration_error) == (1.0, 1.0, 0.0)
    assert all(list(row) == [label] for label, row in found.confusion.items())


@given(st.lists(st.tuples(names, names, unit), min_size=1))
def test_it_prints_as_json_and_as_text(told: list[tuple[str, str, float]]) -> None:
    rows = [Labelled(text="x", category=label) for label, _, _ in told]
    outcomes = [
        Outcome(category=chosen, confidence=sure, source="s", fallbacks=("a: b",))
        for _, chosen, sure in told
    ]
    found = report(rows, outcomes, cpu_s=0.5)
    as_json = json.loads(json.dumps(found.as_json()))
    assert as_json["confusion"] == found.confusion
    assert as_json["decided_by"] == {"s": len(told)}
    assert as_json["bins"][0]["texts"] == found.bins[0].texts
    assert f"accuracy {found.accuracy:.3f}" in found.as_text()


def test_the_confusion_stands_under_the_names() -> None:
    header, first, second = report_of(*MIXED).as_text().split("\n\n")[2].splitlines()
    assert header.split()[4:] == ["chat", "code", "maths"]
    assert [first.split(), second.split()] == [["chat", "1", "0", "1"], ["code", "1", "2", "0"]]
    assert len(header) == len(first) == len(second)


def file_of(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "labelled.jsonl"
    file.write_text("\n".join(lines))
    return file


GOOD = '{"text": "hello", "category": "chat"}'


def test_a_file_is_read_in_its_order(tmp_path: Path) -> None:
    second = '{"category": "code", "text": "é\\nx", "lang": "fr", "source": "mine", "id": [1]}'
    assert read_labelled(file_of(tmp_path, GOOD, "", "  ", second, ""), {}) == [
        Labelled(text="hello", category="chat"),
        Labelled(text="é\nx", category="code", lang="fr", source="mine"),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    assert len(read_labelled(file_of(tmp_path, "\ufeff" + GOOD), {})) == 1


def test_a_label_may_count_as_another(tmp_path: Path) -> None:
    rows = read_labelled(file_of(tmp_path, GOOD), {"chat": "conversation", "code": "x"})
    assert [row.category for row in rows] == ["conversation"]


def test_keys_that_are_null_or_numbers_group_all_the_same(tmp_path: Path) -> None:
    line = '{"text": "hello", "category": "chat", "lang": null, "source": 7}'
    (row,) = read_labelled(file_of(tmp_path, line), {})
    assert (row.lang, row.source) == ("", "7")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("hello", "not JSON"),
        (GOOD[:-1], "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('["hello", "chat"]', "not a JSON object"),
        ("null", "not a JSON object"),
        ('{"category": "chat"}', "no string under 'text'"),
        ('{"text": ["hello"], "category": "chat"}', "no string under 'text'"),
        ('{"text": "hello"}', "no string under 'category'"),
        ('{"text": "hello", "category": 1}', "no string under 'category'"),
        ('{"text": "\\ud83d", "category": "chat"}', "half a character"),
        ('{"text": "hello", "category": "chat", "lang": "\\udfff"}', "half a character"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(line: str, complaint: str, tmp_path: Path) -> None:
    file = file_of(tmp_path, GOOD, "", line)
    with pytest.raises(ConfigError) as told:
        read_labelled(file, {})
    assert str(told.value).startswith(f"{file}, line 3: {complaint}")


@pytest.mark.parametrize("lines", [(), ("", "  \t ")])
def test_a_file_without_texts_is_told(lines: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no texts"):
        read_labelled(file_of(tmp_path, *lines), {})


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    latin = tmp_path / "latin"
    latin.write_bytes(GOOD.replace("hello", "café").encode("latin-1"))
    for file in (latin, tmp_path, tmp_path / "missing"):
        with pytest.raises(ConfigError, match=f"cannot read {file}"):
            read_labelled(file, {})

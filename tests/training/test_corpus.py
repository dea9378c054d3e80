"""The committed prompts and word lists, and how they are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training import corpus
from training.corpus import KINDS, Example, labelled, own_prompts, word_lists

FOLDER = Path(corpus.__file__).parent
FILES = [*sorted((FOLDER / "prompts").glob("*.txt")), *sorted((FOLDER / "words").glob("*.txt"))]


def folder_of(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def facts(examples: list[Example]) -> list[tuple[str, str, str, str]]:
    return [(e.text, e.kind, e.topic, e.lang) for e in examples]


# -- what is committed


@pytest.fixture(scope="module")
def committed() -> list[Example]:
    return [*own_prompts(), *word_lists()]


def test_every_committed_example_has_a_known_kind_a_topic_and_a_text(committed):
    assert len(committed) > 1_000
    for example in committed:
        kind, slash, topic = example.topic.partition("/")
        assert (kind in KINDS, kind, slash) == (True, example.kind, "/"), example
        assert topic, example
        assert example.text.strip() == example.text != "", example
        assert 2 <= len(example.lang) <= 5, example


def test_every_kind_has_prompts_in_english_and_french():
    told = {(example.kind, example.lang) for example in own_prompts()}
    assert {(kind, lang) for kind in KINDS for lang in ("en", "fr")} <= told


def test_every_topic_of_the_word_lists_has_prompts():
    topics = {example.topic for example in own_prompts()}
    assert {example.topic for example in word_lists()} <= topics


def test_no_prompt_stands_twice():
    texts = [example.text for example in own_prompts()]
    assert len(set(texts)) == len(texts)


def test_escapes_are_undone_in_every_committed_prompt():
    multiline = [example for example in own_prompts() if "\n" in example.text]
    assert len(multiline) > 50
    assert not [example for example in own_prompts() if "\\n\\n" in example.text]


@pytest.mark.parametrize("file", FILES, ids=[f"{f.parent.name}/{f.name}" for f in FILES])
def test_every_file_begins_with_a_header(file):
    first = next(line for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    kind = first.removeprefix("# ").partition("/")[0]
    assert (first.startswith("# "), kind in KINDS) == (True, True)


# -- how a file is read


def test_sections_tell_the_topic_and_escapes_are_undone(tmp_path):
    folder = folder_of(
        tmp_path,
        a="# code/sql en\nselect\\n\\tone\n\n  two  \n# general/pets fr\nun chat\n",
    )
    assert facts(own_prompts(folder)) == [
        ("select\n\tone", "code", "code/sql", "en"),
        ("two", "code", "code/sql", "en"),
        ("un chat", "general", "general/pets", "fr"),
    ]


def test_a_text_that_stands_twice_counts_where_it_stands_first(tmp_path):
    folder = folder_of(
        tmp_path,
        a="# code/sql en\nsame\n# code/web en\nsame\n",
        b="# general/pets en\nsame\n",
    )
    assert facts(own_prompts(folder)) == [("same", "code", "code/sql", "en")]


def test_a_line_of_words_is_an_example(tmp_path):
    folder = folder_of(tmp_path, a="# code/sql en\njoin, group by\nindex\n")
    assert [(e.text.split(), e.source) for e in word_lists(folder)] == [
        (["join", "group", "by"], "words"),
        (["index"], "words"),
    ]


def test_an_unknown_kind_is_refused_with_its_place(tmp_path):
    folder = folder_of(tmp_path, a="# code/sql en\nx\n# nap/long en\ny\n")
    with pytest.raises(ValueError, match=r"a\.txt, line 3: no kind 'nap/long'"):
        own_prompts(folder)


def test_a_labelled_file_is_read(tmp_path):
    rows = [
        {"text": "a", "category": "code", "source": "s/1", "lang": "en"},
        {"text": "b", "category": "reasoning"},
    ]
    file = tmp_path / "told.jsonl"
    file.write_text("\n\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert facts(labelled(file)) == [("a", "code", "", "en"), ("b", "reasoning", "", "")]
    assert [example.source for example in labelled(file)] == ["s/1", "told.jsonl"]

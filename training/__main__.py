"""``python -m training --data FILE``: measures, calibrates and writes the model."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
from collections import Counter
from pathlib import Path

import numpy as np

from router_core.cli.evaluation import report
from training.corpus import Example, labelled, own_prompts, word_lists
from training.export import write_model
from training.fit import Options, fit
from training.measure import (
    cross_validated,
    left_out_sources,
    outcomes,
    seen_by_vocabulary,
    temperature_for,
    thresholds,
)

MODEL = Path(__file__).parent.parent / "router_core/classifiers/embedded/model.bin"


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="labelled texts, JSON Lines")
    parser.add_argument("--out", type=Path, default=MODEL, help="the model file")
    given = parser.parse_args()
    prompts, words, told = own_prompts(), word_lists(), labelled(given.data)
    _say("prompts of our own", prompts)
    _say("word lists of our own", words)
    _say(f"texts of {given.data.name}", told)

    options = Options()
    kinds_only = dataclasses.replace(options, with_topics=False)
    fresh = [e for e in prompts if not seen_by_vocabulary(e)]
    seen = [e for e in prompts if seen_by_vocabulary(e)]
    # What people will type lies between our prompts and the sources that no prompt of
    # ours was written for, and so does the temperature.
    ours = cross_validated(fresh, [*seen, *words, *told], kinds_only)
    foreign = left_out_sources([*prompts, *words], told, kinds_only)
    temperatures = [temperature_for(*ours), temperature_for(*foreign)]
    temperature = sum(temperatures) / 2
    print(f"\nTemperature {temperature:.3f}, halfway between {temperatures}")
    print("\nPrompts of our own, cross-validated\n")
    _report(*ours, temperature)
    print(f"\nEach source of {given.data.name} left out in turn\n")
    _report(*foreign, temperature)

    model = fit([*prompts, *words, *told], options)
    about = {
        "prompts": len(prompts),
        "word_lists": len(words),
        "given_texts": len(told),
        "texts_sha256": _fingerprint([*prompts, *words, *told]),
    }
    write_model(model, given.out, temperature=temperature, about=about)
    print(
        f"\nwrote {given.out}: {given.out.stat().st_size / 1e6:.2f} MB,"
        f" {len(model.vocabulary.columns)} features, {len(model.topics)} topics"
    )


def _report(examples: list[Example], scores: np.ndarray, temperature: float) -> None:
    rows, outs = zip(*outcomes(examples, scores, temperature), strict=True)
    print(report(rows, outs, cpu_s=None).as_text())
    print(f"\n{thresholds(examples, scores, temperature)}")


def _say(what: str, examples: list[Example]) -> None:
    kinds = ", ".join(f"{k} {n}" for k, n in sorted(Counter(e.kind for e in examples).items()))
    languages = ", ".join(
        f"{k or '-'} {n}" for k, n in Counter(e.lang for e in examples).most_common(4)
    )
    print(f"{len(examples)} {what}: {kinds} ({languages})")


def _fingerprint(examples: list[Example]) -> str:
    lines = sorted(f"{e.kind}\t{e.topic}\t{e.text}" for e in examples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


if __name__ == "__main__":
    main()

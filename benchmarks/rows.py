"""Detection on labelled sets of rows: offbeat's default detector beside the detectors its users could pick instead.

    python benchmarks/peer_environments.py pyod
    python benchmarks/rows.py --data FOLDER/rows --seeds 5 --json rows.json

FOLDER/rows holds .npz files with arrays X (rows, columns) and y (1 = anomaly). Detectors "offbeat: ..." are the same
fits with parts of the score only: an ablation. The last lines say what shares of the parts would find that are chosen,
by labels, on four fifths of the sets, for the other fifth.
"""

import argparse
import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from findings import warn_if_busy
from peer_environments import peer_python
from row_sets import PROTOCOLS, average_precision, roc_auc, sets_in, split

import offbeat
from offbeat.scoring.combine import FLOOR, component_scores
from offbeat.scoring.crowds import share_in_crowds
from offbeat.scoring.fit import COMPONENTS, shares_of

PEERS = Path(__file__).resolve().parent / "peers" / "row_detectors.py"
MEASURES = ("roc_auc", "average_precision")
SHARES = [shares for shares in itertools.product((0, 0.5, 1, 2), (0, 1, 2, 3), (0, 0.5, 1, 2)) if any(shares)]
DIVISIONS = 20
Answer = dict[str, Any]


def offbeat_answers(folder: Path, names: Sequence[str], seeds: int, most_rows: int) -> list[Answer]:
    """Return what the default detector reaches: no setting but the seed, no label; and what parts of its score do."""
    answers = []
    for name in names:
        for protocol in PROTOCOLS:
            for seed in range(seeds):
                cut = split(sets_in(folder)[name], seed, protocol, most_rows)
                began = time.perf_counter()
                detector = offbeat.fit(cut.train, seed=seed, progress="none")
                scores = {"offbeat": detector.score(cut.test)}
                seconds = time.perf_counter() - began
                crowds = share_in_crowds(detector.features(cut.train), np.arange(len(cut.train)), seed)
                scores |= scores_of_parts(detector, cut.train, cut.test)
                answers += [
                    {
                        "set": name,
                        "protocol": protocol,
                        "seed": seed,
                        "detector": word,
                        "roc_auc": roc_auc(values, cut.labels),
                        "average_precision": average_precision(values, cut.labels),
                        "seconds": seconds,
                        "crowds": crowds,
                    }
                    for word, values in scores.items()
                ]
        print(f"offbeat: {name}", flush=True)
    return answers


def scores_of_parts(detector: offbeat.Detector, train: np.ndarray, test: np.ndarray) -> dict[str, np.ndarray]:
    """Return scores of the test rows by parts of the default score, by name; all rows taken for normal."""
    seed = detector.settings.seed
    if detector.scorer.exponents != shares_of("combined"):
        detector = offbeat.fit(train, seed=seed, progress="none", contamination="none")
    words, scorer = COMPONENTS["combined"], detector.scorer
    measured = component_scores(scorer.components, detector.network, detector.features(test))
    parts, shares = np.log(measured * scorer.weights + FLOOR), np.asarray(scorer.exponents)
    equal = np.full(len(words), 1 / len(words))
    together = {
        "offbeat: all parts": parts @ shares,
        "offbeat: equal shares": parts @ equal,
        "offbeat: arithmetic mean": np.exp(parts) @ shares,
    }
    alone = {f"offbeat: {word} alone": parts[:, place] for place, word in enumerate(words)}
    without = {
        f"offbeat: no {word}": parts @ np.where(np.arange(len(words)) == place, 0, shares)
        for place, word in enumerate(words)
    }
    others = {f"shares: {chosen}": parts @ np.asarray(chosen) for chosen in SHARES}
    return {**together, **alone, **without, **others}


def left_out(answers: Sequence[Answer]) -> str:
    """Return what shares find on sets that they were not chosen on, beside the fixed ones: one-class, ROC AUC."""
    chosen = [answer for answer in answers if answer["protocol"] == "one-class"]
    names = np.array(sorted({answer["set"] for answer in chosen}))
    words = ["offbeat: all parts", *(f"shares: {shares}" for shares in SHARES)]
    found = np.array([[_mean(chosen, "roc_auc", word, name) for name in names] for word in words])
    randomness, fixed, best = np.random.default_rng(0), [], []
    for _ in range(DIVISIONS):
        fold = randomness.permutation(len(names)) % 5
        for held in range(min(5, len(names))):
            pick = found[:, fold != held].mean(axis=1).argmax() if (fold != held).any() else 0
            fixed.append(found[0, fold == held].mean())
            best.append(found[pick, fold == held].mean())
    return (
        f"Shares of the three parts chosen by labels among {len(SHARES)}, one-class, {DIVISIONS} divisions in five:\n"
        f"{fmean(best):.4f} on the sets left out; the fixed shares {fmean(fixed):.4f} on the same."
    )


def peer_answers(folder: Path, names: Sequence[str], seeds: int, most_rows: int) -> list[Answer]:
    """Return what the peers reach on the same splits, in their own environment."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "answers.json"
        arguments = [str(folder), str(seeds), str(most_rows), ",".join(names), str(out)]
        subprocess.run([peer_python("pyod"), PEERS, *arguments], check=True, stdout=subprocess.DEVNULL)
        return list(json.loads(out.read_text()))


def in_words(answers: Sequence[Answer]) -> str:
    """Return the tables as Markdown: means and ranks of each protocol, then ROC AUC by set."""
    parts = []
    for protocol in PROTOCOLS:
        chosen = [answer for answer in answers if answer["protocol"] == protocol]
        words = {answer["detector"] for answer in chosen if not answer["detector"].startswith("shares: ")}
        by_auc = sorted(words, key=lambda word: -_mean(chosen, "roc_auc", word))
        detectors = [word for word in by_auc if not word.startswith("offbeat: ")]
        names = sorted({answer["set"] for answer in chosen})
        parts.append(f"### {protocol.capitalize()}, mean over {len(names)} sets\n")
        parts.append("| detector | ROC AUC | average precision | mean rank | median seconds |\n|---|---|---|---|---|")
        for word in detectors:
            seconds = sorted(answer["seconds"] for answer in chosen if answer["detector"] == word)
            rank = fmean(_rank(chosen, name, word, detectors) for name in names)
            means = " | ".join(f"{_mean(chosen, measure, word):.4f}" for measure in MEASURES)
            parts.append(f"| {word} | {means} | {rank:.2f} | {seconds[len(seconds) // 2]:.2f} |")
        parts.append("\n| part of offbeat's score | ROC AUC | average precision |\n|---|---|---|")
        for word in by_auc:
            if word not in detectors:
                means = " | ".join(f"{_mean(chosen, measure, word):.4f}" for measure in MEASURES)
                parts.append(f"| {word.removeprefix('offbeat: ')} | {means} |")
        parts.append(f"\n| set, ROC AUC | {' | '.join(detectors)} | crowds |\n|---|{'---|' * len(detectors)}---|")
        for name in names:
            values = [_mean(chosen, "roc_auc", word, name) for word in detectors]
            best = max(values)
            cells = [f"**{value:.3f}**" if value == best else f"{value:.3f}" for value in values]
            crowds = fmean(answer["crowds"] for answer in chosen if answer["set"] == name and "crowds" in answer)
            parts.append(f"| {name} | {' | '.join(cells)} | {crowds:.2f} |")
        parts.append("")
    return "\n".join(parts)


def _mean(answers: Sequence[Answer], measure: str, detector: str, name: str | None = None) -> float:
    return fmean(
        answer[measure] for answer in answers if answer["detector"] == detector and name in (None, answer["set"])
    )


def _rank(answers: Sequence[Answer], name: str, detector: str, detectors: Sequence[str]) -> float:
    own = _mean(answers, "roc_auc", detector, name)
    others = [_mean(answers, "roc_auc", other, name) for other in detectors if other != detector]
    return 1 + sum(other > own for other in others) + sum(other == own for other in others) / 2


def main() -> None:
    """Run all detectors, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of .npz files")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--most-rows", type=int, default=10_000, help="larger sets are cut down to so many rows")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every single answer here")
    arguments = parser.parse_args()
    names = list(sets_in(arguments.data))
    if not names:
        parser.error(f"{arguments.data} holds no .npz file")
    warn_if_busy()
    answers = [
        answer
        for side in (offbeat_answers, peer_answers)
        for answer in side(arguments.data, names, arguments.seeds, arguments.most_rows)
    ]
    print(f"\n{in_words(answers)}\n{left_out(answers)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(answers))


if __name__ == "__main__":
    main()

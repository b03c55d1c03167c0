"""What settings find on sets of rows, beside other settings; for tables such as those of docs/networks.md.

    python benchmarks/compare_settings.py FOLDER/rows --sets cardio glass --rows 2000 --seeds 2 \\
        "hidden=[32,16,8,16,32]" "hidden=[32,16,8,16,32]; linear_skip=8"

Each variant is written as in offbeat.toml, with semicolons between its settings. "contamination='true'" stands for each
table's true share of anomalies.
"""

import argparse
import tomllib
from pathlib import Path
from statistics import mean
from typing import Any

from row_sets import PROTOCOLS, average_precision, roc_auc, sets_in, split

import offbeat


def found_by(variant: dict[str, Any], path: Path, seed: int, protocol: str, rows: int) -> tuple[float, float]:
    """Return ROC AUC and average precision of one fit."""
    cut = split(path, seed, protocol, rows)
    said = {"kind": "rows", "threshold": "none", "seed": seed, **variant}
    if said.get("contamination") == "true":
        said["contamination"] = float(cut.labels.mean())
    scores = offbeat.fit(cut.train, progress="none", **said).score(cut.test)
    return roc_auc(scores, cut.labels), average_precision(scores, cut.labels)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="sets of rows, one .npz each")
    parser.add_argument("variants", nargs="+", help="settings, as in offbeat.toml, with semicolons between them")
    parser.add_argument("--sets", nargs="+", help="names of sets; all of them unless given")
    parser.add_argument("--protocol", choices=PROTOCOLS, default=PROTOCOLS[0])
    parser.add_argument("--rows", type=int, default=10_000, help="at most so many of each set")
    parser.add_argument("--seeds", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    """Print ROC AUC and average precision of each variant, by set and on average."""
    arguments = parse_arguments()
    paths = sets_in(arguments.folder)
    for words in arguments.variants:
        variant = tomllib.loads(words.replace(";", "\n"))
        print(f"\n{words}")
        means = []
        for name in arguments.sets or paths:
            done = [
                found_by(variant, paths[name], seed, arguments.protocol, arguments.rows)
                for seed in range(arguments.seeds)
            ]
            means.append(tuple(mean(column) for column in zip(*done, strict=True)))
            print(f"  {name:<14} {means[-1][0]:.4f} {means[-1][1]:.4f}", flush=True)
        print(f"  {'mean':<14} {mean(auc for auc, _ in means):.4f} {mean(ap for _, ap in means):.4f}")


if __name__ == "__main__":
    main()

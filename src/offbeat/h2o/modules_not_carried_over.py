"""Modules and estimators of H2O that a script imports and that are not there: the import says what to use instead.

`from package import name` looks for a module of that name where the package has nothing so called. So one finder, asked
after all others, sees every name that is imported in vain.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any, NoReturn, final

from offbeat.h2o.not_carried_over import MODULE_HINTS, ModuleNotCarriedOver, not_carried_over

_AUTOENCODERS = "offbeat.h2o trains autoencoders only: use H2OAutoEncoderEstimator, or scikit-learn for the others"
_FOREST = "use sklearn.ensemble.IsolationForest, or `offbeat detect --baselines`, which sets one beside an autoencoder"
_COMPONENTS = "use sklearn.decomposition.PCA"
_BASE = "use H2OAutoEncoderEstimator and offbeat.h2o.model.TrainedModel, which is its .model"
_METRICS = "use model.model_performance(frame), which gives offbeat.h2o.metrics.AutoEncoderMetrics"
_ESTIMATOR = re.compile(r"H2O\w+Estimator|H2OInfogram")

ESTIMATOR_HINTS: Mapping[str, str] = {
    **dict.fromkeys(("adaboost", "aggregator", "anovaglm", "coxph", "decision_tree", "deepwater"), _AUTOENCODERS),
    **dict.fromkeys(("gam", "gbm", "generic", "glm", "glrm", "hglm", "infogram", "kmeans"), _AUTOENCODERS),
    **dict.fromkeys(("isotonicregression", "model_selection", "naive_bayes", "psvm", "random_forest"), _AUTOENCODERS),
    **dict.fromkeys(("rulefit", "stackedensemble", "targetencoder", "word2vec", "xgboost"), _AUTOENCODERS),
    "uplift_random_forest": _AUTOENCODERS,
    **dict.fromkeys(("isolation_forest", "extended_isolation_forest"), _FOREST),
    **dict.fromkeys(("H2OIsolationForestEstimator", "H2OExtendedIsolationForestEstimator"), _FOREST),
    **dict.fromkeys(("pca", "svd"), _COMPONENTS),
    **dict.fromkeys(("H2OPrincipalComponentAnalysisEstimator", "H2OSingularValueDecompositionEstimator"), _COMPONENTS),
    **dict.fromkeys(("estimator_base", "H2OEstimator"), _BASE),
}
"""Modules and estimators of `h2o.estimators`, and what to do instead."""

_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "offbeat.h2o": MODULE_HINTS,
    "offbeat.h2o.estimators": ESTIMATOR_HINTS,
    "offbeat.h2o.model": {
        **dict.fromkeys(("model_base", "autoencoder", "models", "model_builder", "model_future", "ModelBase"), _BASE),
        **dict.fromkeys(("extensions", "segment_models", "H2OSegmentModels", "H2OAutoEncoderModel"), _BASE),
        **dict.fromkeys(("H2OBinomialModel", "H2OBinomialUpliftModel", "H2OClusteringModel"), _AUTOENCODERS),
        **dict.fromkeys(("H2ODimReductionModel", "H2OMultinomialModel", "H2OOrdinalModel"), _AUTOENCODERS),
        "H2ORegressionModel": _AUTOENCODERS,
        **dict.fromkeys(("metrics_base", "metrics", "MetricsBase", "regression"), _METRICS),
        **dict.fromkeys(("confusion_matrix", "ConfusionMatrix"), _METRICS),
    },
}


def estimator_hint(name: str) -> str | None:
    """What to use instead of an estimator or module of `h2o.estimators`; None where H2O has none of that name.

    Args:
        name: The name that was asked for.

    Example:
        >>> estimator_hint("H2OPrincipalComponentAnalysisEstimator"), estimator_hint("flow")
        ('use sklearn.decomposition.PCA', None)
    """
    return ESTIMATOR_HINTS.get(name, _AUTOENCODERS if _ESTIMATOR.fullmatch(name) else None)


@final
class _LastFinder(MetaPathFinder):
    """Finds nothing, and says so in words for what H2O has."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        """None for a name that is not H2O's.

        Args:
            fullname: The module with its packages.
            path: Without effect.
            target: Without effect.

        Raises:
            ModuleNotCarriedOver: H2O has a module, class or function of that name.
        """
        package, _, name = fullname.rpartition(".")
        hint = _PACKAGES.get(package, {}).get(name)
        if package == "offbeat.h2o.estimators":
            hint = estimator_hint(name)
        if hint is not None:
            raise ModuleNotCarriedOver(f"{fullname.removeprefix('offbeat.')} is not carried over from H2O; {hint}.")


class FunctionInH2O(ModuleType):
    """A module of offbeat.h2o that has the name of a function of H2O's: a call says what to use instead."""

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Says what to use instead.

        Args:
            *args: Whatever H2O takes.
            **kwargs: The same.

        Raises:
            NameNotCarriedOver: Always.
        """
        raise not_carried_over("h2o", self.__name__.rpartition(".")[2], MODULE_HINTS, "")


def watch_imports() -> None:
    """Has imports in vain say what to use instead, from now on in this process."""
    if not any(isinstance(finder, _LastFinder) for finder in sys.meta_path):
        sys.meta_path.append(_LastFinder())

"""`NotCarriedOver`: what H2O's frames and module do and these do not, each with the nearest way to do it."""

from __future__ import annotations

from collections.abc import Mapping

from offbeat.errors import OffbeatError

_PANDAS = "frame.as_data_frame()"


class NotCarriedOver(OffbeatError, NotImplementedError):  # noqa: N818 - reads as the sentence it is
    """H2O has it, offbeat.h2o has not; the message says what to use instead."""


class NameNotCarriedOver(NotCarriedOver, AttributeError):  # noqa: N818 - as above
    """Of a method or function; an `AttributeError` too, so that `hasattr` answers False."""


class ModuleNotCarriedOver(NotCarriedOver, ImportError):  # noqa: N818 - as above
    """Of a module or of a name to import; an `ImportError` too, which scripts catch around imports."""


FRAME_HINTS: Mapping[str, str] = {
    "apply": f"use {_PANDAS}.apply(...) and H2OFrame(...) of the result",
    "cor": f"use {_PANDAS}.corr()",
    "cut": f"use pandas.cut({_PANDAS}['column'], breaks)",
    "difflag1": f"use {_PANDAS}.diff()",
    "drop_duplicates": f"use H2OFrame({_PANDAS}.drop_duplicates([...]))",
    "fillna": "use frame.impute('column', method='mean'), or frame[frame['column'].isna(), 'column'] = value",
    "group_by": f"use {_PANDAS}.groupby(...)",
    "hist": f"use {_PANDAS}['column'].hist()",
    "kfold_column": "use split_frame(ratios=[...], seed=...)",
    "melt": f"use {_PANDAS}.melt(...)",
    "merge": f"use H2OFrame({_PANDAS}.merge(other.as_data_frame()))",
    "pivot": f"use {_PANDAS}.pivot(...)",
    "stratified_split": "use split_frame(ratios=[...], seed=...)",
    "transpose": f"use {_PANDAS}.T",
    "which": f"use {_PANDAS}.query(...).index",
}
"""Methods of H2O's frames, and what to do instead."""

_EXPORT = "use model.save(path), which offbeat loads, or model.export_onnx(path), which runs anywhere"

_LABELS = "use model.detector.evaluate(table) where there are labels: an autoencoder learns without"
_SCORES = "use model.mse(), model.rmse() or model.anomaly(frame)"
_EXPLAIN = "use model.explain(frame) or model.anomaly(frame, per_feature=True)"
_IMPORTANCE = "use model.varimp() or model.explain(frame)"
_OTHER_KINDS = "H2O has it for models of other kinds; model.summary() and model.show() tell of this one"

MODEL_HINTS: Mapping[str, str] = {
    "download_mojo": _EXPORT,
    "download_pojo": _EXPORT,
    "save_mojo": _EXPORT,
    "save_model_details": "use model.actual_params and model.summary().as_data_frame()",
    **dict.fromkeys(("auc", "aucpr", "pr_auc", "gini", "logloss", "default_threshold"), _LABELS),
    **dict.fromkeys(("mae", "rmsle", "r2", "mean_residual_deviance", "loglikelihood", "aic"), _SCORES),
    **dict.fromkeys(("explain_row", "predict_contributions"), _EXPLAIN),
    **dict.fromkeys(("shap_explain_row_plot", "shap_summary_plot"), _EXPLAIN),
    **dict.fromkeys(("permutation_importance", "permutation_importance_plot"), _IMPORTANCE),
    **dict.fromkeys(("feature_interaction", "feature_frequencies", "pd_plot", "partial_plot", "ice_plot"), _IMPORTANCE),
    **dict.fromkeys(("coef", "coef_names", "coef_norm", "coef_with_p_values", "std_coef_plot"), _OTHER_KINDS),
    **dict.fromkeys(("null_deviance", "residual_deviance", "null_degrees_of_freedom"), _OTHER_KINDS),
    **dict.fromkeys(("residual_degrees_of_freedom", "negative_log_likelihood", "average_objective"), _OTHER_KINDS),
    **dict.fromkeys(("ntrees_actual", "staged_predict_proba", "predict_leaf_node_assignment"), _OTHER_KINDS),
    **dict.fromkeys(("rotation", "respmul", "respsub", "get_variable_inflation_factors"), _OTHER_KINDS),
    "detach": "there is no server to take the model from; del model forgets it",
    "fit": "use model.train(training_frame=frame), or offbeat.sklearn.AutoEncoderDetector in scikit-learn's pipelines",
    "set_params": "use H2OAutoEncoderEstimator(...) with other parameters",
}
"""Methods of H2O's models, and what to do instead."""

_TUNE = "use a loop over settings, one H2OAutoEncoderEstimator each, or `offbeat tune`"
_PROCESS = "there is no server, everything runs in this Python process; h2o.cluster() tells its version"
_IMPORT = "use h2o.import_file(path, col_names=..., col_types=...)"
_MOJO = "use `offbeat import model.zip --out model.offbeat`"

MODULE_HINTS: Mapping[str, str] = {
    **dict.fromkeys(("api", "connect", "connection", "flow", "cluster_info", "cluster_status"), _PROCESS),
    **dict.fromkeys(("get_timezone", "set_timezone", "list_timezones"), "times are in UTC always"),
    **dict.fromkeys(("grid", "H2OGridSearch", "get_grid", "load_grid", "save_grid"), _TUNE),
    **dict.fromkeys(("automl", "H2OAutoML", "get_automl", "get_leaderboard"), _TUNE),
    "assign": "use frame.frame_id = 'name'",
    "deep_copy": "use h2o.H2OFrame(frame)",
    "download_csv": "use h2o.export_file(frame, path)",
    "download_all_logs": "there is no server, and so no logs",
    "download_mojo": _EXPORT,
    "download_pojo": _EXPORT,
    "explain": _EXPLAIN,
    "import_mojo": _MOJO,
    "import_sql_table": "use h2o.H2OFrame(pandas.read_sql_table(...))",
    "import_sql_select": "use h2o.H2OFrame(pandas.read_sql_query(...))",
    "import_hive_table": "export the table to Parquet and use h2o.import_file(path)",
    "interaction": "use frame['both'] = ... of the columns' words in pandas, and H2OFrame(...) of the result",
    "lazy_import": "use h2o.import_file(path)",
    "load_dataset": "use h2o.import_file(path) of a file of your own, or `offbeat demo`",
    "make_metrics": _LABELS,
    "parse_raw": _IMPORT,
    "parse_setup": _IMPORT,
    "print_mojo": f"{_MOJO} and `offbeat inspect model.offbeat`",
    "rapids": "use the methods of the frame",
    "frame": "use h2o.get_frame(name), and frame.types, frame.shape or frame.describe()",
    "frames": "use h2o.ls(), and h2o.get_frame(name) of each",
    "models": "use h2o.ls(), and h2o.get_model(name) of each",
    "shallow_copy": "use h2o.deep_copy(frame, name), which copies no cells before one of the frames is changed",
    **dict.fromkeys(("backend", "utils", "job", "auth", "persist", "schemas", "base", "debug"), _PROCESS),
    "h2o": "import from offbeat.h2o itself",
    "assembly": "use the methods of the frame, one after the other",
    "group_by": f"use {_PANDAS}.groupby(...)",
    "explanation": _EXPLAIN,
    **dict.fromkeys(("expr", "astfun"), "use the methods of the frame"),
    **dict.fromkeys(("display", "plot"), "use print(...), model.learning_curve_plot() or model.scoring_history_plot()"),
    "cross_validation": "an autoencoder is not cross-validated; use split_frame(ratios=[...], seed=...)",
    **dict.fromkeys(
        ("scoring", "make_leaderboard"), "compare model.mse(), or model.detector.evaluate(table) by labels"
    ),
    "demos": "use `offbeat demo`",
    **dict.fromkeys(("tree", "pipeline"), _OTHER_KINDS),
    "sklearn": "use offbeat.sklearn.AutoEncoderDetector",
    "transforms": "the estimator scales columns and fills missing cells; or use sklearn.preprocessing before H2OFrame",
    "upload_mojo": _MOJO,
}
"""Functions of H2O's module, and what to do instead."""


def not_carried_over(owner: str, name: str, hints: Mapping[str, str], otherwise: str) -> NameNotCarriedOver:
    """The error for a name that is not there.

    Args:
        owner: What was asked: "H2OFrame", "h2o", "model".
        name: The name that was asked for.
        hints: What to do instead of each.
        otherwise: What to do instead of a name without a hint.

    Example:
        >>> print(not_carried_over("H2OFrame", "transpose", FRAME_HINTS, "use polars"))
        H2OFrame.transpose is not carried over from H2O; use frame.as_data_frame().T.
    """
    return NameNotCarriedOver(f"{owner}.{name} is not carried over from H2O; {hints.get(name, otherwise)}.")

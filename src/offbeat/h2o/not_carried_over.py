"""`NotCarriedOver`: what H2O's frames and module do and these do not, each with the nearest way to do it."""

from __future__ import annotations

from collections.abc import Mapping

from offbeat.errors import OffbeatError

_PANDAS = "frame.as_data_frame()"


class NotCarriedOver(OffbeatError, NotImplementedError, AttributeError):  # noqa: N818 - reads as the sentence it is
    """H2O has it, offbeat.h2o has not; the message says what to use instead.

    It is an `AttributeError` too, so that `hasattr` answers False.
    """


FRAME_HINTS: Mapping[str, str] = {
    "apply": f"use {_PANDAS}.apply(...) and H2OFrame(...) of the result",
    "cor": f"use {_PANDAS}.corr()",
    "cut": f"use pandas.cut({_PANDAS}['column'], breaks)",
    "difflag1": f"use {_PANDAS}.diff()",
    "drop_duplicates": f"use H2OFrame({_PANDAS}.drop_duplicates([...]))",
    "fillna": "use frame[frame['column'].isna(), 'column'] = value",
    "group_by": f"use {_PANDAS}.groupby(...)",
    "hist": f"use {_PANDAS}['column'].hist()",
    "ifelse": "use frame[mask, 'column'] = value",
    "impute": "nothing: the estimator fills missing cells with the mean; or frame[frame['x'].isna(), 'x'] = value",
    "kfold_column": "use split_frame(ratios=[...], seed=...)",
    "melt": f"use {_PANDAS}.melt(...)",
    "merge": f"use H2OFrame({_PANDAS}.merge(other.as_data_frame()))",
    "pivot": f"use {_PANDAS}.pivot(...)",
    "scale": "nothing: the estimator scales the columns; or (frame - mean) / sd",
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
    "fit": "use model.train(training_frame=frame), or offbeat.sklearn.AutoEncoderDetector in scikit-learn's pipelines",
    "set_params": "use H2OAutoEncoderEstimator(...) with other parameters",
}
"""Methods of H2O's models, and what to do instead."""

MODULE_HINTS: Mapping[str, str] = {
    "api": "nothing: there is no server to ask",
    "connect": "use h2o.init(): there is no server to connect to",
    "connection": "nothing: there is no server to connect to",
    "download_mojo": _EXPORT,
    "download_pojo": _EXPORT,
    "flow": "nothing: there is no server and no web page of its own",
    "import_mojo": "use `offbeat import model.zip --out model.offbeat`",
    "import_sql_table": "use h2o.H2OFrame(pandas.read_sql_table(...))",
    "import_sql_select": "use h2o.H2OFrame(pandas.read_sql_query(...))",
    "import_hive_table": "export the table to Parquet and use h2o.import_file(path)",
    "lazy_import": "use h2o.import_file(path)",
    "parse_raw": "use h2o.import_file(path, col_names=..., col_types=...)",
    "parse_setup": "use h2o.import_file(path, col_names=..., col_types=...)",
    "rapids": "use the methods of the frame",
    "upload_mojo": "use `offbeat import model.zip --out model.offbeat`",
}
"""Functions of H2O's module, and what to do instead."""


def not_carried_over(owner: str, name: str, hints: Mapping[str, str], otherwise: str) -> NotCarriedOver:
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
    return NotCarriedOver(f"{owner}.{name} is not carried over from H2O; {hints.get(name, otherwise)}.")

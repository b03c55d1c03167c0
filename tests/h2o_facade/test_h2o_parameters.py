"""H2O's parameters: what is refused, what is settled, what is warned of. H2O's own answers are those of 3.46.0.6."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from offbeat.errors import SettingsError
from offbeat.h2o.estimators import H2OAutoEncoderEstimator, H2ODeepLearningEstimator
from offbeat.h2o.estimators.parameters import PARAMETERS, WITHOUT_EFFECT, checked_parameters
from offbeat.h2o.frame import H2OFrame

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"activation": "Maxout"}, "activation is 'Maxout'; one of tanh, .* was expected in an autoencoder"),
    ({"activation": "maxout_with_dropout"}, "one of tanh"),
    ({"loss": "CrossEntropy"}, "loss is 'CrossEntropy'; one of automatic, quadratic, absolute, huber, quantile"),
    ({"stopping_metric": "RMSE"}, "one of auto, mse was expected in an autoencoder"),
    ({"distribution": "bernoulli"}, "one of auto, gaussian, laplace, huber, quantile was expected"),
    ({"distribution": "poisson"}, "one of auto, gaussian"),
    ({"distribution": "laplace", "loss": "Quadratic"}, "only loss='automatic' or 'absolute' goes with it"),
    ({"distribution": "huber", "loss": "Quantile"}, "only loss='automatic' or 'huber' goes with it"),
    ({"categorical_encoding": "enum"}, "one of auto, one_hot_internal, label_encoder, binary, enum_limited, eigen"),
    ({"categorical_encoding": "OneHotExplicit"}, "one of auto, one_hot_internal"),
    ({"categorical_encoding": "sort_by_response"}, "one of auto, one_hot_internal"),
    ({"balance_classes": True}, "balancing needs classes"),
    ({"col_major": True}, "col_major is True; leave it out"),
    ({"custom_metric_func": "x"}, "measured by its mean squared error alone"),
    ({"fold_column": "fold"}, "not cross-validated; name the column in ignored_columns"),
    ({"pretrained_autoencoder": "x"}, "only a supervised model can start from one; use checkpoint"),
    ({"nfolds": 1}, "nfolds is 1; 0 was expected"),
    ({"nfolds": -1}, "nfolds is -1; 0 was expected"),
    ({"nfolds": 3}, "nfolds is 3; cross-validation is not supported for an autoencoder"),
    ({"elastic_averaging": True, "sparse": True}, "elastic_averaging and sparse were both set"),
    ({"hidden": [3, 0]}, "hidden is \\[3, 0\\]; a list of whole numbers above 0"),
    ({"hidden": [True]}, "a list of whole numbers above 0"),
    ({"hidden_dropout_ratios": [0.5, 0.5]}, "needs an activation with dropout"),
    ({"activation": "TanhWithDropout", "hidden_dropout_ratios": [0.5]}, "for each of 2 hidden layers"),
    ({"activation": "TanhWithDropout", "hidden_dropout_ratios": [1.0, 0.5]}, "from 0 to below 1"),
    ({"input_dropout_ratio": 1.0}, "at least 0 and below 1"),
    ({"sparsity_beta": 0.1}, "average_activation is 0.0; within \\(-1, 1\\), above 0 for rectifier"),
    ({"activation": "Tanh", "sparsity_beta": 0.1, "average_activation": 1.0}, "average_activation is 1.0"),
    ({"mini_batch_size": 0}, "mini_batch_size is 0; at least 1"),
    ({"max_categorical_features": 0}, "at least 1"),
    ({"max_runtime_secs": -1}, "at least 0"),
    ({"score_duty_cycle": 2}, "at least 0 and at most 1"),
    ({"stopping_tolerance": 1.0}, "below 1"),
    ({"train_samples_per_iteration": -3}, "at least -2"),
    ({"epochs": float("nan")}, "a number was expected"),
    ({"score_training_samples": 1.5}, "a whole number was expected"),
    ({"diagnostics": "yes"}, "diagnostics is 'yes'; True or False was expected"),
    ({"strict_h2o": 1}, "True or False was expected"),
    ({"epochs": float("inf")}, "epochs is inf; at least 0 and below inf was expected"),
    ({"seed": float("inf")}, "seed is inf; a whole number was expected"),
    ({"seed": 2**63}, "seed is 9223372036854775808; at least -9.22337e\\+18 and at most 9.22337e\\+18"),
    ({"activation": "TanhWithDropout", "hidden_dropout_ratios": 0.5}, "is 0.5; a list of numbers from 0 to below 1"),
    ({"activation": "TanhWithDropout", "hidden_dropout_ratios": ["a"]}, "is \\['a'\\]; a list of numbers from 0"),
    ({"model_id": "../pumps"}, "model_id is '../pumps'; the name of a file was expected, without a folder: no '/'"),
    ({"model_id": "/pumps"}, "model_id is '/pumps'; the name of a file"),
    ({"model_id": ".."}, "and not '.' or '..'"),
    ({"model_id": 7}, "model_id is 7; the name of a file"),
    ({"checkpoint": "a", "initial_weights": [1]}, "A checkpoint has its weights already"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED, ids=lambda part: str(part)[:60])
def test_what_an_autoencoder_cannot_do_is_refused_in_words(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        H2OAutoEncoderEstimator(**given)


@pytest.mark.parametrize("name", sorted({*PARAMETERS, *WITHOUT_EFFECT} - {"autoencoder"}))
def test_none_stands_for_the_default_as_in_h2o(name: str) -> None:
    assert checked_parameters({name: None}) == checked_parameters({})
    assert H2OAutoEncoderEstimator(**{name: None}).get_params() == H2OAutoEncoderEstimator().get_params()


def test_setting_none_takes_a_parameter_back() -> None:
    estimator = H2OAutoEncoderEstimator(epochs=3)
    estimator.epochs = None
    assert estimator.epochs == estimator.get_params()["epochs"] == 10.0


@pytest.mark.parametrize("written", ["TanhWithDropout", "tanh_with_dropout", "TANHWITHDROPOUT", "tanh with dropout"])
def test_words_are_told_whatever_their_case_and_dashes(written: str) -> None:
    assert checked_parameters({"activation": written})["hidden_dropout_ratios"] == (0.5, 0.5)


@pytest.mark.parametrize(
    ("distribution", "loss"),
    [("gaussian", "quadratic"), ("laplace", "absolute"), ("huber", "huber"), ("quantile", "quantile")],
)
def test_a_distribution_decides_the_loss(distribution: str, loss: str) -> None:
    """As H2O says in the caption of its layers: "laplace distribution, Absolute loss"."""
    assert checked_parameters({"distribution": distribution.upper()})["loss"] == loss


def test_a_gaussian_distribution_wins_over_the_loss_as_in_h2o_but_says_so() -> None:
    """H2O gives the mse of the quadratic loss to 16 digits, without a word."""
    with pytest.warns(RuntimeWarning, match="loss='absolute' has no effect beside distribution='gaussian'"):
        chosen = checked_parameters({"distribution": "gaussian", "loss": "Absolute"})
    assert chosen["loss"] == "quadratic"


def test_rates_by_hand_beside_an_adaptive_one_are_warned_of_as_in_h2o() -> None:
    with pytest.warns(RuntimeWarning, match="rate, momentum_start cannot be specified if adaptive_rate is enabled"):
        H2OAutoEncoderEstimator(rate=0.1, momentum_start=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        H2OAutoEncoderEstimator(rate=0.1, momentum_start=0.5, adaptive_rate=False)


def test_a_tolerance_without_rounds_is_warned_of() -> None:
    with pytest.warns(RuntimeWarning, match="stopping_tolerance has no effect without stopping_rounds"):
        H2OAutoEncoderEstimator(stopping_tolerance=0.1, stopping_rounds=0)


def test_parameters_are_attributes_and_checked_when_set() -> None:
    model = H2ODeepLearningEstimator(autoencoder=True, hidden=[3], activation="Tanh")
    assert (model.hidden, model.epochs, model.activation) == ([3], 10.0, "Tanh")
    model.epochs = 2
    assert model.epochs == 2
    with pytest.raises(SettingsError, match="epochs is 'two'; a number was expected"):
        model.epochs = "two"
    assert model.epochs == 2
    with pytest.raises(AttributeError, match="has no attribute 'epoch'"):
        _ = model.epoch


def test_parameters_that_go_together_can_be_set_one_after_the_other() -> None:
    frame = H2OFrame({"a": [1.0, 2.0, 4.0, 3.0], "b": [2.0, 1.0, 0.0, 5.0]})
    model = H2OAutoEncoderEstimator(
        activation="TanhWithDropout", hidden=[3, 3], hidden_dropout_ratios=[0.1, 0.1], epochs=1, seed=1
    )
    model.hidden = [2]
    with pytest.raises(SettingsError, match=r"hidden_dropout_ratios is \[0.1, 0.1\]; one number .* each of 1 hidden"):
        model.train(training_frame=frame)
    with pytest.raises(SettingsError, match="hidden_dropout_ratios is 'a'; a list of numbers"):
        model.hidden_dropout_ratios = "a"
    model.hidden_dropout_ratios = [0.2]
    assert model.train(training_frame=frame).summary()["dropout"] == [0.0, 20.0, ""]


def test_epochs_without_end_are_ended_by_the_clock() -> None:
    frame = H2OFrame({"a": [1.0, 2.0, 4.0, 3.0], "b": [2.0, 1.0, 0.0, 5.0]})
    chosen = {"hidden": [2], "epochs": 1e300, "stopping_rounds": 0, "regression_stop": -1}
    model = H2OAutoEncoderEstimator(max_runtime_secs=0.3, **chosen).train(training_frame=frame)
    assert model.model.last.seconds > 0.3


def test_the_estimator_with_h2os_general_name_needs_to_be_told_autoencoder() -> None:
    with pytest.raises(SettingsError, match="Set autoencoder=True"):
        H2ODeepLearningEstimator(hidden=[3]).train(training_frame=H2OFrame({"x": [1.0, 2.0]}))
    assert H2OAutoEncoderEstimator(autoencoder=False).autoencoder is True

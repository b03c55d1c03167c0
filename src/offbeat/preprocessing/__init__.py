"""Preprocessing takes a `Table`; gives features for a network, and turns them back into columns."""

from offbeat.preprocessing.categorical import OTHER, UNSEEN, CategoricalColumn
from offbeat.preprocessing.numeric import LARGEST_FEATURE, NumericColumns
from offbeat.preprocessing.preprocessor import Preprocessor, fit_preprocessor
from offbeat.preprocessing.scaling import SCALINGS, Scale
from offbeat.preprocessing.settings import PreprocessingSettings

__all__ = [
    "LARGEST_FEATURE",
    "OTHER",
    "SCALINGS",
    "UNSEEN",
    "CategoricalColumn",
    "NumericColumns",
    "PreprocessingSettings",
    "Preprocessor",
    "Scale",
    "fit_preprocessor",
]

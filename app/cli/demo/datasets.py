"""The data sets that scikit-learn ships, split the same way for whoever trains or scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd
from sklearn import datasets
from sklearn.model_selection import train_test_split

_LOADERS = {
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
    "diabetes": datasets.load_diabetes,
    "digits": datasets.load_digits,
}
_SEED = 7
TARGET = "target"


@dataclass(frozen=True, slots=True)
class Data:
    """A data set in two parts: rows to learn from, and rows that no model has seen."""

    name: str
    train: pd.DataFrame
    train_target: pd.Series
    test: pd.DataFrame
    test_target: pd.Series

    @property
    def frame(self) -> pd.DataFrame:
        """The rows to learn from with their target, as one table."""
        return self.train.assign(**{TARGET: self.train_target})


@cache
def load(name: str) -> Data:
    """Return a data set by its short name; numbers are floats, so that gaps would have a value."""
    bunch = _LOADERS[name](as_frame=True)
    rows, target = bunch.data.astype(float), bunch.target
    stratify = None if name == "diabetes" else target
    train, test, train_target, test_target = train_test_split(
        rows, target, test_size=0.5, random_state=_SEED, stratify=stratify
    )
    return Data(name, train, train_target, test, test_target)

"""What is trained: who, on which data, and how; each way of learning goes step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.cli.demo.cast import JONAS, MARA, TOM, Person
from app.cli.demo.datasets import Data
from app.namespace import HOME_SCHEMA

Params = Mapping[str, float | str]
Learner = Callable[[Data, Params], Iterator[tuple[int, Any]]]
"""Yields a number that grows (epochs, trees) and the estimator as it is by then."""

_SEED = 7


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training run to be."""

    person: Person
    experiment: str
    dataset: str
    name: str
    learn: Learner
    params: Params

    @property
    def data_name(self) -> str:
        """The full name by which runs log the data set: it is registered at the team's home."""
        return f"{self.person.workspace}.{HOME_SCHEMA}.{self.dataset}"

    @property
    def is_regression(self) -> bool:
        """Whether a number is to be told, and not a class."""
        return self.dataset == "diabetes"


def linear_classifier(data: Data, params: Params) -> Iterator[tuple[int, Any]]:
    """Descend along the gradient of the logistic loss, epoch by epoch."""
    scaler = StandardScaler().fit(data.train)
    model = SGDClassifier(loss="log_loss", alpha=params["alpha"], random_state=_SEED)
    scaled = scaler.transform(data.train)
    for epoch in range(1, int(params["epochs"]) + 1):
        model.partial_fit(scaled, data.train_target, classes=sorted(set(data.train_target)))
        yield epoch, make_pipeline(scaler, model)


def linear_regressor(data: Data, params: Params) -> Iterator[tuple[int, Any]]:
    """Descend along the gradient of the squared error, epoch by epoch."""
    scaler = StandardScaler().fit(data.train)
    model = SGDRegressor(alpha=params["alpha"], eta0=params["rate"], random_state=_SEED)
    scaled = scaler.transform(data.train)
    for epoch in range(1, int(params["epochs"]) + 1):
        model.partial_fit(scaled, data.train_target)
        yield epoch, make_pipeline(scaler, model)


def neural_network(data: Data, params: Params) -> Iterator[tuple[int, Any]]:
    """Train a network with one hidden layer, epoch by epoch."""
    scaler = StandardScaler().fit(data.train)
    model = MLPClassifier(
        (int(params["hidden"]),), learning_rate_init=params["rate"], random_state=_SEED
    )
    scaled = scaler.transform(data.train)
    for epoch in range(1, int(params["epochs"]) + 1):
        model.partial_fit(scaled, data.train_target, classes=sorted(set(data.train_target)))
        yield epoch, make_pipeline(scaler, model)


def forest(data: Data, params: Params) -> Iterator[tuple[int, Any]]:
    """Grow trees, a few at a time."""
    kind = RandomForestRegressor if data.name == "diabetes" else RandomForestClassifier
    model = kind(0, max_depth=int(params["depth"]), warm_start=True, random_state=_SEED)
    for trees in range(5, int(params["trees"]) + 1, 5):
        yield trees, model.set_params(n_estimators=trees).fit(data.train, data.train_target)


TRUSTED_TYPES: Mapping[Learner, list[str]] = {
    forest: ["sklearn.tree._tree.Tree"],
    neural_network: ["sklearn.neural_network._stochastic_optimizers.AdamOptimizer"],
}
"""What the file of an estimator holds besides what its format trusts by itself."""


def _linear(alpha: float, epochs: int) -> tuple[str, Learner, Params]:
    return f"linear-{alpha:g}", linear_classifier, {"alpha": alpha, "epochs": epochs}


def _regression(alpha: float, rate: float) -> tuple[str, Learner, Params]:
    params = {"alpha": alpha, "rate": rate, "epochs": 20}
    return f"linear-{alpha:g}-{rate:g}", linear_regressor, params


def _network(hidden: int, rate: float) -> tuple[str, Learner, Params]:
    return f"network-{hidden}", neural_network, {"hidden": hidden, "rate": rate, "epochs": 20}


def _forest(depth: int, trees: int) -> tuple[str, Learner, Params]:
    return f"forest-{depth}", forest, {"depth": depth, "trees": trees}


_PLAN: tuple[tuple[Person, str, str, tuple[tuple[str, Learner, Params], ...]], ...] = (
    (
        MARA,
        "wine quality",
        "wine",
        (
            _forest(1, 20),
            _forest(2, 40),
            _forest(3, 60),
            _forest(4, 80),
            _linear(30.0, 10),
            _linear(1.0, 20),
            _linear(0.1, 20),
            _linear(0.01, 20),
        ),
    ),
    (
        JONAS,
        "digits",
        "digits",
        (_linear(0.1, 20), _linear(0.001, 20), _network(16, 0.01), _network(64, 0.01)),
    ),
    (
        TOM,
        "tumours",
        "breast_cancer",
        (
            _linear(1.0, 20),
            _linear(0.1, 20),
            _linear(0.01, 20),
            _forest(2, 40),
            _forest(6, 60),
            _network(16, 0.003),
        ),
    ),
    (
        TOM,
        "progression of diabetes",
        "diabetes",
        (
            _regression(0.1, 0.001),
            _regression(0.01, 0.01),
            _regression(0.0001, 0.01),
            _forest(3, 60),
        ),
    ),
)

RECIPES = tuple(
    Recipe(person, experiment, dataset, name, learn, params)
    for person, experiment, dataset, ways in _PLAN
    for name, learn, params in ways
)

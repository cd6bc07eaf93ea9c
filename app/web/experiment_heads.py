"""What stands above each tab of an experiment."""

from __future__ import annotations

from dataclasses import dataclass

from app.access import Operation
from app.access.foresee import foresee
from app.edge import caller
from app.identity.principals import names_of
from app.tracking.experiments import get_experiment
from app.tracking.values import Experiment


@dataclass(frozen=True, slots=True)
class ExperimentHead:
    """An experiment with the name of its owner, and what of it the reader may look at."""

    experiment: Experiment
    owner: str
    allowed: frozenset[Operation]


def head_of(number: int, *operations: Operation) -> ExperimentHead:
    """Return the experiment with those of the operations that would be permitted.

    Raises NotFoundError if it is absent or hidden.
    """
    experiment = get_experiment(caller(), str(number))
    owner = names_of(caller().session, [experiment.owner_id]).get(experiment.owner_id, "")
    return ExperimentHead(experiment, owner, foresee(caller(), experiment.id, *operations))

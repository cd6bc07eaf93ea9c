"""What an experiment is evaluated with: evaluation datasets, the records of one, and scorers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from flask import request

from app.access import Operation
from app.access.foresee import foresee
from app.edge import caller
from app.tracking.evaluation.dataset_search import search_datasets
from app.tracking.evaluation.datasets import get_dataset
from app.tracking.evaluation.records import read_records
from app.tracking.evaluation.scorers import Scorer, list_scorers
from app.tracking.evaluation.values import EvaluationDataset, EvaluationRecord
from app.tracking.experiments import get_experiment
from app.tracking.values import Experiment, Search
from app.web.blueprint import next_address, web
from app.web.experiment_heads import ExperimentHead, head_of
from app.web.partials import render

_PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """An experiment with a page of its evaluation datasets, and the latest of each scorer."""

    head: ExperimentHead
    may_read: bool
    datasets: tuple[EvaluationDataset, ...] = ()
    scorers: tuple[Scorer, ...] = ()
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record with its values in JSON, or in words where they are words."""

    inputs: str
    expectations: str
    outputs: str
    source: str
    changed_at: int


@dataclass(frozen=True, slots=True)
class EvaluationDatasetPage:
    """An evaluation dataset with a page of its records, for whoever may read them."""

    experiment: Experiment
    dataset: EvaluationDataset
    may_read: bool
    rows: tuple[RecordRow, ...] = ()
    next_url: str = ""


@web.get("/experiments/<int:number>/evaluation")
def show_evaluation(number: int) -> str:
    """List the evaluation datasets of an experiment, the newest first, and its scorers."""
    head = head_of(number, Operation.EVALUATION_DATASET_READ, Operation.SCORER_READ)
    if Operation.EVALUATION_DATASET_READ not in head.allowed:
        return render("evaluation.html", page=EvaluationPage(head, may_read=False))
    scorers = Operation.SCORER_READ in head.allowed
    search = Search(max_results=_PAGE_SIZE, page_token=request.args.get("page", ""))
    found = search_datasets(caller(), search, [str(number)])
    page = EvaluationPage(
        head,
        may_read=True,
        datasets=tuple(found.items),
        scorers=tuple(list_scorers(caller(), str(number))) if scorers else (),
        next_url=next_address("web.show_evaluation", found.next_token, number=number),
    )
    return render("evaluation.html", page=page)


@web.get("/evaluation-datasets/<dataset_id>")
def show_evaluation_records(dataset_id: str) -> str:
    """Show an evaluation dataset; ``page`` goes on with its records."""
    dataset = get_dataset(caller(), dataset_id)
    experiment = get_experiment(caller(), dataset.home_id)
    if not foresee(caller(), experiment.id, Operation.EVALUATION_RECORD_READ):
        page = EvaluationDatasetPage(experiment, dataset, may_read=False)
        return render("evaluation_dataset.html", page=page)
    token = request.args.get("page", "")
    found = read_records(caller(), dataset_id, max_results=_PAGE_SIZE, page_token=token)
    view = "web.show_evaluation_records"
    page = EvaluationDatasetPage(
        experiment,
        dataset,
        may_read=True,
        rows=tuple(map(_row, found.items)),
        next_url=next_address(view, found.next_token, dataset_id=dataset_id),
    )
    return render("evaluation_dataset.html", page=page)


def _row(record: EvaluationRecord) -> RecordRow:
    return RecordRow(
        inputs=_shown(record.inputs),
        expectations=_shown(record.expectations),
        outputs=_shown(record.outputs),
        source=record.source.type.lower() if record.source else "",
        changed_at=record.updated_at,
    )


def _shown(value: Any) -> str:
    if value is None or value == {}:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()

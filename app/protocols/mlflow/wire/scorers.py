"""Messages of scorers (``mlflow/protos/service.proto``: RegisterScorer … DeleteScorer)."""

from __future__ import annotations

from marshmallow import ValidationError, validates_schema

from app.protocols.mlflow.wire.messages import Message, int64, text, texts
from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.evaluation.scorers import Scorer


class RegisterScorer(Message):
    """RegisterScorer."""

    experiment_id = text(required=True)
    name = text(required=True)
    serialized_scorer = text(required=True)


class ListScorers(Message):
    """ListScorers: of one experiment, of several, or of all."""

    experiment_id = text()
    experiment_ids = texts()

    @validates_schema
    def _one_of_them(self, data: Dumped, **_options: object) -> None:
        if data["experiment_id"] is not None and data["experiment_ids"]:
            message = "Invalid value: either experiment_id or experiment_ids, not both"
            raise ValidationError(message, "experiment_ids")


class OfScorer(Message):
    """ListScorerVersions, GetScorer and DeleteScorer."""

    experiment_id = text(required=True)
    name = text(required=True)
    version = int64()


class GetOnlineConfigs(Message):
    """What ``mlflow/server/handlers.py`` reads in _get_online_scoring_configs."""

    scorer_ids = texts(required=True)


def dump_scorer(scorer: Scorer) -> Dumped:
    """Return ``mlflow.Scorer``, where the experiment's id is a number."""
    return {
        "experiment_id": int(scorer.experiment_id),
        "scorer_name": scorer.name,
        "scorer_version": scorer.version,
        "serialized_scorer": scorer.definition,
        "creation_time": scorer.created_at,
        "scorer_id": scorer.scorer_id,
    }

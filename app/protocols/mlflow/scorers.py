"""Scorers (``mlflow/protos/service.proto``: registerScorer … deleteScorer)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.edge import caller
from app.protocols.mlflow.routes import api, empty
from app.protocols.mlflow.wire.scorers import (
    GetOnlineConfigs,
    ListScorers,
    OfScorer,
    RegisterScorer,
    dump_scorer,
)
from app.protocols.mlflow.wire.tracking import dump_list
from app.tracking.evaluation import scorers

_V3 = ("3.0",)


@api("POST", "scorers/register", versions=_V3)
def register_scorer() -> ResponseReturnValue:
    """Keep a scorer as the next version of its name."""
    wanted = RegisterScorer.read()
    made = scorers.register_scorer(
        caller(), wanted["experiment_id"], wanted["name"], wanted["serialized_scorer"]
    )
    return jsonify(
        {
            "version": made.version,
            "scorer_id": made.scorer_id,
            "experiment_id": made.experiment_id,
            "name": made.name,
            "serialized_scorer": made.definition,
            "creation_time": made.created_at,
        }
    )


@api("GET", "scorers/list", versions=_V3)
def list_scorers() -> ResponseReturnValue:
    """Answer the latest version of each scorer."""
    wanted = ListScorers.read()
    if wanted["experiment_id"] is not None:
        found = scorers.list_scorers(caller(), wanted["experiment_id"])
    else:
        found = scorers.search_scorers(caller(), wanted["experiment_ids"] or None)
    return jsonify(dump_list("scorers", [dump_scorer(one) for one in found]))


@api("GET", "scorers/versions", versions=_V3)
def list_scorer_versions() -> ResponseReturnValue:
    """Answer the versions of a scorer, the oldest first."""
    wanted = OfScorer.read()
    found = scorers.list_versions(caller(), wanted["experiment_id"], wanted["name"])
    return jsonify(dump_list("scorers", [dump_scorer(one) for one in found]))


@api("GET", "scorers/get", versions=_V3)
def get_scorer() -> ResponseReturnValue:
    """Answer a version of a scorer."""
    wanted = OfScorer.read()
    found = scorers.get_scorer(caller(), wanted["experiment_id"], wanted["name"], wanted["version"])
    return jsonify({"scorer": dump_scorer(found)})


@api("DELETE", "scorers/delete", versions=_V3)
def delete_scorer() -> ResponseReturnValue:
    """Delete a version of a scorer, or all."""
    wanted = OfScorer.read()
    scorers.delete_scorer(caller(), wanted["experiment_id"], wanted["name"], wanted["version"])
    return empty()


@api("GET", "scorers/online-configs", versions=_V3)
def get_online_scoring_configs() -> ResponseReturnValue:
    """Answer that no scorer runs online: clients ask whenever they fetch one."""
    scorers.check_online(caller(), GetOnlineConfigs.read()["scorer_ids"])
    return jsonify({"configs": []})

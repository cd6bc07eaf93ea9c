"""Workspaces (``mlflow/protos/service.proto``: listWorkspaces …), which are ours."""

from __future__ import annotations

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app import namespace
from app.edge import caller
from app.errors import InvalidParameterError
from app.namespace import Workspace
from app.protocols.mlflow.routes import api
from app.protocols.mlflow.wire.messages import Message, text
from app.protocols.mlflow.wire.tracking import Dumped, dump_list

_V3 = ("3.0",)


class CreateWorkspace(Message):
    """CreateWorkspace."""

    name = text(required=True)
    description = text(default="")
    default_artifact_root = text(default="")


class UpdateWorkspace(Message):
    """UpdateWorkspace; the name is in the path, and what is absent stays."""

    description = text()
    default_artifact_root = text(default="")


@api("GET", "workspaces", versions=_V3)
def list_workspaces() -> ResponseReturnValue:
    """Answer the workspaces that the caller is a member of."""
    found = namespace.list_own_workspaces(caller())
    return jsonify(dump_list("workspaces", [_dump(workspace) for workspace in found]))


@api("POST", "workspaces", versions=_V3)
def create_workspace() -> ResponseReturnValue:
    """Create a workspace with a catalog of its own; the client takes only a 201 for success."""
    wanted = CreateWorkspace.read()
    _check_root(wanted["default_artifact_root"])
    made = namespace.create_workspace(caller(), wanted["name"], comment=wanted["description"] or "")
    return jsonify({"workspace": _dump(made)}), 201


@api("GET", "workspaces/<name>", versions=_V3)
def get_workspace(name: str) -> ResponseReturnValue:
    """Answer a workspace, to its members and to administrators."""
    return jsonify({"workspace": _dump(namespace.get_workspace(caller(), name))})


@api("PATCH", "workspaces/<name>", versions=_V3)
def update_workspace(name: str) -> ResponseReturnValue:
    """Describe a workspace."""
    wanted = UpdateWorkspace.read()
    _check_root(wanted["default_artifact_root"])
    if wanted["description"] is None:
        return jsonify({"workspace": _dump(namespace.get_workspace(caller(), name))})
    changed = namespace.update_workspace(caller(), name, comment=wanted["description"])
    return jsonify({"workspace": _dump(changed)})


@api("DELETE", "workspaces/<name>", versions=_V3)
def delete_workspace(name: str) -> ResponseReturnValue:
    """Delete a workspace, by the mode CASCADE with all in it; the client takes only a 204."""
    mode = request.args.get("mode", "RESTRICT")
    if mode not in {"RESTRICT", "CASCADE"}:
        msg = (
            f"Invalid value {mode[:80]!r} for parameter 'mode' supplied: RESTRICT refuses unless "
            "the workspace is empty, CASCADE drops what is in it; nothing moves to another"
        )
        raise InvalidParameterError(msg, field="mode")
    namespace.delete_workspace(caller(), name, force=mode == "CASCADE")
    return "", 204


def _check_root(root: str | None) -> None:
    if root:
        msg = (
            "Invalid value for parameter 'default_artifact_root' supplied: this server keeps "
            "files itself; leave it out"
        )
        raise InvalidParameterError(msg, field="default_artifact_root")


def _dump(workspace: Workspace) -> Dumped:
    return {"name": workspace.name, "description": workspace.comment}

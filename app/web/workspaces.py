"""Workspaces: teams' places of work, and who works in them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app import namespace
from app.access import Operation
from app.access.foresee import foresee
from app.edge import caller
from app.identity import Principal
from app.namespace import Workspace
from app.web.blueprint import web
from app.web.notices import done
from app.web.partials import render


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace with its direct members."""

    workspace: Workspace
    members: tuple[Principal, ...]


@dataclass(frozen=True, slots=True)
class WorkspacesPage:
    """All workspaces."""

    teams: tuple[Team, ...]
    may_change: bool


@web.get("/workspaces")
def list_workspaces() -> str:
    """List the workspaces."""
    page = WorkspacesPage(
        tuple(
            Team(each, tuple(namespace.list_workspace_members(caller(), each.name)))
            for each in namespace.list_workspaces(caller())
        ),
        may_change=bool(foresee(caller(), None, Operation.WORKSPACE_UPDATE)),
    )
    return render("workspaces.html", page=page)


@web.post("/workspaces")
def create_workspace() -> Response:
    """Create a workspace with its catalog."""
    name, comment = request.form.get("name", ""), request.form.get("comment", "")
    namespace.create_workspace(caller(), name, comment=comment)
    return done("created", "web.list_workspaces")


@web.post("/workspaces/<name>/members")
def add_workspace_member(name: str) -> Response:
    """Let somebody work in a workspace."""
    namespace.add_workspace_member(caller(), name, request.form.get("member", ""))
    return done("described", "web.list_workspaces")


@web.post("/workspaces/<name>/members/remove")
def remove_workspace_member(name: str) -> Response:
    """Take somebody out of a workspace."""
    namespace.remove_workspace_member(caller(), name, request.form.get("member", ""))
    return done("described", "web.list_workspaces")

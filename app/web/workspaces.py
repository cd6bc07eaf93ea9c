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
from app.web.blueprint import next_address, web
from app.web.notices import done
from app.web.partials import render

_PAGE_SIZE = 20
_FEW_MEMBERS = 20


@dataclass(frozen=True, slots=True)
class Team:
    """A workspace with the first of its direct members; ``has_more`` of them its group has."""

    workspace: Workspace
    members: tuple[Principal, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class WorkspacesPage:
    """A page of the workspaces."""

    teams: tuple[Team, ...]
    next_url: str
    may_change: bool


@web.get("/workspaces")
def list_workspaces() -> str:
    """List the workspaces."""
    token = request.args.get("page", "")
    found = namespace.list_workspaces(caller(), page_token=token, limit=_PAGE_SIZE)
    page = WorkspacesPage(
        teams=tuple(map(_team, found.items)),
        next_url=next_address("web.list_workspaces", found.next_token),
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


def _team(workspace: Workspace) -> Team:
    members = namespace.list_workspace_members(caller(), workspace.name, limit=_FEW_MEMBERS)
    return Team(workspace, tuple(members.items), bool(members.next_token))

"""The versions of a model: what their runs measured, and the aliases that point at them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app import registry
from app.db import Page
from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.edge import caller
from app.identity.principals import names_of
from app.registry import ModelVersion
from app.securables import FullName
from app.tracking.runs.found import find_runs
from app.tracking.values import Run
from app.web.blueprint import next_address, web
from app.web.models import ModelHead, model_head, preferred_alias
from app.web.notices import done
from app.web.partials import render

_PAGE_SIZE = 20
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version with who made it and the run it came from, if the reader may read that.

    ``movable`` are the aliases that point at other versions; ``rival`` is the version to compare
    it with, 0 if there is none.
    """

    version: ModelVersion
    creator: str
    run: Run | None
    movable: tuple[tuple[str, int], ...]
    rival: int


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """A page of versions, the newest first."""

    head: ModelHead
    rows: tuple[VersionRow, ...]
    next_url: str


@web.get("/models/<object:name>/versions")
def list_model_versions(name: FullName) -> str:
    """List the versions of a model with what their runs measured."""
    head = model_head(name, "Versions")
    found = newest_versions(head, request.args.get("page", ""))
    creators = names_of(caller().session, [version.created_by for version in found.items])
    runs = find_runs(caller(), [version.run_id for version in found.items if version.run_id])
    page = VersionsPage(
        head=head,
        rows=tuple(
            VersionRow(
                version,
                creators.get(version.created_by, ""),
                runs.get(version.run_id or ""),
                tuple(pair for pair in head.aliases if pair[1] != version.version),
                _rival(head, version.version, [each.version for each in found.items]),
            )
            for version in found.items
        ),
        next_url=next_address("web.list_model_versions", found.next_token, name=name),
    )
    return render("model_versions.html", page=page)


@web.post("/models/<object:name>/aliases")
def set_model_alias(name: FullName) -> Response:
    """Point an alias at a version."""
    number = version_number(request.form.get("version", ""))
    registry.set_alias(caller(), name, request.form.get("alias", ""), number)
    return done("alias-set", "web.list_model_versions", name=name)


@web.post("/models/<object:name>/aliases/remove")
def remove_model_alias(name: FullName) -> Response:
    """Take an alias away."""
    registry.delete_alias(caller(), name, request.form.get("alias", ""))
    return done("alias-removed", "web.list_model_versions", name=name)


def newest_versions(head: ModelHead, page_token: str = "") -> Page[ModelVersion]:
    """Return a page of the versions of a model, those of the highest numbers first."""
    return registry.search_versions(
        caller(),
        [Comparison(Entity.ATTRIBUTE, "name", Operator.EQ, str(head.full_name))],
        order_by=[OrderBy(Entity.ATTRIBUTE, "version_number", ascending=False)],
        max_results=_PAGE_SIZE,
        page_token=page_token,
        prompts=head.model.is_prompt,
    )


def version_number(text: str) -> int:
    """Return the number of a version, as it was typed; 0, which no version has, for no number."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0


def _rival(head: ModelHead, version: int, listed: list[int]) -> int:
    """Return the version in use; for that one, the next lower of those listed, or another."""
    chosen = dict(head.aliases).get(preferred_alias(head.model.aliases), 0)
    lower = [number for number in listed if number < version]
    others = [chosen, *lower, *listed]
    return next((number for number in others if number not in {0, version}), 0)

"""The pages: each view calls the use-cases that the protocols call, and fills one template."""

from app.web import (
    audit,
    experiments,
    explanations,
    filters,
    home,
    keys,
    layout,
    lineage,
    models,
    people,
    permissions,
    policy,
    profile,
    refusals,
    requests,
    runs,
    search,
    signin,
    tree,
    versions,
    workspaces,
)
from app.web.blueprint import web

VIEWS = (
    audit,
    experiments,
    explanations,
    filters,
    home,
    keys,
    layout,
    lineage,
    models,
    people,
    permissions,
    policy,
    profile,
    refusals,
    requests,
    runs,
    search,
    signin,
    tree,
    versions,
    workspaces,
)
"""The modules whose import puts views on the blueprint."""

__all__ = ["VIEWS", "web"]

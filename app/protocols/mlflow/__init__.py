"""The tracking and registry protocol of the unmodified ``mlflow`` client."""

from flask import Blueprint

from app.protocols.mlflow import (
    artifacts,
    assessments,
    evaluation_datasets,
    experiments,
    issues,
    label_schemas,
    logged_models,
    metrics,
    model_versions,
    registered_models,
    review_queues,
    runs,
    scorers,
    server,
    trace_files,
    trace_metrics,
    traces,
    traces_older,
    unserved,
    webhooks,
    workspaces,
)
from app.protocols.mlflow.graphql import endpoint as graphql
from app.protocols.mlflow.routes import below_pages, rest, root

SECTIONS = (
    server,
    experiments,
    runs,
    metrics,
    artifacts,
    graphql,
    logged_models,
    registered_models,
    model_versions,
    traces,
    traces_older,
    trace_files,
    trace_metrics,
    assessments,
    issues,
    evaluation_datasets,
    scorers,
    label_schemas,
    review_queues,
    workspaces,
    webhooks,
    unserved,
)


def blueprints() -> tuple[Blueprint, ...]:
    """Return the blueprints with every endpoint that is served."""
    return (rest, root, below_pages)


__all__ = ["SECTIONS", "blueprints"]

"""OpenTelemetry's protocol over HTTP: spans of generative AI, from any exporter."""

from flask import Blueprint

from app.protocols.otel import routes


def blueprints() -> tuple[Blueprint, ...]:
    """Return the blueprints with every endpoint that is served."""
    return (routes.blueprint,)


__all__ = ["blueprints"]

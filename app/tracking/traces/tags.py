"""Tags and metadata of traces: what names and values may be, and which are the server's own."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import InvalidParameterError
from app.tracking.checks import MAX_KEY, MAX_TAG_VALUE, check_text, invalid
from app.tracking.resolve import trace_artifact_uri

SPANS_LOCATION = "mlflow.trace.spansLocation"
ARTIFACT_LOCATION = "mlflow.artifactLocation"
LOCATION_TAGS = frozenset({SPANS_LOCATION, ARTIFACT_LOCATION, "mlflow.trace.archiveLocation"})
"""Where clients go for spans and files: only the server says so."""

_MAX_PAIRS = 1000


def check_pairs(pairs: Mapping[str, str], field: str) -> dict[str, str]:
    """Return tags or metadata by name, long values cut to 8000 characters as MLflow does.

    Raises InvalidParameterError for more than 1000, a name that is empty or longer than 250
    characters, or text that cannot be stored.
    """
    if len(pairs) > _MAX_PAIRS:
        msg = f"At most {_MAX_PAIRS} {field} at once. Got {len(pairs)}."
        raise InvalidParameterError(msg, field=field)
    checked = {}
    for name, value in pairs.items():
        if not name:
            raise invalid(field, name, "A name is not empty")
        key = check_text(name, field, MAX_KEY)
        checked[key] = check_text(value, f"{field}.{name[:80]}", MAX_TAG_VALUE, truncate=True)
    return checked


def location_tags(number: int, trace_id: str, *, in_file: bool = False) -> dict[str, str]:
    """Return where a trace's spans and files are: behind this server, always.

    Clients before 3.6 send spans as a file; ``in_file`` is where there are no others.
    """
    spans = "ARTIFACT_REPO" if in_file else "TRACKING_STORE"
    return {ARTIFACT_LOCATION: trace_artifact_uri(number, trace_id), SPANS_LOCATION: spans}

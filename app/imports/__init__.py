"""Bring what another MLflow server keeps, with its ids and times, so that a kill loses nothing.

The door reads the other server; each use-case here is one unit of work: the thing, and the line of
the journal that says so. Whatever is begun again is the same afterwards.
"""

from app.imports.experiments import bring_experiment, drop_experiment
from app.imports.files import bring_file, find_files
from app.imports.journal import begin_import, find_brought
from app.imports.logged_models import bring_logged_model, settle_logged_model
from app.imports.models import bring_aliases, bring_model
from app.imports.report import tally
from app.imports.runs import bring_points, bring_run, settle_run
from app.imports.traces import bring_links, bring_trace
from app.imports.values import (
    Brought,
    Import,
    Origin,
    SourceExperiment,
    SourceLoggedModel,
    SourceModel,
    SourceRun,
    SourceTrace,
    SourceVersion,
    Tally,
)
from app.imports.versions import bring_version

__all__ = [
    "Brought",
    "Import",
    "Origin",
    "SourceExperiment",
    "SourceLoggedModel",
    "SourceModel",
    "SourceRun",
    "SourceTrace",
    "SourceVersion",
    "Tally",
    "begin_import",
    "bring_aliases",
    "bring_experiment",
    "bring_file",
    "bring_links",
    "bring_logged_model",
    "bring_model",
    "bring_points",
    "bring_run",
    "bring_trace",
    "bring_version",
    "drop_experiment",
    "find_brought",
    "find_files",
    "settle_logged_model",
    "settle_run",
    "tally",
]

"""Say what there is over there and what is here of it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

import click
import orjson

from app.cli.importing import lists
from app.cli.importing.messages import Experiment
from app.cli.importing.source import Source
from app.cli.output import show
from app.imports import Tally


def count(source: Source, experiments: Sequence[Experiment], *, with_models: bool) -> Counter[str]:
    """Count what the other server lists."""
    seen = Counter(experiments=len(experiments))
    for one in experiments:
        seen["runs"] += sum(map(len, lists.runs(source, one.experiment_id)))
        seen["logged_models"] += sum(map(len, lists.logged_models(source, one.experiment_id)))
        seen["traces"] += sum(map(len, lists.traces(source, one.experiment_id)))
    if with_models:
        for model in lists.registered_models(source):
            seen["registered_models"] += 1
            seen["aliases"] += len(model.aliases)
        seen["versions"] += sum(map(len, lists.versions(source)))
    return seen


def show_count(seen: Counter[str], *, as_json: bool) -> None:
    """Print what a dry run counted."""
    show([{"what": name, "there": number} for name, number in seen.items()], as_json=as_json)


def report(tallies: Sequence[Tally], problems: Sequence[str], *, as_json: bool) -> None:
    """Print the closing report; end the command with 1 if not all of it is here.

    There may be more here than over there: what was deleted there since it was brought.
    """
    if as_json:
        counts = {one.name: {"there": one.source, "here": one.ours} for one in tallies}
        click.echo(orjson.dumps({"counts": counts, "problems": list(problems)}))
    else:
        rows = [{"what": one.name, "there": one.source, "here": one.ours} for one in tallies]
        show(rows, as_json=False)
    missing = [one.name for one in tallies if one.ours < one.source]
    if missing or problems:
        lacking = f"; fewer here: {', '.join(missing)}" if missing else ""
        click.echo(f"Error: {len(problems)} things were not brought{lacking}", err=True)
        sys.exit(1)

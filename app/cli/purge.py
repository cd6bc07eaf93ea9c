"""``muniment purge``: delete for good what has been in the trash."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from app.artifacts import collect_orphans
from app.cli.context import as_option, home_option, json_option, open_services, working
from app.cli.output import Duration, done
from app.registry.purging import purge_models
from app.tracking.purging import purge_tracking

_STEPS = (purge_tracking, purge_models)


@click.command()
@home_option
@as_option
@click.option(
    "--older-than",
    "age",
    type=Duration(),
    required=True,
    help="Only what has been there that long, such as 30d.",
)
@click.option("--confirm", is_flag=True, required=True, help="It cannot be brought back.")
@json_option
def purge(home: Path, as_name: str | None, age: int, confirm: bool, as_json: bool) -> None:  # noqa: ARG001 (click has seen to it)
    """Delete runs, experiments and models in the trash for good, with their files.

    The log and lineage keep what they say of them. Safe to interrupt.
    """
    services = open_services(home)
    purged: Counter[str] = Counter()
    for step in _STEPS:
        while True:
            with working(services, as_name=as_name) as caller:
                some = step(caller, services.vault, caller.now - age)
            purged.update(some)
            if not some:
                break
            click.echo(f"\r{purged.total()} purged", nl=False, err=True)
    collect_orphans(services.database, services.vault, services.settings.artifacts.orphan_age)
    told = ", ".join(f"{number} {what}" for what, number in purged.items()) or "nothing"
    done(f"Purged {told}", as_json=as_json, **purged)

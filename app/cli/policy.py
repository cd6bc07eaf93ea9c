"""``muniment policy``: do the policy files say what their examples say?"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from app.access.assertions import run_assertions
from app.cli.output import show
from app.db import Database
from app.db.migrations import migrate
from app.errors import MunimentError


@click.group()
def policy() -> None:
    """What permits what: the files in policies/."""


@policy.command("test")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def test_policy(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Play the examples of policies/assertions, or FILES, and exit 1 if one does not hold."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/policy.db")
        migrate(database)
        try:
            results = run_assertions(database, files)
        except MunimentError as error:
            raise click.ClickException(error.message) from error
        finally:
            database.dispose()
    failed = [result for result in results if not result.holds]
    rows = [
        {"file": one.file, "says": one.says, "expected": one.expected, "found": one.found}
        for one in failed
    ]
    if as_json or failed:
        show(rows, as_json=as_json)
    if not as_json:
        click.echo(f"{len(results) - len(failed)} examples hold, {len(failed)} do not")
    sys.exit(1 if failed or not results else 0)

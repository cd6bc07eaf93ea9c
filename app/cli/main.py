"""The command and its groups."""

from __future__ import annotations

import click

from app import __version__
from app.cli.serve import serve

SECTIONS = (serve,)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="muniment")
def main() -> None:
    """Muniment: a governance catalog for models, datasets and experiments."""


for _command in SECTIONS:
    main.add_command(_command)

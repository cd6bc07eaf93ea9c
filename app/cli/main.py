"""The command and its groups."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Final

import click
from typing_extensions import override

from app import __version__

COMMANDS: Final = {
    "serve": "serve:serve",
    "demo": "demo:demo",
    "token": "people:token",
    "user": "people:user",
    "group": "people:group",
    "workspace": "spaces:workspace",
    "catalog": "spaces:catalog",
    "schema": "spaces:schema",
    "dataset": "datasets:dataset",
    "key": "customer_keys:key",
    "grant": "rights:grant",
    "revoke": "rights:revoke",
    "grants": "rights:grants",
    "explain": "rights:explain_decision",
    "request": "requests:request",
    "webhook": "webhooks:webhook",
    "audit": "log:audit",
    "import": "importing:import_",
    "purge": "purge:purge",
    "policy": "policy:policy",
}
"""Where each command is. Only the one that is asked for is imported: a server starts sooner."""


class _Commands(click.Group):
    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"app.cli.{module}"), name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="muniment")
def main() -> None:
    """Muniment: a governance catalog for models, datasets and experiments."""
    os.umask(0o077)  # nothing in the home folder is anybody else's

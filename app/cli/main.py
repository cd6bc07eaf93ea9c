"""The command and its groups."""

from __future__ import annotations

import os

import click

from app import __version__
from app.cli.customer_keys import key
from app.cli.datasets import dataset
from app.cli.demo import demo
from app.cli.importing import import_
from app.cli.log import audit
from app.cli.people import group, token, user
from app.cli.policy import policy
from app.cli.purge import purge
from app.cli.requests import request
from app.cli.rights import explain_decision, grant, grants, revoke
from app.cli.serve import serve
from app.cli.spaces import catalog, schema, workspace
from app.cli.webhooks import webhook

SECTIONS: tuple[click.Command, ...] = (
    serve,
    demo,
    token,
    user,
    group,
    workspace,
    catalog,
    schema,
    dataset,
    key,
    grant,
    revoke,
    grants,
    explain_decision,
    request,
    webhook,
    audit,
    import_,
    purge,
    policy,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="muniment")
def main() -> None:
    """Muniment: a governance catalog for models, datasets and experiments."""
    os.umask(0o077)  # nothing in the home folder is anybody else's


for _command in SECTIONS:
    main.add_command(_command)

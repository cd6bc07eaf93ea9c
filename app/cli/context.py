"""What every command needs: the home folder, its services, and a Caller for the operator."""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from pathlib import Path
from typing import Any

import click

from app.cli.output import plain
from app.config import load_settings
from app.crypto.errors import CryptoError
from app.crypto.private_file import replace_file
from app.db.metadata import new_id, now_millis
from app.edge.services import Services, build_services
from app.edge.start import make_home, prepare
from app.edge.work import unit_of_work
from app.errors import MunimentError
from app.identity import Caller, Request
from app.namespace import FirstStart, operator, resolve_workspace

DEFAULT_HOME = Path("~/.muniment")

home_option = click.option(
    "--home",
    envvar="MUNIMENT_HOME",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_HOME,
    show_default=True,
    help="Folder of the server's data and keys.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
as_option = click.option(
    "--as", "as_name", metavar="NAME", help="Act as this principal instead of an administrator."
)
workspace_option = click.option("--workspace", metavar="NAME", help="Work in this workspace.")


def open_services(home: Path) -> Services:
    """Return the services of a home folder, brought up to date; errors end the command.

    Its connections are closed when the command ends.
    """
    try:
        settings = load_settings(home)
        make_home(settings)
        services = build_services(settings)
        click.get_current_context().call_on_close(services.database.dispose)
        password = os.environ.get("MUNIMENT_ADMIN_PASSWORD") or None
        token = os.environ.get("MUNIMENT_ADMIN_TOKEN") or None
        started = prepare(services, password=password, token=token)
        if started is not None:
            _keep_secrets(settings.home, started, password=password, token=token)
    except (MunimentError, CryptoError, OSError) as error:
        raise click.ClickException(plain(str(error))) from error
    return services


def _keep_secrets(
    home: Path, started: FirstStart, *, password: str | None, token: str | None
) -> None:
    """Write the secrets that were made, not those that were given, for the home's owner alone.

    They take the place of those of a database that was there before.
    """
    made = {"user": started.name}
    if password is None:
        made["password"] = started.password
    if token is None:
        made["token"] = started.token
    if len(made) > 1:
        # Of several processes one alone makes a first start, so that nobody else writes here.
        replace_file(home / "admin.json", json.dumps(made, indent=1).encode() + b"\n")


@contextmanager
def acting(
    services: Services, *, as_name: str | None = None, workspace: str | None = None
) -> Iterator[Caller]:
    """Run a block as one unit of work of the operator, whose errors are ours."""
    session = services.database.session()
    try:
        authenticated = operator(session, as_name)
        caller = Caller(
            principal=authenticated.principal,
            workspace=resolve_workspace(session, authenticated, workspace),
            session=session,
            request=Request(
                id=new_id(),
                address=socket.gethostname()[:64],
                agent=f"muniment command by {account_name()}",
            ),
            now=now_millis(),
            groups=authenticated.groups,
        )
        with unit_of_work(services, caller):
            yield caller
    finally:
        session.close()


def account_name() -> str:
    """Return the account of the machine: its number where it has no name, as in containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


@contextmanager
def working(
    services: Services, *, as_name: str | None = None, workspace: str | None = None
) -> Iterator[Caller]:
    """Run a block as one unit of work of the operator; our errors end the command with 1."""
    try:
        with acting(services, as_name=as_name, workspace=workspace) as caller:
            yield caller
    except UnicodeEncodeError as error:
        # Shells pass on any bytes, and Python makes unpaired surrogates of what is no UTF-8.
        raise click.ClickException("An argument is not text in UTF-8") from error
    except (MunimentError, CryptoError) as error:
        raise click.ClickException(plain(str(error))) from error


def operator_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--home``, ``--as``, ``--workspace`` and ``--json``."""
    for option in (json_option, workspace_option, as_option, home_option):
        function = option(function)
    return function


def command(
    group: click.Group, name: str, **options: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command of ``group`` with ``--home``, ``--as``, ``--workspace`` and ``--json``.

    The function is called within one unit of work, with the Caller first.
    """

    def declare(function: Callable[..., Any]) -> click.Command:
        def run(home: Path, as_name: str | None, workspace: str | None, **arguments: Any) -> None:
            services = open_services(home)
            with working(services, as_name=as_name, workspace=workspace) as caller:
                function(caller, services, **arguments)

        return group.command(name, **options)(operator_options(update_wrapper(run, function)))

    return declare


def fail(message: str) -> None:
    """End the command with 1, saying why on stderr."""
    click.echo(f"Error: {plain(message)}", err=True)
    sys.exit(1)

"""``muniment serve``: the server in the foreground."""

from __future__ import annotations

import gc
import os
import socket
import sys
from importlib import import_module
from pathlib import Path

import click

from app.cli.context import home_option, open_services

SERVING = "app.serving"
"""What serves; a floor above, and half of the start: it is imported once the home is in order."""


@click.command()
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="Port."
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes."
)
def serve(home: Path, host: str, port: int, workers: int) -> None:
    """Serve HTTP until SIGTERM or SIGINT; everything is in the home folder.

    The database is migrated first. Logs are JSON lines on standard error.
    """
    address = _bindable(host, port)
    services = open_services(home)
    settings = services.settings
    services.audit_log.write_system_event(
        services.database, "server.start", host=host, port=port, workers=workers
    )
    services.database.dispose()
    os.environ["MUNIMENT_HOME"] = str(settings.home)
    # The workers read the settings anew; whatever address they are bound to is theirs to answer.
    os.environ["MUNIMENT_SERVER_ALLOWED_HOSTS"] = ",".join([*settings.server.allowed_hosts, host])
    announce(host, port, settings.home)
    sys.stdout.flush()
    gc.disable()  # what is imported stays: looking through it takes a tenth of the time
    import_module(SERVING).serve(address, port, workers, settings.server.threads)


def _bindable(host: str, port: int) -> str:
    """Return the address of a host name, if this process may listen there."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        msg = f"Cannot listen on {host}:{port}: {error.strerror or error}"
        raise click.ClickException(msg) from error
    return str(where[0])


def announce(host: str, port: int, home: Path) -> None:
    """Print where the server will be and how to get in."""
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"Muniment serves http://{shown}:{port}")
    secrets = home / "admin.json"
    if secrets.exists():
        click.echo(f"Sign in as admin; the password and a token are in {secrets}")
    click.echo(f"More tokens: muniment token create --home {home} --user NAME --create")

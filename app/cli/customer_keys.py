"""``muniment key``: customer-managed keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app import keys
from app.access import METASTORE
from app.cli.context import command, open_services, operator_options, working
from app.cli.output import done, show
from app.db import all_items
from app.edge.services import Services
from app.identity import Caller
from app.keys.customer_keys import CustomerKey
from app.keys.rotation import rewrap_outdated
from app.securables import FullName


@click.group()
def key() -> None:
    """Customer-managed keys."""


@command(key, "list")
def list_keys(caller: Caller, _services: Services, as_json: bool) -> None:
    """List keys with their state and what they protect."""
    found = all_items(lambda token: keys.list_keys(caller, page_token=token, limit=1000))
    show([_row(one) for one in found], as_json=as_json)


@command(key, "create")
@click.argument("name")
@click.option("--comment", default="")
def create_key(caller: Caller, services: Services, as_json: bool, name: str, comment: str) -> None:
    """Make a key."""
    made = keys.create_key(caller, services.vault.key_ring, name, comment=comment)
    done(f"Created key {made.name}", as_json=as_json, id=made.id, name=made.name)


@key.command("bind")
@operator_options
@click.argument("name")
@click.argument("catalog", required=False)
@click.option(
    "--default", "as_default", is_flag=True, help="For catalogs without one of their own."
)
def bind_key(
    home: Path,
    as_name: str | None,
    workspace: str | None,
    as_json: bool,
    name: str,
    catalog: str | None,
    as_default: bool,
) -> None:
    """Protect a catalog with a key, and wrap again what is stored there already."""
    if as_default is (catalog is not None):
        msg = "Name a catalog, or say --default"
        raise click.UsageError(msg)
    place = METASTORE if catalog is None else FullName.of(catalog)
    services = open_services(home)
    with working(services, as_name=as_name, workspace=workspace) as caller:
        keys.bind_key(caller, place, FullName.of(name))
    rewrapped = rewrap(services, quiet=as_json)
    done(
        f"Bound {name} to {catalog or 'the metastore'}; {rewrapped} data keys wrapped again",
        as_json=as_json,
        name=name,
        catalog=catalog,
        rewrapped=rewrapped,
    )


@command(key, "disable")
@click.argument("name")
def disable_key(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Make all that a key protects unreadable, from the next request on."""
    keys.disable_key(caller, FullName.of(name))
    done(f"Disabled {name}", as_json=as_json, name=name)


@command(key, "enable")
@click.argument("name")
def enable_key(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Let a disabled key be used again."""
    keys.enable_key(caller, FullName.of(name))
    done(f"Enabled {name}", as_json=as_json, name=name)


@command(key, "destroy")
@click.argument("name")
@click.option("--confirm", required=True, metavar="NAME", help="The key's name once more.")
@click.option("--days", type=int, help="Days to wait; the setting keys.waiting_days if none.")
def destroy_key(
    caller: Caller, services: Services, as_json: bool, name: str, confirm: str, days: int | None
) -> None:
    """Schedule a key's destruction; what it protects is unreadable meanwhile and lost after."""
    waiting = days if days is not None else services.settings.keys.waiting_days
    found = keys.schedule_destroy(caller, FullName.of(name), confirm, waiting)
    done(f"{name} will be destroyed", as_json=as_json, name=name, destroy_at=found.destroy_at)


@command(key, "keep")
@click.argument("name")
def cancel_destroy(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Cancel a scheduled destruction; the key stays disabled until it is enabled."""
    keys.cancel_destroy(caller, FullName.of(name))
    done(f"Kept {name}", as_json=as_json, name=name)


@key.command("rotate")
@operator_options
@click.argument("name")
def rotate_key(
    home: Path, as_name: str | None, workspace: str | None, as_json: bool, name: str
) -> None:
    """Add a version to a key, then wrap every data key under it again; safe to interrupt."""
    services = open_services(home)
    with working(services, as_name=as_name, workspace=workspace) as caller:
        rotated = keys.rotate_key(caller, services.vault.key_ring, FullName.of(name))
    rewrapped = rewrap(services, quiet=as_json)
    done(
        f"{name} is at version {rotated.current_version}; {rewrapped} data keys wrapped again",
        as_json=as_json,
        name=name,
        version=rotated.current_version,
        rewrapped=rewrapped,
    )


def rewrap(services: Services, *, quiet: bool) -> int:
    """Wrap outdated data keys again, showing how far it is."""

    def tell(finished: int, of: int) -> None:
        if not quiet:
            click.echo(f"\r{finished} of {of} data keys", nl=finished >= of, err=True)

    return rewrap_outdated(services.database, services.vault.key_ring, progress=tell)


def _row(one: CustomerKey) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state.value,
        "version": one.current_version,
        "provider": one.provider,
        "files": one.files,
        "bytes": one.size,
        "outdated": one.outdated,
        "default": one.is_default,
        "created_at": one.created_at,
        "destroy_at": one.destroy_at,
    }

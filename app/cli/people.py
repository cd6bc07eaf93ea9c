"""``muniment token``, ``user`` and ``group``: principals and their credentials."""

from __future__ import annotations

import sys

import click

from app import accounts
from app.accounts import Person
from app.cli.context import command
from app.cli.output import Duration, done, show
from app.db import all_items
from app.edge.services import Services
from app.errors import NotFoundError
from app.identity import Caller, PrincipalKind
from app.identity.principals import find_principal


@click.group()
def token() -> None:
    """Bearer tokens."""


@click.group()
def user() -> None:
    """Users and service principals."""


@click.group()
def group() -> None:
    """Groups of principals; a group may be in a group."""


@command(token, "create")
@click.option("--user", "name", required=True, metavar="NAME", help="Whose token it is.")
@click.option("--create", is_flag=True, help="Make the user first if there is none of the name.")
@click.option("--name", "label", default="", help="What the token is for.")
@click.option("--scope", multiple=True, help="Operations such as 'read' or 'run.*'; all if none.")
@click.option("--for", "lifetime", type=Duration(), help="How long it is good, such as 30d.")
def create_token(
    caller: Caller,
    _services: Services,
    as_json: bool,
    name: str,
    create: bool,
    label: str,
    scope: tuple[str, ...],
    lifetime: int | None,
) -> None:
    """Make a token and print it; it is shown this once."""
    if create and not _exists(caller, name):
        accounts.create_user(caller, name)
    made = accounts.create_token(
        caller,
        principal=name,
        name=label,
        scope=scope or None,
        expires_at=None if lifetime is None else caller.now + lifetime,
    )
    done(made.secret, as_json=as_json, id=made.id, token=made.secret, expires_at=made.expires_at)


@command(token, "list")
@click.option("--user", "name", metavar="NAME", help="Only those of one principal.")
def list_tokens(caller: Caller, _services: Services, as_json: bool, name: str | None) -> None:
    """List living tokens; their secrets are kept nowhere."""
    rows = [
        {
            "id": found.id,
            "principal": found.principal.name,
            "name": found.name,
            "begins": found.hint,
            "scope": list(found.scope),
            "expires_at": found.expires_at,
            "last_used_at": found.last_used_at,
        }
        for found in all_items(
            lambda token: accounts.list_tokens(caller, name, page_token=token, limit=1000)
        )
    ]
    show(rows, as_json=as_json)


@command(token, "revoke")
@click.argument("token_id")
def revoke_token(caller: Caller, _services: Services, as_json: bool, token_id: str) -> None:
    """Revoke a token by its id; it is refused from the next request on."""
    accounts.revoke_token(caller, token_id)
    done(f"Revoked {token_id}", as_json=as_json, revoked=token_id)


@command(user, "create")
@click.argument("name")
@click.option("--display-name", default="", help="The name that people read.")
@click.option("--password-stdin", is_flag=True, help="Read a password from standard input.")
@click.option("--service", is_flag=True, help="Make a service principal.")
def create_user(
    caller: Caller,
    services: Services,
    as_json: bool,
    name: str,
    display_name: str,
    password_stdin: bool,
    service: bool,
) -> None:
    """Make a user, in no workspace and with no grant."""
    make = accounts.create_service_principal if service else accounts.create_user
    password_hash = ""
    if password_stdin:
        # Read and hashed before the transaction opens, in which nobody else could write.
        password_hash = services.passwords.hash(sys.stdin.readline().rstrip("\n"), name)
    made = make(caller, name, display_name=display_name)
    if password_hash:
        accounts.set_hashed_password(caller, made.name, password_hash)
    done(f"Created {made.name}", as_json=as_json, id=made.id, name=made.name)


@command(user, "list")
def list_users(caller: Caller, _services: Services, as_json: bool) -> None:
    """List users and service principals."""
    _show_people(caller, (PrincipalKind.USER, PrincipalKind.SERVICE_PRINCIPAL), as_json=as_json)


@command(user, "password")
@click.argument("name")
def set_password(caller: Caller, services: Services, as_json: bool, name: str) -> None:
    """Set a password, read from standard input or typed unseen."""
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    accounts.set_password(caller, services.passwords, name, password)
    done(f"Set the password of {name}", as_json=as_json, name=name)


@command(user, "disable")
@click.argument("name")
def disable_user(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Refuse everything to a principal from the next request on."""
    accounts.disable_principal(caller, name)
    done(f"Disabled {name}", as_json=as_json, name=name)


@command(user, "enable")
@click.argument("name")
def enable_user(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Take a disabled principal in again."""
    accounts.enable_principal(caller, name)
    done(f"Enabled {name}", as_json=as_json, name=name)


@command(user, "delete")
@click.argument("name")
def delete_user(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Delete a principal; whoever gets the name later is somebody else."""
    accounts.delete_principal(caller, name)
    done(f"Deleted {name}", as_json=as_json, name=name)


@command(group, "create")
@click.argument("name")
def create_group(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Make a group."""
    made = accounts.create_group(caller, name)
    done(f"Created {made.name}", as_json=as_json, id=made.id, name=made.name)


@command(group, "list")
def list_groups(caller: Caller, _services: Services, as_json: bool) -> None:
    """List groups."""
    _show_people(caller, (PrincipalKind.GROUP,), as_json=as_json)


@command(group, "add")
@click.argument("group_name", metavar="GROUP")
@click.argument("members", metavar="MEMBER...", nargs=-1, required=True)
def add_members(
    caller: Caller, _services: Services, as_json: bool, group_name: str, members: tuple[str, ...]
) -> None:
    """Add users or groups to a group."""
    for member in members:
        accounts.add_member(caller, group_name, member)
    done(f"Added {', '.join(members)} to {group_name}", as_json=as_json, added=list(members))


@command(group, "remove")
@click.argument("group_name", metavar="GROUP")
@click.argument("member")
def remove_member(
    caller: Caller, _services: Services, as_json: bool, group_name: str, member: str
) -> None:
    """Take a member out of a group."""
    accounts.remove_member(caller, group_name, member)
    done(f"Removed {member} from {group_name}", as_json=as_json, removed=member)


@command(group, "members")
@click.argument("group_name", metavar="GROUP")
@click.option("--effective", is_flag=True, help="Also those in through other groups.")
def list_members(
    caller: Caller, _services: Services, as_json: bool, group_name: str, effective: bool
) -> None:
    """List the members of a group."""
    found = all_items(
        lambda token: accounts.list_members(
            caller, group_name, effective=effective, page_token=token
        )
    )
    show([{"name": one.name, "kind": one.kind.value} for one in found], as_json=as_json)


@command(group, "delete")
@click.argument("name")
def delete_group(caller: Caller, _services: Services, as_json: bool, name: str) -> None:
    """Delete a group, and with it what was granted to it."""
    accounts.delete_principal(caller, name)
    done(f"Deleted {name}", as_json=as_json, name=name)


def _exists(caller: Caller, name: str) -> bool:
    try:
        find_principal(caller.session, name)
    except NotFoundError:
        return False
    return True


def _all_of(caller: Caller, kind: PrincipalKind) -> list[Person]:
    return all_items(
        lambda token: accounts.list_principals(caller, kind=kind, page_token=token, limit=1000)
    )


def _show_people(caller: Caller, kinds: tuple[PrincipalKind, ...], *, as_json: bool) -> None:
    rows = [
        {
            "name": person.principal.name,
            "display_name": person.display_name,
            "kind": person.principal.kind.value,
            "created_at": person.created_at,
            "disabled_at": person.disabled_at,
        }
        for kind in kinds
        for person in _all_of(caller, kind)
    ]
    show(rows, as_json=as_json)

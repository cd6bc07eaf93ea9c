"""Bring the demo's people, workspaces and shared catalog into being, as an administrator would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from app import access, accounts, keys, namespace
from app.cli.context import working
from app.cli.demo.cast import CATALOG, CLINIC, GROUPS, KEY, PEOPLE, SCHEMAS, WINE_LAB, Person
from app.cli.demo.folder import Folder
from app.cli.demo.stage import told
from app.edge.services import Services
from app.errors import AlreadyExistsError
from app.securables import FullName, Kind

_PLACE = FullName.of(CATALOG)
_FINDABLE = ("BROWSE", "USE CATALOG", "USE SCHEMA")


def make_people(services: Services, folder: Folder) -> None:
    """Make the people with their sign-ins, their groups and their workspaces."""
    for person in PEOPLE:
        named = {"display_name": person.display_name}
        if _is_new(services, accounts.create_user, person.name, **named):
            folder.sign_in(person.name).token = ""
        _give_sign_in(services, folder, person)
    for workspace in (WINE_LAB, CLINIC):
        members = [person for person in PEOPLE if person.workspace == workspace]
        names = [person.name for person in members]
        _is_new(services, namespace.create_workspace, workspace, members=names)
        who = " and ".join(person.first_name for person in members)
        told(f"{who} in the workspace {workspace}, whose catalog nobody else sees.")
    for group, people in GROUPS.items():
        _is_new(services, accounts.create_group, group)
        with working(services) as caller:
            for person in people:
                accounts.add_member(caller, group, person.name)


def make_places(services: Services) -> None:
    """Make the shared catalog under a key of its own, findable by all, with a schema a team."""
    _is_new(services, namespace.create_catalog, CATALOG)
    _is_new(services, keys.create_key, services.vault.key_ring, KEY)
    with working(services) as caller:
        if not keys.get_key(caller, FullName.of(KEY)).catalog_ids:
            keys.bind_key(caller, _PLACE, FullName.of(KEY))
    for schema in SCHEMAS:
        _is_new(services, namespace.create_schema, CATALOG, schema)
    with working(services) as caller:
        for group in GROUPS:
            for privilege in _FINDABLE:
                access.grant(caller, _PLACE, group, privilege, kind=Kind.CATALOG)
        for schema, group in SCHEMAS.items():
            place = FullName.of(CATALOG, schema)
            access.grant(caller, place, group, "role:contributor", kind=Kind.SCHEMA)
    told(
        f"A catalog {CATALOG} under the key {KEY}: both teams find what is in it, "
        "each contributes to a schema of its own."
    )


def make_auditor(services: Services, person: Person) -> None:
    """Let somebody see the log, grants, lineage and metadata everywhere, and no content."""
    with working(services) as caller:
        access.grant(caller, access.METASTORE, person.name, "role:auditor")
    told(f"{person.first_name}, the auditor, in no workspace.")


def _give_sign_in(services: Services, folder: Folder, person: Person) -> None:
    held = folder.sign_in(person.name)
    if held.token:
        return
    with working(services) as caller:
        accounts.set_password(caller, services.passwords, person.name, held.password)
        made = accounts.create_token(caller, principal=person.name, name="demo")
    held.token = made.secret
    folder.keep()


def _is_new(
    services: Services, create: Callable[..., object], *arguments: Any, **more: Any
) -> bool:
    """Create something as the operator unless it is there; tell whether it is new."""
    try:
        with working(services) as caller:
            create(caller, *arguments, **more)
    except click.ClickException as error:
        if isinstance(error.__cause__, AlreadyExistsError):
            return False
        raise
    return True

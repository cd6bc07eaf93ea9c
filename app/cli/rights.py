"""``muniment grant``, ``revoke``, ``grants`` and ``explain``: who may what, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app import access
from app.access import Operation
from app.access.explain import Explanation
from app.access.grants import ALLOW, DENY, Terms
from app.access.holdings import Grant
from app.cli.context import command, open_services, operator_options, working
from app.cli.output import Duration, done, plain, show
from app.db import all_items
from app.edge.services import Services
from app.errors import InvalidParameterError
from app.identity import Caller
from app.securables import FullName, Kind

_KINDS = click.Choice([kind.value for kind in Kind])


@click.group("grants")
def grants() -> None:
    """What is granted."""


@click.command("grant")
@operator_options
@click.argument("item", metavar="PRIVILEGE|role:NAME")
@click.argument("_on", metavar="on", type=click.Choice(["on"]))
@click.argument("kind", metavar="KIND", type=_KINDS)
@click.argument("name")
@click.argument("_to", metavar="to", type=click.Choice(["to"]))
@click.argument("principal")
@click.option("--for", "lifetime", type=Duration(), help="How long it holds, such as 30d.")
@click.option("--reason", default="", help="Why; kept with the grant.")
@click.option("--deny", is_flag=True, help="Deny instead: it wins over every grant.")
def grant(
    home: Path,
    as_name: str | None,
    workspace: str | None,
    as_json: bool,
    item: str,
    kind: str,
    name: str,
    principal: str,
    lifetime: int | None,
    reason: str,
    deny: bool,
    **_words: str,
) -> None:
    """Grant a privilege or a role: muniment grant EXECUTE on registered_model a.b.c to ann."""
    with working(open_services(home), as_name=as_name, workspace=workspace) as caller:
        expires = None if lifetime is None else caller.now + lifetime
        terms = Terms(expires_at=expires, reason=reason, effect=DENY if deny else ALLOW)
        access.grant(caller, _target(name, kind), principal, item, kind=Kind(kind), terms=terms)
    verb = "Denied" if deny else "Granted"
    message = f"{verb} {item} on {kind} {name} to {principal}"
    done(message, as_json=as_json, item=item, principal=principal, expires_at=expires)


@click.command("revoke")
@operator_options
@click.argument("item", metavar="PRIVILEGE|role:NAME")
@click.argument("_on", metavar="on", type=click.Choice(["on"]))
@click.argument("kind", metavar="KIND", type=_KINDS)
@click.argument("name")
@click.argument("_from", metavar="from", type=click.Choice(["from"]))
@click.argument("principal")
@click.option("--deny", is_flag=True, help="Take back a denial.")
def revoke(
    home: Path,
    as_name: str | None,
    workspace: str | None,
    as_json: bool,
    item: str,
    kind: str,
    name: str,
    principal: str,
    deny: bool,
    **_words: str,
) -> None:
    """Take a grant back; it no longer holds for the next request."""
    with working(open_services(home), as_name=as_name, workspace=workspace) as caller:
        effect = DENY if deny else ALLOW
        was_there = access.revoke(
            caller, _target(name, kind), principal, item, kind=Kind(kind), effect=effect
        )
    message = f"Revoked {item} on {kind} {name} from {principal}"
    if not was_there:
        message = f"{principal} held no {item} on {kind} {name}: nothing to revoke"
    done(message, as_json=as_json, revoked=was_there)


@command(grants, "show")
@click.argument("kind", metavar="KIND", type=_KINDS, required=False)
@click.argument("name", required=False)
@click.option("--principal", metavar="NAME", help="What one principal and its groups hold.")
def show_grants(
    caller: Caller,
    _services: Services,
    as_json: bool,
    kind: str | None,
    name: str | None,
    principal: str | None,
) -> None:
    """Show what is granted on a securable and above it, or to a principal."""
    if kind is not None:
        found = access.grants_on(caller, _target(name or "", kind), kind=Kind(kind))
    else:
        found = all_items(
            lambda token: access.grants_of(caller, principal, token=token, limit=1000)
        )
    show([_row(one) for one in found], as_json=as_json)


@click.command("explain")
@operator_options
@click.argument("principal")
@click.argument("operation")
@click.argument("kind", metavar="KIND", type=_KINDS)
@click.argument("name")
def explain_decision(
    home: Path,
    as_name: str | None,
    workspace: str | None,
    as_json: bool,
    principal: str,
    operation: str,
    kind: str,
    name: str,
) -> None:
    """Tell whether a principal may do an operation, and what it rests on or lacks."""
    with working(open_services(home), as_name=as_name, workspace=workspace) as caller:
        try:
            asked = Operation(operation)
        except ValueError:
            msg = f"There is no operation {operation!r}"
            raise InvalidParameterError(msg, field="operation") from None
        found = access.explain(caller, principal, asked, _target(name, kind), kind=Kind(kind))
    if as_json:
        done("", as_json=True, **_as_dict(found))
    else:
        _print_tree(found)


def _target(name: str, kind: str) -> FullName:
    if kind == Kind.METASTORE:
        return access.METASTORE
    return FullName.parse(name)


def _row(one: Grant) -> dict[str, Any]:
    return {
        "principal": one.principal.name,
        "item": one.item,
        "effect": one.effect,
        "on": f"{one.kind} {one.full_name}".strip(),
        "granted_by": one.granted_by,
        "expires_at": one.expires_at,
        "reason": one.reason,
    }


def _as_dict(found: Explanation) -> dict[str, Any]:
    return {
        "principal": found.principal.name,
        "operation": found.operation.value,
        "securable": str(found.securable.full_name),
        "allowed": found.is_allowed,
        "hidden": found.is_hidden,
        "determined_by": found.determined_by,
        "ask": list(found.grantors),
        "privileges": [
            {
                "privilege": branch.reason.privilege.value,
                "holds": branch.reason.holds,
                "conditions": [
                    {
                        "condition": step.condition,
                        "met": step.is_met,
                        "because": step.because,
                        "path": list(step.path),
                    }
                    for step in branch.steps
                ],
            }
            for branch in found.branches
        ],
    }


def _print_tree(found: Explanation) -> None:
    verdict = "may" if found.is_allowed else "may not"
    seen = " and does not see it" if found.is_hidden else ""
    subject = f"{found.securable.kind} {found.securable.full_name}"
    click.echo(plain(f"{found.principal.name} {verdict} {found.operation} on {subject}{seen}"))
    for branch in found.branches:
        click.echo(f"  {_mark(is_met=branch.reason.holds)} {branch.reason.privilege}")
        for step in branch.steps:
            path = f" ({' > '.join(step.path)})" if step.path else ""
            told = plain(f"{step.condition}: {step.because}{path}")
            click.echo(f"      {_mark(is_met=step.is_met)} {told}")
    if not found.is_allowed:
        click.echo(f"Ask {', '.join(found.grantors)}")


def _mark(*, is_met: bool) -> str:
    return "✓" if is_met else "✗"

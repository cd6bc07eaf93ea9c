"""The Policy page: what permits what, drawn from the files that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from app import access
from app.access import Operation, Privilege, PrivilegeRule, Role, Rule
from app.edge import caller
from app.web.blueprint import web
from app.web.partials import render


@dataclass(frozen=True, slots=True)
class OperationsOnKind:
    """The operations on one kind of securable."""

    name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """Everything in ``policies/``."""

    kinds: tuple[OperationsOnKind, ...]
    privileges: tuple[PrivilegeRule, ...]
    roles: tuple[Role, ...]


@web.get("/policy")
def show_policy() -> str:
    """Show operations, privileges and roles."""
    access.permit_self(caller(), Operation.POLICY_READ)
    policy = access.policy()
    by_kind = sorted(policy.rules.values(), key=_kind_of)
    page = PolicyPage(
        kinds=tuple(
            OperationsOnKind(name, tuple(rules)) for name, rules in groupby(by_kind, key=_kind_of)
        ),
        privileges=tuple(policy.privileges[privilege] for privilege in Privilege),
        roles=tuple(policy.roles.values()),
    )
    return render("policy.html", page=page)


def _kind_of(rule: Rule) -> str:
    return rule.kind.value if rule.kind else "oneself"

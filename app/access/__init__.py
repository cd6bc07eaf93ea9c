"""Operations, privileges, roles, grants and decisions. Casbin decides, SQL fetches.

``obtain`` and ``visible`` are the only ways to a securable; ``permit_self`` records what concerns
nobody but the caller.
"""

from app.access.decisions import Decision, Reason
from app.access.grants import Terms, grant, revoke, transfer_owner
from app.access.holdings import Grant, Holding, effective_on, grants_of, grants_on
from app.access.obtain import METASTORE, in_scope, may, not_found, obtain, permit_self, see
from app.access.operations import Operation
from app.access.pages import visible_names, visible_page, visible_where
from app.access.policy import Policy, Privilege, PrivilegeRule, Role, Rule, policy
from app.access.visible import visible

__all__ = [
    "METASTORE",
    "Decision",
    "Grant",
    "Holding",
    "Operation",
    "Policy",
    "Privilege",
    "PrivilegeRule",
    "Reason",
    "Role",
    "Rule",
    "Terms",
    "effective_on",
    "grant",
    "grants_of",
    "grants_on",
    "in_scope",
    "may",
    "not_found",
    "obtain",
    "permit_self",
    "policy",
    "revoke",
    "see",
    "transfer_owner",
    "visible",
    "visible_names",
    "visible_page",
    "visible_where",
]

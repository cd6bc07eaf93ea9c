"""Operations, privileges, roles, grants and decisions. Casbin decides, SQL fetches.

``obtain`` and ``visible`` are the only ways to a securable; ``permit_self`` records what concerns
nobody but the caller.
"""

from app.access.decisions import Decision, Reason, read_operation
from app.access.explain import Branch, Explanation, Step, explain
from app.access.few import list_seen
from app.access.grants import Terms, grant, revoke, transfer_owner
from app.access.holdings import Grant, Holding, effective_on, grants_of, grants_on
from app.access.obtain import METASTORE, in_scope, may, not_found, obtain, permit_self, see
from app.access.operations import Operation
from app.access.pages import visible_names, visible_page, visible_where
from app.access.policy import Policy, Privilege, PrivilegeRule, Role, Rule, policy
from app.access.requests import (
    AccessRequest,
    Approval,
    Status,
    Wish,
    approve,
    ask,
    list_decidable,
    list_own_requests,
    refuse,
    withdraw,
)
from app.access.tenure import check_tenure
from app.access.visible import Sight, look, visible, visible_beside

__all__ = [
    "METASTORE",
    "AccessRequest",
    "Approval",
    "Branch",
    "Decision",
    "Explanation",
    "Grant",
    "Holding",
    "Operation",
    "Policy",
    "Privilege",
    "PrivilegeRule",
    "Reason",
    "Role",
    "Rule",
    "Sight",
    "Status",
    "Step",
    "Terms",
    "Wish",
    "approve",
    "ask",
    "check_tenure",
    "effective_on",
    "explain",
    "grant",
    "grants_of",
    "grants_on",
    "in_scope",
    "list_decidable",
    "list_own_requests",
    "list_seen",
    "look",
    "may",
    "not_found",
    "obtain",
    "permit_self",
    "policy",
    "read_operation",
    "refuse",
    "revoke",
    "see",
    "transfer_owner",
    "visible",
    "visible_beside",
    "visible_names",
    "visible_page",
    "visible_where",
    "withdraw",
]

"""The verdict: which privilege, by which grant, permits an operation, or why none does."""

from __future__ import annotations

from dataclasses import dataclass

from app.access.engine import OWN, Judgement, SliceRow
from app.access.operations import Operation
from app.access.policy import Privilege, PrivilegeRule, Rule, policy
from app.access.slices import Situation
from app.db import Effect
from app.securables import Kind, Securable, SecurableId
from app.securables.lookup import METASTORE_ID


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one privilege does or does not permit: the privilege, and what it rests on or lacks."""

    privilege: Privilege
    holds: bool
    because: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with the rule that determined it, and the reasons weighed on the way."""

    allowed: bool
    determined_by: str
    reasons: tuple[Reason, ...]


def decide(rule: Rule, situation: Situation, *, thorough: bool = False) -> Decision:
    """Judge one operation in one situation. Whatever is not allowed by a rule is denied.

    One privilege that permits is enough; ``thorough`` weighs the others too.
    """
    if not rule.privileges:
        return Decision(allowed=True, determined_by="anybody", reasons=())
    reasons: list[Reason] = []
    holding: Reason | None = None
    for privilege in rule.privileges:
        reason = _weigh(policy().privileges[privilege], rule, situation)
        reasons.append(reason)
        holding = holding or (reason if reason.holds else None)
        if holding and not thorough:
            break
    lacking = "; ".join(f"{reason.privilege}: {reason.because}" for reason in reasons)
    determined_by = holding.because if holding else lacking
    return Decision(holding is not None, determined_by, tuple(reasons))


def _weigh(privilege: PrivilegeRule, rule: Rule, situation: Situation) -> Reason:
    name = privilege.privilege
    held, row = judge(privilege, situation, situation.securable.id)
    if not held:
        because = f"denied: {describe_row(row, situation.securable)}" if row else "not held"
        return Reason(name, holds=False, because=because)
    if row is None or not _is_from_metastore(privilege, row):
        if shut := shut_for(rule, situation):
            return Reason(name, holds=False, because=shut)
        if lacking := lacking_use(privilege, situation):
            return Reason(name, holds=False, because=f"{lacking} is missing on the way")
    because = describe_row(row, situation.securable) if row else ""
    return Reason(name, holds=True, because=f"{name}: {because}")


def judge(privilege: PrivilegeRule, situation: Situation, securable_id: str) -> Judgement:
    """Tell whether a privilege is held on the securable, or on its schema or catalog if the id is
    theirs: by a grant there or above, or by owning it.
    """
    chain = _chain_from(situation.securable, securable_id)
    owned = frozenset({securable_id})
    if privilege.everywhere:
        owned = chain = chain | {METASTORE_ID}
    return situation.slice.judge(policy().items[privilege.privilege], chain, owned)


def _chain_from(securable: Securable, securable_id: str) -> frozenset[str]:
    chain = securable.chain
    return frozenset(chain[chain.index(SecurableId(securable_id)) :])


def _is_from_metastore(privilege: PrivilegeRule, row: SliceRow) -> bool:
    """Tell whether it is held from the root, where neither binding nor USE is in the way."""
    return privilege.everywhere and row[2] == METASTORE_ID


def shut_for(rule: Rule, situation: Situation) -> str | None:
    """Return why the catalog is closed to the workspace for this operation, if it is."""
    if not situation.bound:
        return "the catalog is not bound to the workspace"
    if situation.read_only and rule.effect is not Effect.READ:
        return "the catalog is bound read-only"
    return None


def lacking_use(privilege: PrivilegeRule, situation: Situation) -> Privilege | None:
    """Return the USE privilege that is missing on a container above the securable.

    Whoever holds the privilege at hand at a container from above, as an owner or MANAGE holder of a
    catalog does, needs no USE on what is below it.
    """
    if not privilege.use_needed:
        return None
    for container, use in uses_above(situation.securable):
        if judge(policy().privileges[use], situation, container).held:
            continue
        if not privilege.everywhere or not judge(privilege, situation, container).held:
            return use
    return None


def uses_above(securable: Securable) -> list[tuple[SecurableId, Privilege]]:
    """Return the catalog and the schema above a securable, each with its USE privilege."""
    levels = (
        (securable.catalog_id, Privilege.USE_CATALOG),
        (securable.schema_id, Privilege.USE_SCHEMA),
    )
    return [(above, use) for above, use in levels if above and above != securable.id]


def describe_row(row: SliceRow, securable: Securable) -> str:
    """Say in words, without names, what a grant or ownership is and where."""
    principal_id, item, securable_id, _ = row
    places = {
        METASTORE_ID: "the metastore",
        securable.catalog_id: "its catalog",
        securable.schema_id: "its schema",
        securable.id: "it",
    }
    place = places[SecurableId(securable_id)]
    if item == OWN:
        return f"owner of {place} ({principal_id})"
    return f"{item} on {place} to {principal_id}"


def read_operation(kind: Kind) -> Operation:
    """Return the operation by which a securable of this kind is seen at all."""
    return Operation(f"{kind}.read")

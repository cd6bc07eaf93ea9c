"""The verdict: which privilege, by which grant, permits an operation, or why none does."""

from __future__ import annotations

from dataclasses import dataclass

from app.access.engine import SliceRow
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

    @property
    def missing(self) -> Privilege | None:
        """The first privilege that would have permitted."""
        return None if self.allowed or not self.reasons else self.reasons[0].privilege


def decide(rule: Rule, situation: Situation) -> Decision:
    """Judge one operation in one situation. Whatever is not allowed by a rule is denied."""
    if not rule.privileges:
        return Decision(allowed=True, determined_by="anybody", reasons=())
    reasons: list[Reason] = []
    for privilege in rule.privileges:
        reason = _weigh(policy().privileges[privilege], rule, situation)
        reasons.append(reason)
        if reason.holds:
            return Decision(allowed=True, determined_by=reason.because, reasons=tuple(reasons))
    return Decision(
        allowed=False,
        determined_by="; ".join(f"{reason.privilege}: {reason.because}" for reason in reasons),
        reasons=tuple(reasons),
    )


def _weigh(privilege: PrivilegeRule, rule: Rule, situation: Situation) -> Reason:
    row = holding_row(privilege, situation, situation.securable.id)
    name = privilege.privilege
    if row is None:
        return Reason(name, holds=False, because="not held")
    from_metastore = privilege.everywhere and row[2] == METASTORE_ID
    if not from_metastore:
        if not situation.bound:
            return Reason(name, holds=False, because="the catalog is not bound to the workspace")
        if situation.read_only and rule.effect is not Effect.READ:
            return Reason(name, holds=False, because="the catalog is bound read-only")
        if privilege.use_needed and (lacking := _lacking_use(privilege, situation)):
            return Reason(name, holds=False, because=f"{lacking} is missing on the way")
    return Reason(name, holds=True, because=describe_row(row, name, situation.securable))


def holding_row(
    privilege: PrivilegeRule, situation: Situation, securable_id: str
) -> SliceRow | None:
    """Return the row by which ``privilege`` is held on the securable or what is above it."""
    chain = _chain_from(situation.securable, securable_id)
    if privilege.everywhere:
        chain |= {METASTORE_ID}
        return situation.slice.deciding_row(policy().items[privilege.privilege], chain, chain)
    owned = frozenset({securable_id})
    return situation.slice.deciding_row(policy().items[privilege.privilege], chain, owned)


def _chain_from(securable: Securable, securable_id: str) -> frozenset[str]:
    chain = securable.chain
    return frozenset(chain[chain.index(securable_id) :]) if securable_id in chain else frozenset()


def _lacking_use(privilege: PrivilegeRule, situation: Situation) -> Privilege | None:
    """Return the USE privilege that is missing on a container above the securable.

    Whoever holds the privilege at hand at a container from above, as an owner or MANAGE holder of a
    catalog does, needs no USE on what is below it.
    """
    securable = situation.securable
    levels = (
        (securable.catalog_id, Privilege.USE_CATALOG),
        (securable.schema_id, Privilege.USE_SCHEMA),
    )
    for container, use in levels:
        if container is None or container == securable.id:
            continue
        if holding_row(policy().privileges[use], situation, container) is not None:
            continue
        if privilege.everywhere and holding_row(privilege, situation, container) is not None:
            continue
        return use
    return None


def describe_row(row: SliceRow, privilege: Privilege, securable: Securable) -> str:
    """Say in words, without names, what a grant or ownership rests on."""
    places = {
        METASTORE_ID: "the metastore",
        securable.catalog_id: "its catalog",
        securable.schema_id: "its schema",
        securable.id: "it",
    }
    place = places[SecurableId(row[2])]
    if row[1] == "OWN":
        return f"{privilege}: owner of {place} ({row[0]})"
    if row[1] != privilege.value:
        return f"{privilege}: {row[1]} on {place} to {row[0]}"
    return f"{privilege} on {place} to {row[0]}"


def read_operation(kind: Kind) -> str:
    """Return the name of the operation by which a securable of this kind is seen at all."""
    return f"{kind}.read"

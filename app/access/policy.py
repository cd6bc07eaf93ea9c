"""What permits what, read once from ``policies/``: privileges, roles, and a rule per operation."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from app.access.operations import Operation
from app.config import shipped
from app.db import Effect
from app.errors import InvalidParameterError
from app.securables import Kind

ANYBODY = "*"
SELF = "self"
_SHOWN = 80
ROLE_PREFIX = "role:"


class Privilege(StrEnum):
    """A verb that can be granted, in Unity Catalog's own spelling where it has one."""

    CREATE_CATALOG = "CREATE CATALOG"
    CREATE_EXTERNAL_LOCATION = "CREATE EXTERNAL LOCATION"
    CREATE_STORAGE_CREDENTIAL = "CREATE STORAGE CREDENTIAL"
    USE_CATALOG = "USE CATALOG"
    CREATE_SCHEMA = "CREATE SCHEMA"
    USE_SCHEMA = "USE SCHEMA"
    CREATE_TABLE = "CREATE TABLE"
    CREATE_VOLUME = "CREATE VOLUME"
    CREATE_FUNCTION = "CREATE FUNCTION"
    CREATE_MODEL = "CREATE MODEL"
    CREATE_MODEL_VERSION = "CREATE MODEL VERSION"
    CREATE_EXPERIMENT = "CREATE EXPERIMENT"
    EXECUTE = "EXECUTE"
    SELECT = "SELECT"
    MODIFY = "MODIFY"
    READ_VOLUME = "READ VOLUME"
    WRITE_VOLUME = "WRITE VOLUME"
    READ_EXPERIMENT = "READ EXPERIMENT"
    LOG_RUN = "LOG RUN"
    ASSESS = "ASSESS"
    APPLY_TAG = "APPLY TAG"
    BROWSE = "BROWSE"
    MANAGE = "MANAGE"
    READ_AUDIT = "READ AUDIT"
    READ_FILES = "READ FILES"
    WRITE_FILES = "WRITE FILES"
    CREATE_EXTERNAL_TABLE = "CREATE EXTERNAL TABLE"
    CREATE_EXTERNAL_VOLUME = "CREATE EXTERNAL VOLUME"
    CREATE_MANAGED_STORAGE = "CREATE MANAGED STORAGE"


@dataclass(frozen=True, slots=True)
class PrivilegeRule:
    """What ``policies/privileges.csv`` says of a privilege.

    ``everywhere`` means that it also reaches down from the metastore, and that whoever owns what is
    above holds it; ``use_needed`` that USE CATALOG and USE SCHEMA are needed on the way.
    """

    privilege: Privilege
    kinds: frozenset[Kind]
    everywhere: bool
    use_needed: bool
    description: str


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of privileges, granted as one item."""

    name: str
    privileges: frozenset[Privilege]
    description: str

    @property
    def item(self) -> str:
        """What stands in a grant."""
        return ROLE_PREFIX + self.name


@dataclass(frozen=True, slots=True)
class Rule:
    """What ``policies/operations.csv`` says of an operation on one kind of securable.

    No privileges means that anybody who is signed in may.
    """

    operation: Operation
    kind: Kind | None
    effect: Effect
    privileges: tuple[Privilege, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Policy:
    """All of ``policies/*.csv``, checked against the code and one another.

    ``kinds`` are those that an operation can be done on, ``items`` what a grant may say to confer
    a privilege.
    """

    privileges: dict[Privilege, PrivilegeRule]
    roles: dict[str, Role]
    rules: dict[tuple[Operation, Kind | None], Rule]
    kinds: dict[Operation, tuple[Kind | None, ...]]
    effects: dict[Operation, Effect]
    items: dict[Privilege, frozenset[str]]

    def rule(self, operation: Operation, kind: Kind | None) -> Rule:
        """Return the rule of an operation.

        Raises LookupError if the operation is not one for this kind of securable.
        """
        return self.rules[operation, kind]

    def rules_of(self, operation: Operation) -> tuple[Rule, ...]:
        """Return the rules of an operation, one for each kind that it can be done on."""
        return tuple(self.rules[operation, kind] for kind in self.kinds[operation])

    @property
    def reading(self) -> tuple[Rule, ...]:
        """The rules by which securables are seen at all, one for each kind."""
        return tuple(rule for rule in self.rules.values() if rule.operation == f"{rule.kind}.read")

    def check_item(self, item: str, kind: Kind, *, field: str = "privilege") -> str:
        """Return the canonical item of a privilege or ``role:NAME`` grantable on ``kind``.

        Raises InvalidParameterError for an unknown one, or one that does not fit the kind.
        """
        if item.lower().startswith(ROLE_PREFIX):
            role = self.roles.get(item[len(ROLE_PREFIX) :].lower())
            if role is None:
                msg = f"Invalid value for {field}: there is no role {item[:_SHOWN]!r}"
                raise InvalidParameterError(msg, field=field)
            if not any(kind in self.privileges[name].kinds for name in role.privileges):
                msg = f"Invalid value for {field}: {role.item} confers nothing on a {kind}"
                raise InvalidParameterError(msg, field=field)
            return role.item
        try:
            privilege = Privilege(item.upper().replace("_", " "))
        except ValueError:
            msg = f"Invalid value for {field}: there is no privilege {item[:_SHOWN]!r}"
            raise InvalidParameterError(msg, field=field) from None
        if kind not in self.privileges[privilege].kinds:
            msg = f"Invalid value for {field}: {privilege} cannot be granted on a {kind}"
            raise InvalidParameterError(msg, field=field)
        return privilege.value

    def privileges_of(self, item: str) -> frozenset[Privilege]:
        """Return what a grant's item confers."""
        if item.startswith(ROLE_PREFIX):
            role = self.roles.get(item.removeprefix(ROLE_PREFIX))
            return role.privileges if role else frozenset()
        return frozenset({Privilege(item)})


@cache
def policy() -> Policy:
    """Return the policy of this process.

    Raises ValueError at start-up when the files and the code disagree.
    """
    privileges = {rule.privilege: rule for rule in _read_privileges()}
    if missing := set(Privilege) - set(privileges):
        msg = f"policies/privileges.csv lacks {sorted(missing)}"
        raise ValueError(msg)
    roles = {role.name: role for role in _read_roles()}
    rules = {(rule.operation, rule.kind): rule for rule in _read_rules()}
    if missing_operations := set(Operation) - {operation for operation, _ in rules}:
        msg = f"policies/operations.csv lacks {sorted(missing_operations)}"
        raise ValueError(msg)
    items = {
        privilege: frozenset(
            [
                privilege.value,
                *(role.item for role in roles.values() if privilege in role.privileges),
            ]
        )
        for privilege in Privilege
    }
    kinds: dict[Operation, tuple[Kind | None, ...]] = {}
    effects: dict[Operation, Effect] = {}
    for (operation, kind), rule in rules.items():
        kinds[operation] = (*kinds.get(operation, ()), kind)
        if effects.setdefault(operation, rule.effect) is not rule.effect:
            msg = f"policies/operations.csv gives {operation} two effects"
            raise ValueError(msg)
    return Policy(privileges, roles, rules, kinds, effects, items)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with shipped("policies", name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|")]


def _read_privileges() -> Iterator[PrivilegeRule]:
    for row in _rows("privileges.csv"):
        yield PrivilegeRule(
            Privilege(row["privilege"]),
            frozenset(Kind(kind) for kind in _split(row["kinds"])),
            {"everywhere": True, "below": False}[row["reach"]],
            {"yes": True, "no": False}[row["use_needed"]],
            row["description"],
        )


def _read_roles() -> Iterator[Role]:
    for row in _rows("roles.csv"):
        held = frozenset(Privilege(name) for name in _split(row["privileges"]))
        yield Role(row["role"], held, row["description"])


def _read_rules() -> Iterator[Rule]:
    seen: set[tuple[str, str]] = set()
    for row in _rows("operations.csv"):
        if (row["operation"], row["kind"]) in seen:
            msg = f"policies/operations.csv names {row['operation']} on {row['kind']} twice"
            raise ValueError(msg)
        seen.add((row["operation"], row["kind"]))
        names = () if row["privileges"] == ANYBODY else tuple(_split(row["privileges"]))
        yield Rule(
            Operation(row["operation"]),
            None if row["kind"] == SELF else Kind(row["kind"]),
            Effect(row["effect"]),
            tuple(Privilege(name) for name in names),
            row["description"],
        )

"""Review queues: whom they are for, what they ask, and how far a review is.

The rules are MLflow's: ``mlflow/genai/review_queues/validation.py``. People in a queue are names:
they say who is asked, and give nobody a right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.errors import InvalidParameterError
from app.tracking.checks import check_text, invalid

MAX_NAME = 250
_MAX_USERS = 10
_MAX_QUESTIONS = 100
_RESERVED = "default"


class QueueKind(StrEnum):
    """Whether a queue is one person's own, of that person's name, or made for a purpose."""

    USER = "user"
    CUSTOM = "custom"


class ReviewStatus(StrEnum):
    """How far the review of an item is."""

    PENDING = "pending"
    COMPLETE = "complete"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class NewQueue:
    """A queue to be made."""

    name: str
    kind: QueueKind
    users: tuple[str, ...] = ()
    schema_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueChange:
    """What is to change of a queue; None stays."""

    name: str | None = None
    owner: str | None = None
    users: tuple[str, ...] | None = None
    schema_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """A queue of traces to be reviewed; without questions of its own it asks all there are."""

    queue_id: str
    experiment_id: str
    name: str
    kind: QueueKind
    owner: str
    created_at: int
    updated_at: int
    users: tuple[str, ...] = ()
    schema_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A trace in a queue."""

    queue_id: str
    trace_id: str
    status: ReviewStatus
    completed_by: str | None
    completed_at: int | None
    created_at: int
    updated_at: int


def check_new(new: NewQueue) -> NewQueue:
    """Return a queue with its names as they are kept.

    Raises InvalidParameterError for a bad name, more than ten people, and for a person's own queue
    with anybody else or with questions.
    """
    users, questions = check_users(new.users), check_question_ids(new.schema_ids)
    if new.kind is QueueKind.CUSTOM:
        return NewQueue(check_name(new.name), new.kind, users, questions)
    name = check_user(new.name, "name")
    if users not in {(), (name,)}:
        hint = "A user queue has exactly one user, the one that it is named for"
        raise invalid("users", ", ".join(users), hint)
    if questions:
        hint = "A user queue asks all questions of its experiment"
        raise invalid("schema_ids", ", ".join(questions), hint)
    return NewQueue(name, new.kind, (name,))


def check_name(name: str) -> str:
    """Return the name of a custom queue; raises InvalidParameterError for a bad one."""
    stripped = name.strip()
    if not stripped:
        raise invalid("name", name, "A name is not empty")
    if stripped.lower() == _RESERVED:
        raise invalid("name", name, "It is a reserved queue name")
    return check_text(stripped, "name", MAX_NAME)


def check_user(user: str, field: str = "users") -> str:
    """Return somebody's name in small letters; raises InvalidParameterError for a bad one."""
    folded = user.strip().lower()
    if not folded:
        raise invalid(field, user, "A name is not empty")
    return check_text(folded, field, MAX_NAME)


def check_owner(owner: str) -> str:
    """Return the name of a queue's owner; raises InvalidParameterError for a bad one."""
    stripped = owner.strip()
    if not stripped:
        raise invalid("new_owner", owner, "A name is not empty")
    return check_text(stripped, "new_owner", MAX_NAME)


def check_users(users: Sequence[str]) -> tuple[str, ...]:
    """Return names, each once; raises InvalidParameterError for a bad one or more than ten."""
    checked = tuple(dict.fromkeys(check_user(user) for user in users))
    if len(checked) > _MAX_USERS:
        msg = f"A review queue can have at most {_MAX_USERS} assigned users. Got {len(checked)}."
        raise InvalidParameterError(msg, field="users")
    return checked


def check_question_ids(schema_ids: Sequence[str]) -> tuple[str, ...]:
    """Return ids, each once; raises InvalidParameterError for a bad one or more than a hundred."""
    checked = tuple(dict.fromkeys(check_text(one.strip(), "schema_ids", 36) for one in schema_ids))
    if len(checked) > _MAX_QUESTIONS:
        msg = f"A review queue asks at most {_MAX_QUESTIONS} questions. Got {len(checked)}."
        raise InvalidParameterError(msg, field="schema_ids")
    return checked

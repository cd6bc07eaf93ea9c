"""Review queues of an experiment: made, listed, changed, deleted."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError as DatabaseIntegrityError

from app import audit
from app.access import Operation
from app.db import Page, Session
from app.db.predicates import has_row
from app.db.statements import Sql
from app.errors import AlreadyExistsError, InvalidParameterError, NotFoundError
from app.identity import Caller
from app.tracking.checks import check_page_size, check_text
from app.tracking.evaluation.labels import check_questions
from app.tracking.evaluation.pages import BEYOND_ALL, read_token, token_after
from app.tracking.evaluation.resolve import Part, PartKind
from app.tracking.evaluation.reviews_values import (
    MAX_NAME,
    NewQueue,
    QueueChange,
    QueueKind,
    ReviewQueue,
    check_name,
    check_new,
    check_owner,
    check_question_ids,
    check_user,
    check_users,
)
from app.tracking.evaluation.tables import (
    review_queue_items,
    review_queue_users,
    review_queues,
)
from app.tracking.resolve import ExperimentRef, obtain_experiment
from app.tracking.tables import traces
from app.tracking.traces.resolve import check_trace_id

MAX_RESULTS = 1000

QUEUES = PartKind.of(
    "Review queue",
    "queue_id",
    """
SELECT q.*, e.securable_id
FROM review_queues q JOIN experiments e ON e.number = q.experiment_number
WHERE q.queue_id = :id""",
    "q",
)
_ADD = Sql("""
INSERT INTO review_queues (queue_id, experiment_number, name, folded_name, kind, owner,
 created_by, created_at, updated_at)
VALUES (:queue_id, :number, :name, :folded, :kind, :owner, :principal, :now, :now)
RETURNING pk""")
_CHANGE = Sql("""
UPDATE review_queues SET name = :name, folded_name = :folded, owner = :owner, updated_at = :now
WHERE pk = :pk""")
_BY_NAME = Sql("""
SELECT * FROM review_queues WHERE experiment_number = :number AND folded_name = :folded""")
_USERS = Sql("""
SELECT queue_pk, user_name FROM review_queue_users WHERE queue_pk IN_LIST(:pks)
ORDER BY queue_pk, user_name""")
_QUESTIONS = Sql("""
SELECT queue_pk, schema_id FROM review_queue_schemas WHERE queue_pk IN_LIST(:pks)
ORDER BY queue_pk, schema_id""")
_ADD_USER = Sql("INSERT INTO review_queue_users (queue_pk, user_name) VALUES (:pk, :user)")
_ADD_QUESTION = Sql("""
INSERT INTO review_queue_schemas (queue_pk, schema_id) VALUES (:pk, :schema_id)""")
_CLEAR_USERS = Sql("DELETE FROM review_queue_users WHERE queue_pk = :pk")
_CLEAR_QUESTIONS = Sql("DELETE FROM review_queue_schemas WHERE queue_pk = :pk")
_HAS_ITEMS = Sql("SELECT 1 FROM review_queue_items WHERE queue_pk = :pk LIMIT 1")
_DELETE = (
    _CLEAR_USERS,
    _CLEAR_QUESTIONS,
    Sql("DELETE FROM review_queue_items WHERE queue_pk = :pk"),
    Sql("DELETE FROM review_queues WHERE pk = :pk"),
)


def create_queue(caller: Caller, experiment_id: str, new: NewQueue) -> ReviewQueue:
    """Make a queue, owned by the caller.

    Raises InvalidParameterError for what a queue cannot be, questions of elsewhere or an
    experiment in the trash; AlreadyExistsError if the name is taken in whatever case;
    NotFoundError, PermissionDeniedError.
    """
    checked = check_new(new)
    found = obtain_experiment(caller, Operation.REVIEW_QUEUE_CREATE, experiment_id, active=True)
    check_questions(caller, found.number, list(checked.schema_ids))
    return _add(caller, found, checked, owner=caller.principal.name)


def ensure_user_queue(caller: Caller, experiment_id: str, user: str) -> ReviewQueue:
    """Return the queue of a person, made if there is none.

    Raises InvalidParameterError for a bad name or an experiment in the trash, AlreadyExistsError
    if a queue that is nobody's own has the name; NotFoundError, PermissionDeniedError.
    """
    name = check_user(user, "user")
    found = obtain_experiment(caller, Operation.REVIEW_QUEUE_CREATE, experiment_id, active=True)
    row = _BY_NAME.run(caller.session, number=found.number, folded=name).first()
    if row is None:
        return _add(caller, found, NewQueue(name, QueueKind.USER, (name,)), owner=name)
    if row.kind != QueueKind.USER:
        msg = f"A non-user queue named '{name}' already exists."
        raise AlreadyExistsError(msg, field="user")
    return _describe(caller, [row])[0]


def get_queue(caller: Caller, queue_id: str) -> ReviewQueue:
    """Return a queue without its items.

    Raises NotFoundError if it is absent or hidden, PermissionDeniedError.
    """
    found = QUEUES.obtain(caller, Operation.REVIEW_QUEUE_READ, queue_id)
    return _describe(caller, [found.row])[0]


def get_queue_by_name(caller: Caller, experiment_id: str, name: str) -> ReviewQueue:
    """Return the queue of a name, in whatever case.

    Raises NotFoundError if it or its experiment is absent or hidden, PermissionDeniedError.
    """
    folded = check_text(name, "name", MAX_NAME).lower()
    found = obtain_experiment(caller, Operation.REVIEW_QUEUE_READ, experiment_id)
    row = _BY_NAME.run(caller.session, number=found.number, folded=folded).first()
    if row is None:
        msg = f"Review queue with name '{name}' not found for experiment '{found.number}'."
        raise NotFoundError(msg, field="name")
    return _describe(caller, [row])[0]


def list_queues(
    caller: Caller,
    experiment_id: str,
    *,
    user: str | None = None,
    item_id: str | None = None,
    max_results: int = 100,
    page_token: str = "",
) -> Page[ReviewQueue]:
    """Return a page of queues without their items, the newest first.

    ``user`` narrows it to those that a person is asked in, ``item_id`` to those that hold a trace.
    Raises InvalidParameterError for a bad page size, token or name; NotFoundError,
    PermissionDeniedError.
    """
    size = check_page_size(max_results, MAX_RESULTS)
    before = read_token(page_token, experiment_id, BEYOND_ALL)
    narrowing = []
    if user is not None:
        name = review_queue_users.c.user_name == check_user(user, "user")
        narrowing.append(has_row(review_queues.c.pk, review_queue_users.c.queue_pk, name))
    if item_id is not None:
        of_trace = select(traces.c.pk).where(traces.c.trace_id == check_trace_id(item_id))
        held = review_queue_items.c.trace_pk.in_(of_trace)
        narrowing.append(has_row(review_queues.c.pk, review_queue_items.c.queue_pk, held))
    found = obtain_experiment(caller, Operation.REVIEW_QUEUE_READ, experiment_id)
    rows = caller.session.execute(
        select(review_queues)
        .where(
            review_queues.c.experiment_number == found.number,
            review_queues.c.pk < before,
            *narrowing,
        )
        .order_by(review_queues.c.pk.desc())
        .limit(size + 1)
    ).all()
    token = token_after(experiment_id, rows[size - 1].pk) if len(rows) > size else ""
    return Page(_describe(caller, rows[:size]), token)


def update_queue(caller: Caller, queue_id: str, change: QueueChange) -> ReviewQueue:
    """Change the name, owner, people or questions of a queue that is nobody's own.

    What is asked stays once there is something to review. Raises InvalidParameterError for that,
    for a person's own queue, what a queue cannot be, or an experiment in the trash;
    AlreadyExistsError if the name is taken; NotFoundError, PermissionDeniedError.
    """
    found = QUEUES.obtain(caller, Operation.REVIEW_QUEUE_UPDATE, queue_id, active=True)
    if found.row.kind == QueueKind.USER:
        msg = "A user queue's name, assigned user, schemas, and owner are fixed."
        raise InvalidParameterError(msg, field="queue_id")
    _change_names(caller, found, change)
    if change.users is not None:
        _CLEAR_USERS.run(caller.session, pk=found.row.pk)
        _add_users(caller.session, found.row.pk, check_users(change.users))
    if change.schema_ids is not None:
        _change_questions(caller, found, change.schema_ids)
    changed = QUEUES.find.run(caller.session, id=queue_id).one()
    _record(caller, Operation.REVIEW_QUEUE_UPDATE, queue_id, changed.name)
    return _describe(caller, [changed])[0]


def delete_queue(caller: Caller, queue_id: str) -> None:
    """Delete a queue; traces and what was said of them stay.

    Raises NotFoundError if it is absent or hidden, InvalidParameterError for an experiment in the
    trash, PermissionDeniedError.
    """
    found = QUEUES.obtain(caller, Operation.REVIEW_QUEUE_DELETE, queue_id, active=True)
    for statement in _DELETE:
        statement.run(caller.session, pk=found.row.pk)
    _record(caller, Operation.REVIEW_QUEUE_DELETE, queue_id, found.row.name)


def _add(caller: Caller, found: ExperimentRef, new: NewQueue, *, owner: str) -> ReviewQueue:
    queue_id = f"rq-{secrets.token_hex(16)}"
    try:
        pk: int = _ADD.run(
            caller.session,
            queue_id=queue_id,
            number=found.number,
            name=new.name,
            folded=new.name.lower(),
            kind=new.kind.value,
            owner=owner,
            principal=caller.principal.id,
            now=caller.now,
        ).scalar_one()
    except DatabaseIntegrityError as error:
        raise _taken(new.name) from error
    _add_users(caller.session, pk, new.users)
    _add_questions(caller.session, pk, new.schema_ids)
    _record(caller, Operation.REVIEW_QUEUE_CREATE, queue_id, new.name)
    return _describe(caller, [QUEUES.find.run(caller.session, id=queue_id).one()])[0]


def _change_names(caller: Caller, found: Part, change: QueueChange) -> None:
    name = found.row.name if change.name is None else check_name(change.name)
    owner = found.row.owner if change.owner is None else check_owner(change.owner)
    try:
        _CHANGE.run(
            caller.session,
            pk=found.row.pk,
            name=name,
            folded=name.lower(),
            owner=owner,
            now=caller.now,
        )
    except DatabaseIntegrityError as error:
        raise _taken(name) from error


def _change_questions(caller: Caller, found: Part, schema_ids: Sequence[str]) -> None:
    pk = found.row.pk
    if _HAS_ITEMS.run(caller.session, pk=pk).first() is not None:
        msg = (
            "A review queue's questions are locked once items are assigned to it. "
            "Remove the items before changing its questions."
        )
        raise InvalidParameterError(msg, field="schema_ids")
    checked = check_question_ids(schema_ids)
    check_questions(caller, found.experiment.number, list(checked))
    _CLEAR_QUESTIONS.run(caller.session, pk=pk)
    _add_questions(caller.session, pk, checked)


def _add_users(session: Session, pk: int, users: Iterable[str]) -> None:
    _ADD_USER.run_each(session, [{"pk": pk, "user": user} for user in users])


def _add_questions(session: Session, pk: int, schema_ids: Iterable[str]) -> None:
    _ADD_QUESTION.run_each(session, [{"pk": pk, "schema_id": one} for one in schema_ids])


def _describe(caller: Caller, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[ReviewQueue]:
    pks = [row.pk for row in rows]
    users: dict[int, list[str]] = {pk: [] for pk in pks}
    for pk, name in _USERS.run(caller.session, pks=pks) if pks else ():
        users[pk].append(name)
    questions: dict[int, list[str]] = {pk: [] for pk in pks}
    for pk, schema_id in _QUESTIONS.run(caller.session, pks=pks) if pks else ():
        questions[pk].append(schema_id)
    return [
        ReviewQueue(
            queue_id=row.queue_id,
            experiment_id=str(row.experiment_number),
            name=row.name,
            kind=QueueKind(row.kind),
            owner=row.owner,
            created_at=row.created_at,
            updated_at=row.updated_at,
            users=tuple(users[row.pk]),
            schema_ids=tuple(questions[row.pk]),
        )
        for row in rows
    ]


def _taken(name: str) -> AlreadyExistsError:
    msg = f"Review queue with name '{name}' already exists (names are case-insensitive)."
    return AlreadyExistsError(msg, field="name")


def _record(caller: Caller, operation: Operation, queue_id: str, name: str) -> None:
    audit.record(caller, operation, queue_id=queue_id, name=name)

"""The review of an experiment's traces: queues and what each holds, what is asked, and issues."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app.access import Operation
from app.edge import caller
from app.errors import InvalidParameterError
from app.tracking.evaluation.labels import list_label_schemas
from app.tracking.evaluation.labels_values import InputKind, LabelInput, LabelSchema
from app.tracking.evaluation.reviews import get_queue, list_queues
from app.tracking.evaluation.reviews_items import list_items
from app.tracking.evaluation.reviews_values import ReviewItem, ReviewQueue, ReviewStatus
from app.tracking.experiments import get_experiment
from app.tracking.issues import Issue, search_issues
from app.tracking.values import Experiment, Search
from app.web.blueprint import address, next_address, web
from app.web.experiment_heads import ExperimentHead, head_of
from app.web.layout import Link
from app.web.partials import render, render_or_block

_PAGE_SIZE = 50
_QUESTIONS = 100


@dataclass(frozen=True, slots=True)
class ReviewsPage:
    """An experiment with a page of its queues, and the newest hundred questions."""

    head: ExperimentHead
    may_read: bool
    queues: tuple[ReviewQueue, ...] = ()
    questions: tuple[LabelSchema, ...] = ()
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A queue with a page of the traces in it, of one ``status`` or of each."""

    experiment: Experiment
    queue: ReviewQueue
    items: tuple[ReviewItem, ...]
    states: tuple[Link, ...]
    next_url: str


@dataclass(frozen=True, slots=True)
class IssuesPage:
    """An experiment with a page of its issues, the gravest first."""

    head: ExperimentHead
    may_read: bool
    issues: tuple[Issue, ...] = ()
    next_url: str = ""


@web.get("/experiments/<int:number>/reviews")
def list_reviews(number: int) -> str:
    """List the review queues of an experiment, the newest first, and what reviewers are asked."""
    head = head_of(number, Operation.REVIEW_QUEUE_READ)
    if not head.allowed:
        return render("reviews.html", page=ReviewsPage(head, may_read=False))
    token = request.args.get("page", "")
    found = list_queues(caller(), str(number), max_results=_PAGE_SIZE, page_token=token)
    page = ReviewsPage(
        head,
        may_read=True,
        queues=tuple(found.items),
        questions=tuple(list_label_schemas(caller(), str(number), max_results=_QUESTIONS).items),
        next_url=next_address("web.list_reviews", found.next_token, number=number),
    )
    return render("reviews.html", page=page)


@web.get("/review-queues/<queue_id>")
def show_review_queue(queue_id: str) -> Response:
    """Show what is in a queue, the newest trace first; ``status`` in the address narrows it."""
    queue = get_queue(caller(), queue_id)
    status = _status(request.args.get("status", ""))
    found = list_items(
        caller(),
        queue_id,
        status=status,
        max_results=_PAGE_SIZE,
        page_token=request.args.get("page", ""),
    )
    here = {"queue_id": queue_id, "status": status}
    page = QueuePage(
        experiment=get_experiment(caller(), queue.experiment_id),
        queue=queue,
        items=tuple(found.items),
        states=_states(queue_id, status),
        next_url=next_address("web.show_review_queue", found.next_token, **here),
    )
    return render_or_block("review_queue.html", "items", page=page)


@web.get("/experiments/<int:number>/issues")
def list_issues(number: int) -> str:
    """List the issues of an experiment, the gravest first and then the newest."""
    head = head_of(number, Operation.TRACE_READ)
    if not head.allowed:
        return render("issues.html", page=IssuesPage(head, may_read=False))
    search = Search(max_results=_PAGE_SIZE, page_token=request.args.get("page", ""))
    found = search_issues(caller(), search, experiment_id=str(number), count_traces=True)
    page = IssuesPage(
        head,
        may_read=True,
        issues=tuple(found.items),
        next_url=next_address("web.list_issues", found.next_token, number=number),
    )
    return render("issues.html", page=page)


@web.app_template_filter("answers")
def tell_answers(given: LabelInput) -> str:
    """Say in a few words what is admitted as an answer."""
    settings = given.settings
    match given.kind:
        case InputKind.PASS_FAIL:
            return f"{settings['positive_label']} or {settings['negative_label']}"
        case InputKind.CATEGORICAL:
            several = " (several)" if settings.get("multi_select") else ""
            return ", ".join(settings["options"]) + several
        case InputKind.NUMERIC:
            least, most = settings.get("min_value"), settings.get("max_value")
            bounds = [f"from {least:g}"] if least is not None else []
            bounds += [f"to {most:g}"] if most is not None else []
            return " ".join(["a number", *bounds])
        case InputKind.TEXT:
            return "words"


def _states(queue_id: str, chosen: ReviewStatus | None) -> tuple[Link, ...]:
    return tuple(
        Link(
            label,
            address("web.show_review_queue", queue_id=queue_id, status=status),
            current=status is chosen,
        )
        for label, status in [("All", None), *((one.capitalize(), one) for one in ReviewStatus)]
    )


def _status(text: str) -> ReviewStatus | None:
    if not text:
        return None
    try:
        return ReviewStatus(text)
    except ValueError as error:
        hint = f"The status is one of {', '.join(ReviewStatus)}"
        raise InvalidParameterError(hint, field="status") from error

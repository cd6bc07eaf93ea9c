"""Why somebody may or may not: each privilege that would permit, condition by condition."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from app import access
from app.access import Operation
from app.access.explain import Explanation
from app.access.explain import explain as explain_access
from app.edge import caller
from app.errors import InvalidParameterError
from app.securables import Kind
from app.web.blueprint import web
from app.web.partials import render
from app.web.permissions import target_of_form


@dataclass(frozen=True, slots=True)
class ExplanationPage:
    """An explanation, with the operations that could be asked about instead."""

    explanation: Explanation
    operations: tuple[Operation, ...]
    principal: str


@web.get("/explain")
def explain() -> str:
    """Explain; kind, name, operation and principal stand in the address."""
    kind, name = target_of_form()
    principal = request.args.get("principal", "").strip()
    try:
        operation = Operation(request.args.get("operation", ""))
    except ValueError:
        msg = "Invalid value for operation: there is no such operation"
        raise InvalidParameterError(msg, field="operation") from None
    explanation = explain_access(caller(), principal or None, operation, name, kind=kind)
    page = ExplanationPage(explanation, _operations_on(kind), principal)
    return render("explanation.html", page=page)


def _operations_on(kind: Kind) -> tuple[Operation, ...]:
    return tuple(operation for operation, on in access.policy().rules if on is kind)

"""MLflow's GraphQL, by which its pages read runs with what surrounds them.

Every field is answered by what answers the client's own calls, so that a query sees what its caller
may see, and each use is in the log. Queries are bounded before they are looked at.
"""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from graphql import DocumentNode, ExecutionResult, GraphQLError, execute, validate
from marshmallow import fields

from app.errors import InvalidParameterError
from app.protocols.mlflow.graphql.answers import Asking, make_schema, read_field, tell
from app.protocols.mlflow.graphql.limits import parse_query
from app.protocols.mlflow.routes import beside_api
from app.protocols.mlflow.wire.messages import Message, text

_SCHEMA = make_schema()
_FEW = 5


class Query(Message):
    """A request of GraphQL over HTTP."""

    query = text(required=True)
    variables = fields.Dict(keys=fields.String(), load_default=dict, allow_none=True)
    operation_name = text()


@beside_api("POST", "graphql")
def answer_query() -> ResponseReturnValue:
    """Answer a query; only one that cannot be read is refused as a whole."""
    wanted = Query.read()
    document = parse_query(wanted["query"])
    if problems := validate(_SCHEMA, document, max_errors=_FEW):
        raise _invalid(problems[0])
    return jsonify(_execute(document, wanted))


def _execute(document: DocumentNode, wanted: dict[str, Any]) -> dict[str, Any]:
    asking = Asking()
    result = execute(
        _SCHEMA,
        document,
        context_value=asking,
        variable_values=wanted["variables"] or {},
        operation_name=wanted["operation_name"],
        field_resolver=read_field,
    )
    if not isinstance(result, ExecutionResult):
        msg = "A query is answered at once"
        raise TypeError(msg)
    errors = result.errors or []
    if result.data is None and errors:
        raise _invalid(errors[0])
    told = [_dump(error) for error in errors]
    if not asking.answered:
        msg = "The query asks for nothing"
        raise InvalidParameterError(msg, field="query")
    return {"data": result.data} | ({"errors": told} if told else {})


def _dump(error: GraphQLError) -> dict[str, Any]:
    """Return an error below an answer; raises what is the server's own failure."""
    known = tell(error.original_error or error)
    return {
        "message": known["message"],
        "path": error.path,
        "extensions": {"code": known["code"]},
    }


def _invalid(problem: GraphQLError) -> InvalidParameterError:
    return InvalidParameterError(f"The query does not fit: {problem.message[:500]}", field="query")

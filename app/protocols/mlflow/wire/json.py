"""JSON inside of JSON: what MLflow's newer messages carry as a text."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields
from typing_extensions import override

from app.edge.bodies import parse_json
from app.edge.python_json import null_no_numbers
from app.errors import InvalidParameterError


class JsonText(fields.Field[Any]):
    """A text that holds a JSON value of a type; where None is allowed, an empty one is None."""

    def __init__(self, kind: type[dict[str, Any] | list[Any]], **options: Any) -> None:
        super().__init__(**options)
        self._kind = kind

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if not isinstance(value, str):
            raise _invalid(attr, f"it is not a text but {type(value).__name__}")
        if not value and self.allow_none:
            return None
        try:
            parsed = parse_text(value, attr or "")
        except InvalidParameterError as error:
            raise ValidationError(error.message) from None
        if not isinstance(parsed, self._kind):
            noun = "object" if self._kind is dict else "list"
            raise _invalid(attr, f"it does not hold a JSON {noun}")
        return parsed


def parse_text(text: str, name: str) -> Any:
    """Return the value of JSON that Python's ``json`` wrote, with null for what is no number.

    Raises InvalidParameterError as ``parse_json`` does, naming the parameter.
    """
    try:
        return parse_json(null_no_numbers(text).encode())
    except InvalidParameterError as error:
        raise _refusal(name, error.message.replace("The request body", "it")) from None


def _refusal(name: str, why: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"Invalid value for parameter '{name}' supplied: {why}", field=name
    )


def _invalid(name: str | None, why: str) -> ValidationError:
    return ValidationError(_refusal(name or "", why).message)

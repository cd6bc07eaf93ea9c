"""JSON inside of JSON: what MLflow's newer messages carry as a text."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields
from typing_extensions import override

from app.edge.bodies import parse_json
from app.errors import InvalidParameterError

_STRING_OR_NO_NUMBER = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|-?(?:NaN|Infinity)', re.DOTALL)


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
    """Return the value of JSON that Python's ``json`` wrote.

    It writes NaN and the infinities, which JSON has not: what a table of pandas lacks is NaN there.
    They become null, as in the JSON that pandas writes. Raises InvalidParameterError as
    ``parse_json`` does, naming the parameter.
    """
    if "NaN" in text or "Infinity" in text:
        text = _STRING_OR_NO_NUMBER.sub(lambda found: _or_null(found.group()), text)
    try:
        return parse_json(text.encode())
    except InvalidParameterError as error:
        raise _refusal(name, error.message.replace("The request body", "it")) from None


def _or_null(found: str) -> str:
    return found if found.startswith('"') else "null"


def _refusal(name: str, why: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"Invalid value for parameter '{name}' supplied: {why}", field=name
    )


def _invalid(name: str | None, why: str) -> ValidationError:
    return ValidationError(_refusal(name or "", why).message)

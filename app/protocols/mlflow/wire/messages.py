"""How MLflow's messages are read: protobuf JSON with MLflow's twists, by marshmallow.

Source: ``mlflow/protos/service.proto`` and ``model_registry.proto``; ``mlflow/server/handlers.py``
(``_get_request_message``, ``_assert_*``) for the words of the errors. Unknown fields are ignored,
``fooBar`` and ``foo_bar`` are one field, an int64 may come as a number or as text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Self

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields
from typing_extensions import override

from app.edge import json_body, query_dict
from app.errors import InvalidParameterError

_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_INT64 = 1 << 63
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_DOUBLE = re.compile(
    r"[+-]?(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,5})?"
    r"|NaN|nan|[+-]?(?:Infinity|inf)"
)
_SEE = "See the API docs for more information about request parameters."


class Text(fields.String):
    """A string that is one; protobuf's JSON does not make one out of a number."""

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError(_hint(value, attr))
        if "\x00" in value:
            message = f"Invalid value for parameter '{attr}' supplied: it holds a NUL character"
            raise ValidationError(message)
        return value


class Int64(fields.Integer):
    """An integer of 64 bits, as a number or as text."""

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        return to_int64(value, attr or "value")


class Double(fields.Float):
    """A double; NaN and the infinities travel as text."""

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        return to_double(value, attr or "value")


class Boolean(fields.Boolean):
    """A boolean, in query strings as ``true`` or ``false``."""

    truthy = frozenset({True, "true", "True"})  # type: ignore[assignment]
    falsy = frozenset({False, "false", "False"})  # type: ignore[assignment]


class Message(Schema):
    """A request message; ``read`` takes it from the body, or for GET from the query string."""

    class Meta:
        """Fields that newer clients add are ignored, as protobuf's parser is told to."""

        unknown = EXCLUDE

    @override
    def load(self, data: Any, **options: Any) -> Any:
        # Here rather than in a hook, which marshmallow looks for by name at every message.
        if not isinstance(data, Mapping):
            message = "Invalid value: a JSON object was expected"
            raise ValidationError(message)
        return super().load(snake_case(data), **options)

    @classmethod
    def read(cls) -> dict[str, Any]:
        """Return the fields of this request's message.

        Raises InvalidParameterError, naming the field, for what the message does not admit.
        """
        if request.method in {"GET", "HEAD"}:
            # Without a query, MLflow's server reads the body of a GET too, where tools put it.
            query = query_dict()
            return cls.parse(json_body(unwrap=True) if not query and _has_body() else query)
        body = json_body(unwrap=True)
        if not body and request.method == "DELETE":
            body = query_dict()
        return cls.parse(body)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a message that was already decoded."""
        try:
            loaded: dict[str, Any] = cls._schema().load(data)
        except ValidationError as error:
            raise refusal(error) from None
        return loaded

    @classmethod
    def _schema(cls) -> Self:
        known: Self | None = cls.__dict__.get("_instance")
        if known is None:
            known = cls()
            cls._instance = known  # type: ignore[attr-defined]
        return known


def _has_body() -> bool:
    return bool(request.content_length) and request.mimetype == "application/json"


class Tag(Message):
    """RunTag, ExperimentTag, RegisteredModelTag, ModelVersionTag, InputTag, LoggedModelTag."""

    key = Text(required=True)
    value = Text(load_default="", allow_none=True)


def text(*, required: bool = False, default: str | None = None) -> Text:
    """Return a string field; null is as good as absent."""
    if required:
        return Text(required=True)
    return Text(load_default=default, allow_none=True)


def int64(*, required: bool = False, default: int | None = None) -> Int64:
    """Return an int64 field; null is as good as absent."""
    if required:
        return Int64(required=True)
    return Int64(load_default=default, allow_none=True)


def tags() -> fields.List[Any]:
    """Return a repeated tag."""
    return fields.List(fields.Nested(Tag), load_default=list)


def texts(*, required: bool = False) -> fields.List[Any]:
    """Return a repeated string; in a query string one alone stands for a list."""
    return _Repeated(Text(), required=True) if required else _Repeated(Text(), load_default=list)


def to_int64(value: Any, name: str) -> int:
    """Return an int64 from its JSON form, a number or text.

    Raises ValidationError for what is none, or needs more than 64 bits.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_text = isinstance(value, str) and _INTEGER.fullmatch(value) is not None
    if not (is_number or is_text) or (isinstance(value, float) and not value.is_integer()):
        raise ValidationError(_hint(value, name))
    number = int(value)
    if not -_INT64 <= number < _INT64:
        message = f"Invalid value for parameter '{name}' supplied: it exceeds 64 bits"
        raise ValidationError(message)
    return number


def to_double(value: Any, name: str) -> float:
    """Return a double from its JSON form (protobuf's: "NaN", "Infinity", "-Infinity").

    Raises ValidationError for what is none.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_text = isinstance(value, str) and _DOUBLE.fullmatch(value) is not None
    if not (is_number or is_text):
        raise ValidationError(_hint(value, name))
    try:
        return float(value)
    except OverflowError:
        raise ValidationError(_hint(value, name)) from None


def from_double(value: float) -> float | str:
    """Return the JSON form of a double: NaN has none of its own and travels as text."""
    return "NaN" if math.isnan(value) else value


def snake_case(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message with its field names in snake case.

    Raises ValidationError if a field is there in both spellings.
    """
    result: dict[str, Any] = {}
    for name, value in data.items():
        plain = _CAMEL.sub(r"_\1", name).lower() if not name.islower() else name
        if plain in result:
            message = f"Invalid value for parameter '{plain}' supplied: it is given twice"
            raise ValidationError({plain: [message]})
        result[plain] = value
    return result


class _Repeated(fields.List[Any]):
    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        if isinstance(value, str) and request.method == "GET":
            value = [value]
        if not isinstance(value, list):
            raise ValidationError(_hint(value, attr))
        return super()._deserialize(value, attr, data, **options)


def _hint(value: Any, name: str | None) -> str:
    shown = str(value)[:80].replace('"', "'")
    return (
        f"Invalid value \"{shown}\" for parameter '{name}' supplied: "
        f"Hint: Value was of type '{type(value).__name__}'. {_SEE}"
    )


def refusal(error: ValidationError) -> InvalidParameterError:
    """Return our error for marshmallow's, in the words of MLflow's server."""
    path, message = _first(error.messages)
    name = ".".join(part for part in path if part != "_schema")
    if message in {"Missing data for required field.", "Field may not be null."}:
        message = f"Missing value for required parameter '{name}'. {_SEE}"
    elif not message.startswith("Invalid value"):
        message = f"Invalid value for parameter '{name}' supplied: {message} {_SEE}"
    elif name and name not in message:
        message = f"{message} (in '{name}')"
    return InvalidParameterError(message, field=name or "body")


def _first(messages: Any) -> tuple[list[str], str]:
    path: list[str] = []
    while not isinstance(messages, str):
        if isinstance(messages, dict):
            name, messages = next(iter(messages.items()))
            path.append(str(name))
        else:
            messages = messages[0]
    return path, messages

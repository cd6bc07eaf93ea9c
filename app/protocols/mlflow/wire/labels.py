"""Messages of label schemas (``mlflow/protos/label_schemas.proto``)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load
from marshmallow.validate import OneOf

from app.protocols.mlflow.wire.messages import Boolean, Double, Message, Text, int64, text, texts
from app.protocols.mlflow.wire.tracking import Dumped
from app.tracking.evaluation.labels_values import (
    InputKind,
    LabelInput,
    LabelSchema,
    LabelSchemaChange,
    NewLabelSchema,
)
from app.tracking.traces.values import AssessmentKind

_TYPES = {"FEEDBACK": AssessmentKind.FEEDBACK, "EXPECTATION": AssessmentKind.EXPECTATION}


class _PassFail(Message):
    positive_label = text(required=True)
    negative_label = text(required=True)


class _Categorical(Message):
    options = texts(required=True)
    multi_select = Boolean(load_default=False)


class _Numeric(Message):
    min_value = Double(allow_none=True)
    max_value = Double(allow_none=True)


class _Text(Message):
    max_length = int64()


class _Input(Message):
    """LabelSchemaInput: one of four."""

    pass_fail = fields.Nested(_PassFail)
    categorical = fields.Nested(_Categorical)
    numeric = fields.Nested(_Numeric)
    text = fields.Nested(_Text)

    @post_load
    def _one_of_them(self, data: Dumped, **_options: Any) -> LabelInput:
        if len(data) != 1:
            kinds = ", ".join(InputKind)
            message = f"Invalid value for parameter 'input' supplied: exactly one of {kinds}"
            raise ValidationError(message)
        ((kind, settings),) = data.items()
        told = {name: value for name, value in settings.items() if value is not None}
        return LabelInput(InputKind(kind), told)


class CreateLabelSchema(Message):
    """CreateLabelSchema."""

    experiment_id = text(required=True)
    name = text(required=True)
    type = Text(required=True, validate=OneOf(sorted(_TYPES)))
    input = fields.Nested(_Input, required=True)
    instruction = text()
    enable_comment = Boolean(load_default=None, allow_none=True)


class OfLabelSchema(Message):
    """GetLabelSchema and DeleteLabelSchema."""

    schema_id = text(required=True)


class GetLabelSchemaByName(Message):
    """GetLabelSchemaByName."""

    experiment_id = text(required=True)
    name = text(required=True)


class ListLabelSchemas(Message):
    """ListLabelSchemas."""

    experiment_id = text(required=True)
    max_results = int64()
    page_token = text()


class UpdateLabelSchema(OfLabelSchema):
    """UpdateLabelSchema: what is absent stays."""

    name = text()
    input = fields.Nested(_Input, load_default=None, allow_none=True)
    instruction = text()
    enable_comment = Boolean(load_default=None, allow_none=True)


def to_new_schema(loaded: Dumped) -> NewLabelSchema:
    """Return the question that a message asks to be kept."""
    return NewLabelSchema(
        name=loaded["name"],
        kind=_TYPES[loaded["type"]],
        input=loaded["input"],
        instruction=loaded["instruction"],
        enable_comment=bool(loaded["enable_comment"]),
    )


def to_schema_change(loaded: Dumped) -> LabelSchemaChange:
    """Return what a message says is to change."""
    return LabelSchemaChange(
        name=loaded["name"],
        input=loaded["input"],
        instruction=loaded["instruction"],
        enable_comment=loaded["enable_comment"],
    )


def dump_label_schema(schema: LabelSchema) -> Dumped:
    """Return ``mlflow.label_schemas.LabelSchema``."""
    optional = {"instruction": schema.instruction, "created_by": schema.created_by}
    return {
        "schema_id": schema.schema_id,
        "experiment_id": schema.experiment_id,
        "name": schema.name,
        "type": schema.kind.value.upper(),
        "input": {schema.input.kind.value: schema.input.settings},
        "enable_comment": schema.enable_comment,
        "created_at": schema.created_at,
        "last_updated_at": schema.updated_at,
        "is_default": schema.is_default,
        **{name: value for name, value in optional.items() if value is not None},
    }

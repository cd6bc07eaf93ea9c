"""What reviewers are asked, and what an answer may be.

The rules are MLflow's: ``mlflow/genai/label_schemas/validation.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.errors import InvalidParameterError
from app.tracking.checks import check_text, invalid
from app.tracking.traces.values import AssessmentKind

DEFAULT_NAME = "Feedback"
DEFAULT_INSTRUCTION = "Share any feedback on this trace."
MAX_NAME = 250
_MAX_INSTRUCTION = 1000
_MAX_LABEL = 64
_MAX_OPTIONS = 10


class InputKind(StrEnum):
    """How an answer is given; the value is MLflow's."""

    PASS_FAIL = "pass_fail"  # noqa: S105 (no password)
    CATEGORICAL = "categorical"
    NUMERIC = "numeric"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class LabelInput:
    """How an answer is given, and what is admitted as one, as MLflow's message names it."""

    kind: InputKind
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewLabelSchema:
    """A question to be asked; its answers are assessments of its ``kind`` and name."""

    name: str
    kind: AssessmentKind
    input: LabelInput
    instruction: str | None = None
    enable_comment: bool = False


@dataclass(frozen=True, slots=True)
class LabelSchemaChange:
    """What is to change of a question; None stays."""

    name: str | None = None
    input: LabelInput | None = None
    instruction: str | None = None
    enable_comment: bool | None = None


@dataclass(frozen=True, slots=True)
class LabelSchema:
    """A question that reviewers of an experiment are asked."""

    schema_id: str
    experiment_id: str
    name: str
    kind: AssessmentKind
    input: LabelInput
    instruction: str | None
    enable_comment: bool
    created_by: str | None
    created_at: int
    updated_at: int
    is_default: bool = False


def check_name(name: str) -> str:
    """Return a name; raises InvalidParameterError for an empty, long or reserved one."""
    if not name:
        raise invalid("name", name, "A name is not empty")
    if name.strip().lower() == DEFAULT_NAME.lower():
        raise invalid("name", name, "It is reserved for the experiment's default question")
    return check_text(name, "name", MAX_NAME)


def check_instruction(instruction: str | None) -> str | None:
    """Return an instruction; raises InvalidParameterError for more than 1000 characters."""
    return instruction and check_text(instruction, "instruction", _MAX_INSTRUCTION)


def check_input(given: LabelInput) -> LabelInput:
    """Return what is offered as an answer.

    Raises InvalidParameterError, naming the field, for what cannot be offered.
    """
    match given.kind:
        case InputKind.PASS_FAIL:
            _check_pass_fail(given.settings)
        case InputKind.CATEGORICAL:
            _check_options(given.settings["options"])
        case InputKind.NUMERIC:
            _check_range(given.settings)
        case InputKind.TEXT:
            _check_length(given.settings.get("max_length"))
    return given


def check_change(known: LabelInput, given: LabelInput) -> LabelInput:
    """Return what is offered from now on; what was answered before must still be an answer.

    Raises InvalidParameterError for another kind of input, or another number of answers.
    """
    check_input(given)
    if given.kind is not known.kind:
        msg = (
            "A label schema's input type cannot be changed after creation "
            f"(existing: {known.kind}, got: {given.kind})."
        )
        raise InvalidParameterError(msg, field="input")
    if given.settings.get("multi_select") != known.settings.get("multi_select"):
        msg = "`multi_select` cannot be changed after creation."
        raise InvalidParameterError(msg, field="input.categorical.multi_select")
    return given


def _check_pass_fail(settings: Mapping[str, Any]) -> None:
    labels = {name: settings[name] for name in ("positive_label", "negative_label")}
    for name, label in labels.items():
        _check_label(label, f"input.pass_fail.{name}")
    if labels["positive_label"] == labels["negative_label"]:
        hint = "The two labels must be distinct"
        raise invalid("input.pass_fail.negative_label", labels["negative_label"], hint)


def _check_options(options: list[str]) -> None:
    field = "input.categorical.options"
    if not 1 <= len(options) <= _MAX_OPTIONS:
        raise invalid(field, len(options), f"There are at least 1 and at most {_MAX_OPTIONS}")
    for option in options:
        _check_label(option, field)
    if len(set(options)) < len(options):
        raise invalid(field, options, "An option comes once")


def _check_label(label: str, field: str) -> None:
    if not label:
        raise invalid(field, label, "A label is not empty")
    check_text(label, field, _MAX_LABEL)


def _check_range(settings: Mapping[str, Any]) -> None:
    least, most = settings.get("min_value"), settings.get("max_value")
    for name, value in (("min_value", least), ("max_value", most)):
        if value is not None and not math.isfinite(value):
            raise invalid(f"input.numeric.{name}", value, "It is not finite")
    if least is not None and most is not None and least >= most:
        raise invalid("input.numeric.min_value", least, f"It must be less than {most}")


def _check_length(most: int | None) -> None:
    if most is not None and most < 1:
        raise invalid("input.text.max_length", most, "It must be at least 1")

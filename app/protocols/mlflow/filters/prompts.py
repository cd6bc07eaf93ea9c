"""Prompts are registered models with a tag; a search finds either the ones or the others."""

from __future__ import annotations

from collections.abc import Sequence

from app.db.predicates import Comparison, Entity, Operator

IS_PROMPT = "mlflow.prompt.is_prompt"
"""The tag that has the value ``true`` on a prompt, and is absent from a model."""


def split_prompts(comparisons: Sequence[Comparison]) -> tuple[bool, tuple[Comparison, ...]]:
    """Return whether prompts are asked for in place of models, and the other comparisons.

    As MLflow's own store: the first comparison of the tag decides, models are the default, and
    ``!= 'true'`` finds what has no such tag, which every client asks for.
    """
    rest = tuple(one for one in comparisons if (one.entity, one.key) != (Entity.TAG, IS_PROMPT))
    asked = next((one for one in comparisons if one not in rest), None)
    if asked is None or not isinstance(asked.value, str):
        return False, rest
    wanted = {Operator.EQ: "true", Operator.NE: "false"}.get(asked.operator)
    return asked.value.lower() == wanted, rest

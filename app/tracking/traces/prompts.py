"""Which versions of prompts a trace used: told by its link endpoint, or by a tag of its client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from app.db import Session
from app.db.statements import Sql

LINKED_PROMPTS = "mlflow.linkedPrompts"
"""The tag with which clients tell prompts: JSON of ``[{"name": …, "version": …}]``."""

MAX_PROMPTS = 100
MAX_PROMPT_NAME = 255
MAX_VERSION = 20

_PUT = Sql("""
INSERT INTO trace_prompts (trace_pk, prompt_name, version) VALUES (:pk, :name, :version)
ON CONFLICT (trace_pk, prompt_name, version) DO NOTHING""")


@dataclass(frozen=True, slots=True, order=True)
class PromptVersion:
    """A version of a prompt as a client names it."""

    name: str
    version: str


def put_prompts(session: Session, pk: int, prompts: Iterable[PromptVersion]) -> None:
    """Add prompts to those of a trace."""
    rows = [{"pk": pk, "name": one.name, "version": one.version} for one in sorted(set(prompts))]
    _PUT.run_each(session, rows)


def prompts_in(tag: str) -> list[PromptVersion]:
    """Return what a tag says; nothing for one that is cut or of another form."""
    try:
        told = orjson.loads(tag)
    except orjson.JSONDecodeError:
        return []
    if not isinstance(told, list):
        return []
    pairs = [(one.get("name"), one.get("version")) for one in told if isinstance(one, dict)]
    return [
        PromptVersion(name, str(version))
        for name, version in pairs[:MAX_PROMPTS]
        if isinstance(name, str)
        and isinstance(version, str | int)
        and 0 < len(name) <= MAX_PROMPT_NAME
        and 0 < len(str(version)) <= MAX_VERSION
        and "\x00" not in f"{name}{version}"
    ]

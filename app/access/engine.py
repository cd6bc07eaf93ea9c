"""Casbin's part: does a slice of grants confer a privilege? Nothing is kept between two questions.

The prototype enforcer is built once and never changed; every slice gets shallow copies of the parts
that hold rules, because a shared enforcer answers wrongly while another thread loads its rules. The
matcher is compiled once, because pycasbin parses it anew at each question, which is slow and, under
load on CPython 3.11, can fail. The matcher text is ours, never a user's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import casbin

from app.config import shipped

SliceRow = tuple[str, str, str, str]
"""(principal id, item, securable id, allow|deny), the order of ``p`` in ``policies/model.conf``."""

OWN = "OWN"
"""The item of a line that tells of an owner."""


class Judgement(NamedTuple):
    """Whether something is held, and the row that decided: the one that denies, if one does."""

    held: bool
    row: SliceRow | None


NOT_HELD = Judgement(held=False, row=None)


class _Compiled:
    """A matcher as Python code, with the interface of pycasbin's expression."""

    __slots__ = ("code",)

    def __init__(self, expression: str) -> None:
        python = expression.replace("&&", " and ").replace("||", " or ")
        python = re.sub(r"!(?!=)", " not ", python).strip()
        self.code = compile(python, "<matcher>", "eval")

    def eval(self, parameters: dict[str, Any]) -> Any:
        return eval(self.code, {"__builtins__": {}}, parameters)  # noqa: S307 (the shipped matcher)


class _SliceEnforcer(casbin.Enforcer):  # type: ignore[misc]
    """An enforcer whose matcher is compiled once for the process."""

    _compiled: dict[str, _Compiled] = {}  # noqa: RUF012 (pycasbin calls the method on the class)

    @staticmethod
    def _get_expression(expression: str, functions: Any = None) -> _Compiled:
        del functions
        known = _SliceEnforcer._compiled.get(expression)
        if known is None:
            known = _SliceEnforcer._compiled[expression] = _Compiled(expression)
        return known


def _build_prototype() -> _SliceEnforcer:
    return _SliceEnforcer(str(shipped("policies", "model.conf")), enable_log=False)


_PROTOTYPE = _build_prototype()


class Slice:
    """The grants that concern one question, in a Casbin enforcer of their own."""

    def __init__(self, principals: frozenset[str], rows: Sequence[SliceRow]) -> None:
        self._principals = principals
        self._rows = rows
        self._assertion = _copy(_PROTOTYPE.model.model["p"]["p"])
        model = _copy(_PROTOTYPE.model)
        model.model = {**model.model, "p": {"p": self._assertion}}
        self._enforcer = _copy(_PROTOTYPE)
        self._enforcer.model = model

    def judge(
        self, items: frozenset[str], chain: frozenset[str], owned: frozenset[str]
    ) -> Judgement:
        """Tell whether one of ``items`` is held on ``chain``, or by owning one of ``owned``.

        Casbin is given the rows of these items alone, since its time goes by the row. Where there
        are none, or an id asked about is empty, the answer is no before it is asked: pycasbin
        evaluates its matcher once with empty strings when there is no policy.
        """
        rows = [row for row in self._rows if row[1] in items or (row[1] == OWN and row[2] in owned)]
        if not rows or "" in self._principals or "" in chain:
            return NOT_HELD
        self._assertion.policy = rows
        allowed, row = self._enforcer.enforce_ex(self._principals, items, chain, owned)
        return Judgement(allowed is True, row or None)


def _copy(original: Any) -> Any:
    """Return a shallow copy, in a tenth of the time that ``copy.copy`` takes."""
    clone = object.__new__(type(original))
    clone.__dict__.update(original.__dict__)
    return clone

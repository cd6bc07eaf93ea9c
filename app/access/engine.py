"""Casbin's part: does a slice of grants confer a privilege? Nothing is kept between two questions.

The prototype enforcer is built once and never changed; every slice gets shallow copies of the parts
that hold rules, because a shared enforcer answers wrongly while another thread loads its rules. The
matcher is compiled once, because pycasbin parses it anew at each question, which is slow and, under
load on CPython 3.11, can fail. The matcher text is ours, never a user's.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

import casbin

from app.config import shipped

SliceRow = tuple[str, str, str, str]
"""(principal id, item, securable id, allow|deny), the order of ``p`` in ``policies/model.conf``."""


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
        self._enforcer = copy.copy(_PROTOTYPE)
        model = copy.copy(_PROTOTYPE.model)
        model.model = dict(model.model)
        assertion = copy.copy(model.model["p"]["p"])
        assertion.policy = [list(row) for row in rows]
        model.model["p"] = {"p": assertion}
        self._enforcer.model = model

    def deciding_row(
        self, items: frozenset[str], chain: frozenset[str], owned: frozenset[str]
    ) -> SliceRow | None:
        """Return the row by which one of ``items`` is held, or None.

        With no rows, or an empty id among what is asked, the answer is no before Casbin is asked:
        pycasbin evaluates its matcher once with empty strings when there is no policy.
        """
        if not self._rows or not items or "" in self._principals or "" in chain:
            return None
        allowed, row = self._enforcer.enforce_ex(self._principals, items, chain, owned)
        if allowed is not True or not row:
            return None
        return (row[0], row[1], row[2], row[3])

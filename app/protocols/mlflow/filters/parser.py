"""Recursive descent over the tokens of one filter or of one order_by term."""

from __future__ import annotations

import re
from typing import NoReturn

from app.db.predicates import Comparison, Entity, Operator, OrderBy, Value
from app.protocols.mlflow.filters.grammars import (
    LISTS,
    NULLS,
    NUMERIC,
    SAME,
    SPAN_ATTRIBUTES,
    Grammar,
    Key,
)
from app.protocols.mlflow.filters.tokens import Kind, Token, quoted, refuse, tokenize

_MAX_PATTERN = 1000
"""Characters of a pattern with wildcards: the time of a match grows with pattern times value."""
_MAX_DIGITS = 300
_MAX_VALUES = 5000
"""Of a list: each is a parameter of a statement, of which neither engine takes any number."""
_WHOLE = re.compile(r"-?[0-9]{1,18}")
"""A number that any 64-bit column can hold."""
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?")
_ORDERING = NUMERIC - SAME


class Parser:
    """A place in the tokens of one text, and what may come next there in the grammar."""

    def __init__(self, text: str, field: str, grammar: Grammar) -> None:
        self.text = text
        self.field = field
        self.grammar = grammar
        self.tokens = tokenize(text, field)
        self.position = 0

    def refuse(self, reason: str) -> NoReturn:
        """Raise InvalidParameterError for the field that the text came in."""
        refuse(self.field, reason)

    def _peek(self) -> Token:
        return self.tokens[self.position]

    def _take(self) -> Token:
        token = self._peek()
        if token.kind is not Kind.END:
            self.position += 1
        return token

    def _took(self, *words: str) -> bool:
        """Step over the words if they are what comes next."""
        following = self.tokens[self.position : self.position + len(words)]
        if tuple(token.word for token in following) != words:
            return False
        self.position += len(words)
        return True

    def at_end(self) -> bool:
        """Whether all is read; after a comparison semicolons may come, and after them nothing."""
        closed = False
        while self.position and self._took(";"):
            closed = True
        if closed and self._peek().kind is not Kind.END:
            self.refuse("Search filter contained multiple expression")
        return self._peek().kind is Kind.END

    def expect_and(self) -> None:
        """Step over an AND that something follows."""
        if not self._took("AND") or self._peek().kind is Kind.END:
            found = self._peek().text or "AND"
            self.refuse(
                f"Invalid clause(s) in filter string: {quoted(found)}. "
                "Provide AND-ed expression list."
            )

    def comparison(self) -> Comparison:
        """Read ``key operator value``."""
        entity, key = self._key()
        operator = self._operator()
        if operator not in key.operators:
            self._refuse_operator(entity, key, operator)
        return Comparison(entity, key.name, operator, self._value(entity, key, operator))

    def _key(self) -> tuple[Entity, Key]:
        entity, name = self._identifier()
        if entity in self.grammar.operators:
            is_loose = entity in self.grammar.loose
            return entity, Key(name, self.grammar.operators[entity], loose=is_loose)
        keys = self.grammar.keys[entity]
        if name not in keys:
            self.refuse(
                f"Invalid {entity} key {quoted(name)} specified. Valid keys are {list(keys)}"
            )
        return entity, keys[name]

    def _identifier(self) -> tuple[Entity, str]:
        token = self._take()
        if token.kind is not Kind.NAME:
            self.refuse(
                f"Invalid comparison clause. Expected 'Identifier' found {quoted(token.text)}"
            )
        first, *rest = token.parts
        if not rest:
            return Entity.ATTRIBUTE, _unquote(first)
        prefix = _unquote(first) if first[0] == "`" else first
        if prefix not in self.grammar.prefixes:
            self.refuse(
                f"Invalid entity type {quoted(prefix)}. "
                f"Valid values are {list(self.grammar.prefixes)}"
            )
        entity = self.grammar.prefixes[prefix]
        if entity is Entity.SPAN and rest[:-1] == [SPAN_ATTRIBUTES]:
            return entity, f"{SPAN_ATTRIBUTES}.{_unquote(rest[-1])}"
        name = _unquote(rest[0]) if len(rest) == 1 else ".".join(rest)
        if not name or (len(rest) > 1 and any(part[0] in '`"' for part in rest)):
            self.refuse(f"Invalid identifier {quoted(token.text)}")
        return entity, name

    def _operator(self) -> Operator:
        for words in (("IS", "NOT", "NULL"), ("IS", "NULL"), ("NOT", "IN")):
            if self._took(*words):
                return Operator(" ".join(words))
        token = self._take()
        if token.kind is Kind.COMPARATOR and token.text not in set(Operator):
            self.refuse(f"Invalid comparator {quoted(token.text)}")
        if token.word not in set(Operator):
            self.refuse(
                f"Invalid comparison clause. Expected comparison found {quoted(token.text)}"
            )
        return Operator(token.word)

    def _refuse_operator(self, entity: Entity, key: Key, operator: Operator) -> NoReturn:
        if operator in NULLS:
            self.refuse(
                "IS NULL / IS NOT NULL is only supported for tags and params, "
                f"not for '{entity}' {quoted(key.name)}"
            )
        if operator in LISTS and (listable := self.grammar.listable(entity)):
            self.refuse(
                f"Only {listable} attributes support comparison with a list of "
                "quoted string values."
            )
        allowed = [str(member) for member in Operator if member in key.operators]
        self.refuse(f"Invalid comparator '{operator}' not one of {allowed}")

    def _value(self, entity: Entity, key: Key, operator: Operator) -> Value:
        if operator in NULLS:
            return None
        if operator in LISTS:
            values = self._string_list()
            return tuple(self._whole(key, one) for one in values) if key.whole else values
        if key.loose:
            return self._loose(entity, key, operator)
        if key.is_number:
            return self._number(entity, key)
        value = self._string(entity)
        return self._whole(key, value) if key.whole else self._fit(operator, value)

    def _fit(self, operator: Operator, value: str) -> str:
        is_pattern = operator in {Operator.LIKE, Operator.ILIKE}
        if is_pattern and len(value) > _MAX_PATTERN:
            self.refuse(f"A pattern has at most {_MAX_PATTERN} characters")
        return value

    def _loose(self, entity: Entity, key: Key, operator: Operator) -> Value:
        """Read a text or, for what may be compared with one, a number with quotes or without."""
        token = self._peek()
        if operator in _ORDERING and token.string is not None:
            self._take()
            if len(token.string) > _MAX_DIGITS or _DECIMAL.fullmatch(token.string) is None:
                self.refuse(f"Expected a number for {entity}. Found {quoted(token.text)}")
            return float(token.string)
        if operator in NUMERIC and token.kind is Kind.NUMBER:
            return float(self._number(entity, key))
        return self._fit(operator, self._string(entity))

    def _string(self, entity: Entity) -> str:
        token = self._take()
        if token.kind is Kind.NUMBER and self.grammar.bare:
            return token.text
        if token.string is None and token.kind is Kind.NAME:
            self.refuse(
                "Parameter value is either not quoted or unidentified quote types used for "
                f"string value {quoted(token.text)}. Use either single or double quotes."
            )
        if token.string is None:
            self.refuse(
                f"Expected a quoted string value for {entity} (e.g. 'my-value'). "
                f"Got value {quoted(token.text)}"
            )
        return token.string

    def _string_list(self) -> tuple[str, ...]:
        reason = "While parsing a list in the query, expected a non-empty list of string values"
        if not self._took("("):
            self.refuse(f"{reason}, but got {quoted(self._peek().text)}")
        values: list[str] = []
        while not self._took(")"):
            if values and not self._took(","):
                self.refuse(f"{reason}, but got ill-formed list.")
            if values and self._took(")"):
                break
            value = self._take().string
            if value is None:
                self.refuse(f"{reason}, but got different type in list or ill-formed list.")
            values.append(value)
            if len(values) > _MAX_VALUES:
                self.refuse(f"A list has at most {_MAX_VALUES} values")
        if not values:
            self.refuse(f"{reason}, but got empty list")
        return tuple(values)

    def _number(self, entity: Entity, key: Key) -> float:
        token = self._take()
        digits = token.text
        if key.whole and token.string is not None:
            digits = token.string
        elif token.kind is not Kind.NUMBER or len(digits) > _MAX_DIGITS:
            what = "metric" if entity is Entity.METRIC else f"numeric attribute: {key.name}"
            self.refuse(f"Expected numeric value type for {what}. Found {quoted(token.text)}")
        if key.whole:
            return self._whole(key, digits)
        is_whole = entity is not Entity.METRIC and _WHOLE.fullmatch(digits) is not None
        return int(digits) if is_whole else float(digits)

    def _whole(self, key: Key, digits: str) -> int:
        if _WHOLE.fullmatch(digits) is None:
            self.refuse(f"Invalid value for numeric attribute '{key.name}': {quoted(digits)}")
        return int(digits)

    def order_term(self) -> OrderBy:
        """Read ``key [ASC|DESC]``, which must be all there is."""
        if self._peek().kind is not Kind.NAME:
            self.refuse(f"Invalid order_by clause {quoted(self.text)}. Could not be parsed.")
        entity, name = self._identifier()
        ascending = not self._took("DESC")
        if ascending:
            self._took("ASC")
        if self._peek().kind is not Kind.END:
            self.refuse(f"Invalid ordering key in order_by clause {quoted(self.text)}.")
        if entity in self.grammar.sortable_entities:
            return OrderBy(entity, name, ascending)
        if entity is not Entity.ATTRIBUTE:
            self.refuse(f"Invalid order_by entity: {entity}")
        if name not in self.grammar.sortable:
            self.refuse(
                f"Invalid order by key {quoted(name)} specified. "
                f"Valid keys are {list(self.grammar.sortable)}"
            )
        return OrderBy(entity, self.grammar.sortable[name], ascending)


def _unquote(part: str) -> str:
    return part[1:-1] if part[0] in '`"' else part

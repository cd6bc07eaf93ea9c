"""How much one GraphQL query may ask: counted before anything of it is validated or answered.

A fragment counts wherever it is spread, so that nothing is asked for more cheaply than by writing
it out, and one that leads back to itself is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Lexer,
    OperationDefinitionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    parse,
)

from app.errors import InvalidParameterError

MAX_CHARACTERS = 20_000
MAX_TOKENS = 2_000
MAX_NESTING = 30
MAX_DEPTH = 10
MAX_FIELDS = 500
MAX_ALIASES = 10
MAX_ROOTS = 10

_OPENING = frozenset({TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L})
_CLOSING = frozenset({TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R})


@dataclass(frozen=True, slots=True)
class Extent:
    """What a part of a query amounts to when its fragments are written out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    roots: int = 0


def parse_query(text: str) -> DocumentNode:
    """Return a query of bounded size as it was parsed.

    Raises InvalidParameterError for one that is too large, and for what is no GraphQL.
    """
    _check("characters", len(text), MAX_CHARACTERS)
    try:
        source = Source(text)
        _check_tokens(source)
        document = parse(source)
    except GraphQLError as error:
        raise _invalid(f"The query is not valid GraphQL: {error.message}") from None
    counter = _Counter(document)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            extent = counter.measure(definition.selection_set)
            _check("root fields", extent.roots, MAX_ROOTS)
            _check_extent(extent)
        elif isinstance(definition, FragmentDefinitionNode):
            _check_extent(counter.measure_fragment(definition.name.value))
    return document


def _check_extent(extent: Extent) -> None:
    _check("levels", extent.depth, MAX_DEPTH)
    _check("fields", extent.fields, MAX_FIELDS)
    _check("aliases", extent.aliases, MAX_ALIASES)


class _Counter:
    """Measures selections, each fragment once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, Extent] = {}
        self._open: list[str] = []

    def measure(self, selected: SelectionSetNode) -> Extent:
        """Return the extent of a selection; its own fields are the roots."""
        depth = fields = aliases = roots = 0
        for part in selected.selections:
            below = self._measure_part(part)
            depth = max(depth, below.depth)
            fields += below.fields
            aliases += below.aliases
            roots += below.roots
        return Extent(depth, fields, aliases, roots)

    def measure_fragment(self, name: str) -> Extent:
        """Return the extent of a fragment, which is refused if it leads back to itself."""
        if name in self._open:
            raise _invalid(f"The fragment {name!r} leads back to itself")
        if name not in self._fragments:
            raise _invalid(f"There is no fragment {name!r}")
        if name not in self._known:
            self._open.append(name)
            _check("levels of fragments", len(self._open), MAX_DEPTH)
            self._known[name] = self.measure(self._fragments[name].selection_set)
            self._open.pop()
        return self._known[name]

    def _measure_part(self, part: object) -> Extent:
        if isinstance(part, FieldNode):
            below = self.measure(part.selection_set) if part.selection_set else Extent()
            aliases = below.aliases + bool(part.alias)
            return Extent(below.depth + 1, below.fields + 1, aliases, roots=1)
        if isinstance(part, InlineFragmentNode):
            return self.measure(part.selection_set)
        if isinstance(part, FragmentSpreadNode):
            return self.measure_fragment(part.name.value)
        return Extent()


def _check_tokens(source: Source) -> None:
    """Refuse what nests too deep, before the parser calls itself for every level."""
    lexer = Lexer(source)
    count = depth = 0
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        count += 1
        _check("words", count, MAX_TOKENS)
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        _check("levels of brackets", depth, MAX_NESTING)


def _check(what: str, count: int, most: int) -> None:
    if count > most:
        raise _invalid(f"A query may have at most {most} {what}. Got {count}")


def _invalid(message: str) -> InvalidParameterError:
    return InvalidParameterError(message[:500], field="query")

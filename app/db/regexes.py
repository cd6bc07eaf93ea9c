r"""Regular expressions that take time in proportion to the text, whatever the pattern.

The common part of what SQLite's callers and PostgreSQL's ``~`` understand: literals, ``.``,
``[a-z]``, ``\d \w \s`` and their opposites, ``^ $``, ``* + ? {m,n}``, ``|`` and groups. They are
run as automata whose states are made as they are met, so that no pattern can go back and forth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

MAX_PATTERN = 200
_MAX_REPEAT = 50
_MAX_NODES = 2000
_MAX_KNOWN = 2000
_DEPTH = 10
_SPECIAL = frozenset(r".[]()*+?{}|^$\\")
_SPACE = frozenset(" \t\n\r\f\v")
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}

Test = Callable[[str], bool]


@dataclass(slots=True)
class _Node:
    """A state: what it takes to leave it by a character, and where one goes without any."""

    test: Test | None = None
    anchor: str = ""
    following: list[int] = field(default_factory=list)


Fragment = tuple[int, int]
"""The first and the last node of a part of a pattern."""


class Regex:
    """A compiled pattern; raises ValueError for what the language has not."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > MAX_PATTERN:
            msg = f"a pattern has at most {MAX_PATTERN} characters"
            raise ValueError(msg)
        self._pattern = pattern
        self._at = 0
        self._nodes: list[_Node] = []
        first, self._last = self._alternatives(0)
        if self._at < len(pattern):
            msg = f"unexpected {pattern[self._at]!r}"
            raise ValueError(msg)
        self._begin = self._closure({first}, "^")
        self._again = self._closure({first}, "")
        self._known: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def found_in(self, text: str) -> bool:
        """Tell whether the pattern matches anywhere in the text."""
        states = self._begin
        for character in text:
            if self._last in states:
                return True
            states = self._step(states, character)
        return self._last in self._closure(set(states), "$" if text else "^$")

    def _step(self, states: frozenset[int], character: str) -> frozenset[int]:
        known = self._known.get((states, character))
        if known is None:
            reached = {
                following
                for state in states
                if (test := self._nodes[state].test) is not None and test(character)
                for following in self._nodes[state].following
            }
            known = self._closure(reached, "") | self._again
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[states, character] = known
        return known

    def _closure(self, states: set[int], anchors: str) -> frozenset[int]:
        reached = set(states)
        waiting = list(states)
        while waiting:
            node = self._nodes[waiting.pop()]
            if node.test is None and (not node.anchor or node.anchor in anchors):
                fresh = [one for one in node.following if one not in reached]
                reached.update(fresh)
                waiting.extend(fresh)
        return frozenset(reached)

    def _add(self, test: Test | None = None, anchor: str = "") -> int:
        if len(self._nodes) >= _MAX_NODES:
            msg = "the pattern is too complex"
            raise ValueError(msg)
        self._nodes.append(_Node(test, anchor))
        return len(self._nodes) - 1

    def _join(self, start: int, *ends: int) -> None:
        self._nodes[start].following.extend(ends)

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            msg = "it ends too early"
            raise ValueError(msg)
        self._at += 1
        return character

    def _alternatives(self, depth: int) -> Fragment:
        if depth > _DEPTH:
            msg = "groups are nested too deep"
            raise ValueError(msg)
        first, last = self._add(), self._add()
        while True:
            begin, end = self._sequence(depth)
            self._join(first, begin)
            self._join(end, last)
            if self._peek() != "|":
                return first, last
            self._take()

    def _sequence(self, depth: int) -> Fragment:
        first = last = self._add()
        while self._peek() not in {"", "|", ")"}:
            begin, end = self._repeated(depth)
            self._join(last, begin)
            last = end
        return first, last

    def _repeated(self, depth: int) -> Fragment:
        start = self._at
        fragment = self._atom(depth)
        bounds = self._bounds()
        if bounds is None:
            return fragment
        if self._pattern[start] in "^$":
            msg = "an anchor is not repeated"
            raise ValueError(msg)
        least, most = bounds
        after = self._at
        first = last = self._add()
        for number in range(least if most is None else most):
            self._at = start
            begin, end = self._atom(depth)
            skip = self._add()
            self._join(last, begin, *((skip,) if number >= least else ()))
            self._join(end, skip)
            last = skip
        if most is None:
            self._at = start
            begin, end = self._atom(depth)
            leave = self._add()
            self._join(last, begin, leave)
            self._join(end, begin, leave)
            last = leave
        self._at = after
        if self._peek() and self._peek() in "*+?{":
            msg = "nothing to repeat"
            raise ValueError(msg)
        return first, last

    def _bounds(self) -> tuple[int, int | None] | None:
        character = self._peek()
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if character in simple:
            self._take()
            return simple[character]
        if character != "{":
            return None
        end = self._pattern.find("}", self._at)
        least, comma, most = self._pattern[self._at + 1 : end].partition(",")
        digits = [part for part in (least, most) if part]
        if end < 0 or not least or not all(one.isascii() and one.isdigit() for one in digits):
            msg = "a repetition is written {m}, {m,} or {m,n}"
            raise ValueError(msg)
        self._at = end + 1
        lower = int(least[:4])
        upper = int(most[:4]) if most else (None if comma else lower)
        if lower > _MAX_REPEAT or (upper is not None and not lower <= upper <= _MAX_REPEAT):
            msg = f"a repetition goes up to {_MAX_REPEAT}"
            raise ValueError(msg)
        return lower, upper

    def _atom(self, depth: int) -> Fragment:
        character = self._take()
        if character == "(":
            if self._peek() == "?":
                msg = "groups have no options"
                raise ValueError(msg)
            fragment = self._alternatives(depth + 1)
            if self._take() != ")":
                msg = "a group is not closed"
                raise ValueError(msg)
            return fragment
        if character in {"^", "$"}:
            node = self._add(anchor=character)
        else:
            node = self._add(self._test(character))
        last = self._add()
        self._join(node, last)
        return node, last

    def _test(self, character: str) -> Test:
        if character == ".":
            return lambda _: True
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        if character in _SPECIAL:
            msg = f"unexpected {character!r}"
            raise ValueError(msg)
        return lambda given: given == character

    def _escape(self) -> Test:
        character = self._take()
        kind = _KINDS.get(character.lower())
        if kind is not None:
            return kind if character.islower() else lambda given: not kind(given)
        literal = _CONTROLS.get(character, character)
        if literal == character and character.isalnum():
            msg = f"unknown escape \\{character}"
            raise ValueError(msg)
        return lambda given: given == literal

    def _class(self) -> Test:
        is_negated = self._peek() == "^"
        if is_negated:
            self._take()
        tests: list[Test] = []
        while self._peek() != "]" or not tests:
            tests.append(self._range())
        self._take()
        return lambda given: any(test(given) for test in tests) is not is_negated

    def _range(self) -> Test:
        low = self._take()
        if low == "\\":
            return self._escape()
        if low in "[]":
            msg = f"unexpected {low!r} in a class"
            raise ValueError(msg)
        following = self._pattern[self._at : self._at + 2]
        if len(following) < 2 or following[0] != "-" or following[1] == "]":  # noqa: PLR2004
            return lambda given: given == low
        self._take()
        high = self._take()
        if high in "[\\" or high < low:
            msg = "a range begins with the lesser character"
            raise ValueError(msg)
        return lambda given: low <= given <= high


def _is_word(character: str) -> bool:
    return character == "_" or (character.isascii() and character.isalnum())


_KINDS: dict[str, Test] = {
    "d": lambda character: "0" <= character <= "9",
    "s": lambda character: character in _SPACE,
    "w": _is_word,
}


@lru_cache(maxsize=128)
def compile_regex(pattern: str) -> Regex:
    """Return the automaton of a pattern; raises ValueError for what the language has not."""
    return Regex(pattern)


def matches(pattern: str, text: object) -> bool:
    """Tell whether a pattern is found in a text; what is no text never matches."""
    return isinstance(text, str) and compile_regex(pattern).found_in(text)

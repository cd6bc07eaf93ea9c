"""Our parser beside the one in MLflow's own server, filter for filter."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.utils.search_logged_model_utils import parse_filter_string
from mlflow.utils.search_utils import (
    SearchExperimentsUtils,
    SearchModelUtils,
    SearchModelVersionUtils,
    SearchUtils,
)

from app.db.predicates import Comparison, Entity, Operator
from app.errors import InvalidParameterError
from app.protocols.mlflow.filters.expressions import (
    EXPERIMENTS,
    LOGGED_MODELS,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    RUNS,
    Grammar,
    parse_filter,
    parse_order_by,
)
from app.protocols.mlflow.filters.grammars import LISTS, NULLS, SAME

DIALECTS = {
    "runs": (RUNS, SearchUtils),
    "experiments": (EXPERIMENTS, SearchExperimentsUtils),
    "registered models": (REGISTERED_MODELS, SearchModelUtils),
    "model versions": (MODEL_VERSIONS, SearchModelVersionUtils),
    "logged models": (LOGGED_MODELS, None),
}
SPELLINGS = {
    "created": "start_time",
    "Created": "start_time",
    "run name": "run_name",
    "Run name": "run_name",
    "Run Name": "run_name",
    "creation_timestamp_ms": "creation_timestamp",
    "last_updated_timestamp_ms": "last_updated_timestamp",
}
REFUSED = (MlflowException, InvalidParameterError, AttributeError, ValueError, StopIteration)
"""What MLflow's parsers raise; those of Python itself are bugs of theirs that end in a 500."""

QUOTED = re.compile(r"""(['"`])(?!\1).+?\1""", re.DOTALL)
KEY = r"(?:[a-z]+\.)?(?:[`\"]q[`\"]|\w+(?:\.\w+)*)"
STRING = r"(?:'q?'|\"q?\")"
VALUE = rf"(?:{STRING}|-?[\d.]+(?:e-?\d+)?|\(\s*{STRING}(?:\s*,\s*{STRING})*\s*,?\s*\))"
COMPARISON = (
    rf"(?:{KEY}\s+is\s+(?:not\s+)?null"
    rf"|{KEY}\s*(?:[<>=!]+|\b(?:i?like|in|not\s+in)\b)\s*{VALUE})"
)
SHAPE = re.compile(rf"\s*{COMPARISON}(?:\s*\band\b\s*{COMPARISON})*\s*", re.IGNORECASE)
"""A filter by its shape alone, with a q for what is quoted. Of other shapes MLflow lets pass:
AND missing, doubled or at the ends, empty keys, two names side by side as one key, blanks after a
dot and quotes in the middle of a key as parts of the key. Ours refuses them all."""
LOOSER = {
    "a semicolon may close a filter": re.compile(r";\s*$"),
    "a blank filter is an empty one": re.compile(r"^\s*$"),
    "keywords of SQL are keys": re.compile(r"\.(case|in|values|using|from|as)\b", re.IGNORECASE),
    "exponents may have a plus": re.compile(r"e\+", re.IGNORECASE),
    "any blanks may stand within IS NOT NULL": re.compile(r"not(\s{2,}|[^ ])null", re.IGNORECASE),
}


def excuses(text: str, ours: Any, theirs: Any) -> list[str]:
    """The known reasons why one parser refuses the text and the other does not."""
    outside_quotes = QUOTED.sub(r"\1q\1", text)
    if ours == "refused" and SHAPE.fullmatch(outside_quotes) is None:
        return ["it has not the shape of a filter"]
    if theirs == "refused":
        return [why for why, form in LOOSER.items() if form.search(outside_quotes)]
    return []


def stock_comparison(parsed: dict[str, Any]) -> Comparison:
    entity = Entity(parsed["type"])
    value = parsed["value"]
    if entity is Entity.METRIC:
        value = float(value)
    key = parsed["key"]
    if key == "experiment_id" and entity is Entity.ATTRIBUTE:
        value = int(value) if isinstance(value, str) else tuple(int(one) for one in value)
    if entity is Entity.ATTRIBUTE:
        key = SPELLINGS.get(key, key)
    return Comparison(entity, key, Operator(parsed["comparator"].upper()), value)


def stock(search: str, text: str) -> tuple[Comparison, ...]:
    """What MLflow's server makes of the filter; it checks operators only where it builds SQL."""
    grammar, parser = DIALECTS[search]
    if parser is None:
        return tuple(
            stock_comparison(
                {
                    "type": {"params": "parameter"}.get(one.entity.type.value)
                    or one.entity.type.value.removesuffix("s"),
                    "key": one.entity.key,
                    "comparator": one.op,
                    "value": one.value,
                }
            )
            for one in parse_filter_string(text)
        )
    comparisons = tuple(stock_comparison(one) for one in parser.parse_search_filter(text))
    for one in comparisons:
        allowed = grammar.operators.get(one.entity)
        if allowed is None:
            allowed = grammar.keys[one.entity][one.key].operators
        if one.operator not in allowed:
            raise ValueError(one)
    return comparisons


def outcome(parse: Callable[[], Any]) -> Any:
    try:
        return parse()
    except REFUSED:
        return "refused"


def case_of(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from([word, word.lower(), word.title()])


WORDS = st.from_regex(r"[A-Za-zé_日][A-Za-z0-9_é日]{0,8}(\.[a-z]\w{0,3})?", fullmatch=True).filter(
    lambda word: not re.search(r"(^|\.)(case|in|values|using|from|as)($|\.)", word, re.IGNORECASE)
)
FREE_TEXT = st.text("abZ é日%_.*-=<>();,/:#$&AND ", max_size=8)
NUMBERS = st.integers(-(10**15), 10**15).map(str) | st.sampled_from(
    ["0.5", "-1.5", ".25", "5.", "1e5", "2.5E-3", "007"]
)


@st.composite
def keys(draw: st.DrawFn, grammar: Grammar, *, only_backticks: bool) -> tuple[str, Any]:
    prefixes = sorted(grammar.prefixes)
    if only_backticks:
        prefixes = ["attributes", "metrics", "params", "tags"]
    prefix = draw(st.sampled_from(prefixes))
    entity = grammar.prefixes[prefix]
    if entity in grammar.operators:
        quote = draw(st.sampled_from(["`"] if only_backticks else ["", "`", '"']))
        name = draw(FREE_TEXT.filter(bool) if quote else WORDS)
        return f"{prefix}.{quote}{name}{quote}", (entity, None)
    spelling = draw(st.sampled_from(sorted(grammar.keys[entity])))
    if only_backticks and spelling == "last_updated_time":
        spelling = "last_updated_timestamp"
    quoted = f"`{spelling}`" if " " in spelling else spelling
    is_bare = entity is Entity.ATTRIBUTE and (only_backticks or draw(st.booleans()))
    return (quoted if is_bare else f"{prefix}.{quoted}"), (entity, spelling)


@st.composite
def comparisons(draw: st.DrawFn, grammar: Grammar) -> str:
    plain = grammar is LOGGED_MODELS
    left, (entity, spelling) = draw(keys(grammar, only_backticks=plain))
    operators = grammar.operators.get(entity)
    if operators is None:
        operators = grammar.keys[entity][spelling].operators
    operator = draw(st.sampled_from(sorted(operators)))
    if operator in NULLS:
        return f"{left} {draw(case_of(operator))}"
    quote = draw(st.sampled_from("'" if plain else "'\""))
    texts = st.integers(0, 99).map(str) if spelling == "experiment_id" else FREE_TEXT
    if operator in LISTS:
        values = draw(st.lists(texts, min_size=1, max_size=3))
        tail = draw(st.sampled_from(["", ","]))
        listed = ", ".join(f"{quote}{value}{quote}" for value in values)
        return f"{left} {draw(case_of(operator))} ({listed}{tail})"
    if Operator.LT in operators:
        whole = spelling is not None and grammar.keys[entity][spelling].whole
        right = draw(st.integers(-9, 10**13).map(str) if whole else NUMBERS)
    elif plain and operator in SAME and draw(st.booleans()):
        right = draw(NUMBERS)
    else:
        right = f"{quote}{draw(texts)}{quote}"
    blank = draw(st.sampled_from(["", " ", "\t ", "\n"])) if operator[0] in "<>=!" else " "
    return f"{left}{blank}{draw(case_of(operator))}{blank}{right}"


@st.composite
def filters(draw: st.DrawFn, grammar: Grammar) -> str:
    parts = draw(st.lists(comparisons(grammar), min_size=1, max_size=4))
    joined = parts[0]
    for part in parts[1:]:
        joined += f" {draw(case_of('AND'))} {part}"
    return joined + draw(st.sampled_from(["", " "]))


@pytest.mark.parametrize("search", DIALECTS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_valid_filter_means_what_it_means_to_mlflow(search, data):
    grammar, _ = DIALECTS[search]
    text = data.draw(filters(grammar))
    assert parse_filter(text, grammar) == stock(search, text)


SOUP = """
metrics.a params.b tags.c tags.`xy` tags."q" attributes.status status run_id start_time name 'v'
datasets.name foo.x "w" '' 1 -2.5 .5 1e5 1e+5 0x1F = != > >= < <= == <> LIKE ilike IN NOT IS NULL
AND and OR ( ) , ; `k` . + - * tags. .c tags.`` ' " ` # @ : ('a') ('a','b') (1) is.null tags.case
"""


@st.composite
def garbage(draw: st.DrawFn) -> str:
    """A valid filter in which some words are lost, others come in, or all are others."""
    words = draw(filters(RUNS)).split(" ")
    if draw(st.booleans()):
        words = draw(st.lists(st.sampled_from(SOUP.split()), max_size=8))
    for _ in range(draw(st.integers(0, 2))):
        position = draw(st.integers(0, len(words)))
        lost = draw(st.integers(0, 1))
        words[position : position + lost] = draw(
            st.lists(st.sampled_from(SOUP.split()), max_size=1)
        )
    return draw(st.sampled_from([" ", " ", ""])).join(words)


@settings(deadline=None, max_examples=100)
@given(text=garbage())
@example(text="tags.c = 'v' OR tags.c = 'v'")
def test_of_garbage_the_same_is_refused_as_by_mlflow(text):
    theirs = outcome(lambda: stock("runs", text))
    ours = outcome(lambda: parse_filter(text, RUNS))
    if ours != theirs:
        assert excuses(text, ours, theirs), (ours, theirs)


@pytest.mark.parametrize(
    "grammar,parse",
    [
        (RUNS, SearchUtils.parse_order_by_for_search_runs),
        (EXPERIMENTS, SearchExperimentsUtils.parse_order_by_for_search_experiments),
        (REGISTERED_MODELS, SearchModelUtils.parse_order_by_for_search_registered_models),
        (MODEL_VERSIONS, SearchModelVersionUtils.parse_order_by_for_search_model_versions),
    ],
)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_an_order_means_what_it_means_to_mlflow(grammar, parse, data):
    sortable = sorted(name for name in grammar.sortable if " " not in name and name != "timestamp")
    names = st.sampled_from(sortable)
    free = sorted(
        prefix for prefix, entity in grammar.prefixes.items() if entity in grammar.sortable_entities
    )
    if free:
        quoted = st.tuples(st.sampled_from(free), st.sampled_from('`"'), WORDS | st.just("a b/c"))
        names |= quoted.map(lambda one: f"{one[0]}.{one[1]}{one[2]}{one[1]}")
    direction = data.draw(st.sampled_from(["", " ASC", " desc", "  DESC"]))
    term = data.draw(names) + direction
    entity, key, ascending = parse(term)
    (ours,) = parse_order_by([term], grammar)
    assert (ours.entity, ours.ascending) == (entity, ascending)
    assert ours.key == SPELLINGS.get(key, key)

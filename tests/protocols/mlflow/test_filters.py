import time

import pytest

from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.errors import InvalidParameterError
from app.protocols.mlflow.filters.expressions import (
    EXPERIMENTS,
    LOGGED_MODELS,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    RUNS,
    parse_filter,
    parse_order_by,
    parse_order_field,
)
from app.protocols.mlflow.filters.prompts import IS_PROMPT, split_prompts

QUOTED = "'a',"

ACCEPTED = [
    (RUNS, "metrics.rmse < 1", "metric", "rmse", "<", 1.0),
    (RUNS, "metric.`f1 score`>=-1.5e-3", "metric", "f1 score", ">=", -0.0015),
    (RUNS, "params.model = 'tree'", "parameter", "model", "=", "tree"),
    (RUNS, 'parameter."a/b" != "x y"', "parameter", "a/b", "!=", "x y"),
    (RUNS, "param.x is not\n null", "parameter", "x", "IS NOT NULL", None),
    (RUNS, "tags.mlflow.source.name ilike '%.py'", "tag", "mlflow.source.name", "ILIKE", "%.py"),
    (RUNS, "tag.é = 'it''s'", "tag", "é", "=", "it''s"),
    (RUNS, "tags.in IS NULL", "tag", "in", "IS NULL", None),
    (RUNS, "attributes.status = 'FINISHED'", "attribute", "status", "=", "FINISHED"),
    (RUNS, "attr.user_id LIKE 'a_'", "attribute", "user_id", "LIKE", "a_"),
    (RUNS, "run.run_name != ''", "attribute", "run_name", "!=", ""),
    (RUNS, "`Run name` = 'x'", "attribute", "run_name", "=", "x"),
    (RUNS, "Created > 1664067852747", "attribute", "start_time", ">", 1664067852747),
    (RUNS, f"end_time < {10**20}", "attribute", "end_time", "<", 1e20),
    (RUNS, "end_time <= 1.5;", "attribute", "end_time", "<=", 1.5),
    (RUNS, "run_id not in ('a', \"b\",)", "attribute", "run_id", "NOT IN", ("a", "b")),
    (RUNS, "datasets.context IN ('train')", "dataset", "context", "IN", ("train",)),
    (EXPERIMENTS, "attribute.name LIKE 'a%'", "attribute", "name", "LIKE", "a%"),
    (EXPERIMENTS, "experiment_id IN ('1')", "attribute", "experiment_id", "IN", (1,)),
    (EXPERIMENTS, "experiment_id != '12'", "attribute", "experiment_id", "!=", 12),
    (EXPERIMENTS, "last_update_time < 5", "attribute", "last_update_time", "<", 5),
    (EXPERIMENTS, "tags.team IS NULL", "tag", "team", "IS NULL", None),
    (REGISTERED_MODELS, "name = 'a.b.c'", "attribute", "name", "=", "a.b.c"),
    (REGISTERED_MODELS, "tag.`x.y` != 'true'", "tag", "x.y", "!=", "true"),
    (MODEL_VERSIONS, "run_id IN ('a')", "attribute", "run_id", "IN", ("a",)),
    (MODEL_VERSIONS, "source_path = 's3://b'", "attribute", "source_path", "=", "s3://b"),
    (MODEL_VERSIONS, "version_number >= 2", "attribute", "version_number", ">=", 2),
    (MODEL_VERSIONS, "version_number = '2'", "attribute", "version_number", "=", 2),
    (LOGGED_MODELS, "creation_time > 1", "attribute", "creation_timestamp", ">", 1),
    (LOGGED_MODELS, "params.a NOT IN ('1')", "parameter", "a", "NOT IN", ("1",)),
    (LOGGED_MODELS, "params.lr = 0.01", "parameter", "lr", "=", "0.01"),
    (LOGGED_MODELS, "tags.fold != -1", "tag", "fold", "!=", "-1"),
    (LOGGED_MODELS, "attributes.model_id = 'm-1'", "attribute", "model_id", "=", "m-1"),
]


@pytest.mark.parametrize("grammar,text,entity,key,operator,value", ACCEPTED)
def test_a_filter_is_a_comparison(grammar, text, entity, key, operator, value):
    expected = Comparison(Entity(entity), key, Operator(operator), value)
    (found,) = parse_filter(text, grammar)
    assert found == expected
    assert type(found.value) is type(value)


REFUSED = [
    (RUNS, "name = 'x'", "Invalid attribute key 'name' specified"),
    (RUNS, "foo.x = 'x'", "Invalid entity type 'foo'"),
    (RUNS, "METRICS.x = 1", "Invalid entity type 'METRICS'"),
    (RUNS, "datasets.schema = 'x'", "Invalid dataset key 'schema' specified"),
    (RUNS, "metrics.x = 'a'", "Expected numeric value type for metric. Found ''a''"),
    (RUNS, "metrics.x > nan", "Expected numeric value type for metric"),
    (RUNS, "metrics.x > 0x1F", "Expected numeric value type for metric"),
    (RUNS, f"metrics.x > {'9' * 400}", "Expected numeric value type for metric"),
    (RUNS, "start_time > '1'", "Expected numeric value type for numeric attribute: start_time"),
    (RUNS, "params.x = 5", "Expected a quoted string value for parameter"),
    (RUNS, "params.x =", "Expected a quoted string value for parameter"),
    (RUNS, "status = FAILED", "either not quoted or unidentified quote types"),
    (RUNS, "tags.x > 'a'", "Invalid comparator '>' not one of"),
    (RUNS, "tags.x == 'a'", "Invalid comparator '=='"),
    (RUNS, "metrics.x LIKE 'a'", "Invalid comparator 'LIKE' not one of"),
    (RUNS, "tags.x NOT LIKE 'a'", "Expected comparison found 'NOT'"),
    (RUNS, "status IN ('a')", "Only ['run_id'] attributes support comparison with a list"),
    (RUNS, "end_time IS NULL", "IS NULL / IS NOT NULL is only supported for tags and params"),
    (RUNS, "run_id IN ()", "but got empty list"),
    (RUNS, "run_id IN ('a' 'b')", "but got ill-formed list"),
    (RUNS, "run_id IN (1)", "but got different type in list"),
    (RUNS, "run_id IN 'a'", "expected a non-empty list of string values"),
    (RUNS, "run_id IN ('a'", "but got ill-formed list"),
    (RUNS, "tags.a = 'b' OR tags.c = 'd'", "Invalid clause(s) in filter string: 'OR'"),
    (RUNS, "tags.a = 'b' tags.c = 'd'", "Invalid clause(s) in filter string: 'tags.c'"),
    (RUNS, "tags.a = 'b' AND", "Invalid clause(s) in filter string: 'AND'"),
    (RUNS, "AND tags.a = 'b'", "Invalid attribute key 'AND'"),
    (RUNS, "(tags.a = 'b')", "Expected 'Identifier' found '('"),
    (RUNS, "'b' = tags.a", "Expected 'Identifier' found ''b''"),
    (RUNS, "tags.a-b = 'x'", "Invalid clause(s) in filter string: '-b = 'x''"),
    (RUNS, "tags.a = 'b' -- c", "Invalid clause(s) in filter string: '-- c'"),
    (RUNS, "tags.a = 'b", "Invalid clause(s) in filter string: ''b'"),
    (RUNS, "tags.`` = 'x'", "Invalid identifier 'tags.``'"),
    (RUNS, "tags.`a`.b = 'x'", "Invalid identifier 'tags.`a`.b'"),
    (RUNS, "tags.a = 'x'; AND tags.b = 'y'", "contained multiple expression"),
    (RUNS, "; tags.a = 'x'", "Expected 'Identifier' found ';'"),
    (RUNS, "tags.a = 'x\0'", "character that is not text"),
    (RUNS, "tags.a = '\ud800'", "character that is not text"),
    (RUNS, f"tags.a LIKE '{'%' * 1001}'", "at most 1000 characters"),
    (RUNS, " AND ".join(["tags.a = 'b'"] * 101), "more than 100 comparisons"),
    (RUNS, f"run_id IN ({QUOTED * 5001})", "at most 5000 values"),
    (RUNS, "x" * 100_001, "at most 100000 are allowed"),
    (EXPERIMENTS, "metrics.x = 1", "Invalid entity type 'metrics'"),
    (EXPERIMENTS, "creation_time > 1.5", "Invalid value for numeric attribute 'creation_time'"),
    (EXPERIMENTS, "experiment_id = 'x'", "Invalid value for numeric attribute 'experiment_id'"),
    (EXPERIMENTS, "experiment_id IN ('1', '')", "Invalid value for numeric attribute"),
    (EXPERIMENTS, f"experiment_id = '{'9' * 19}'", "Invalid value for numeric attribute"),
    (EXPERIMENTS, "experiment_id = 1", "Expected a quoted string value"),
    (EXPERIMENTS, "experiment_id LIKE '1'", "Invalid comparator 'LIKE' not one of"),
    (EXPERIMENTS, "name IN ('a')", "Only ['experiment_id'] attributes"),
    (REGISTERED_MODELS, "tags.a IS NULL", "IS NULL / IS NOT NULL is only supported"),
    (REGISTERED_MODELS, "description = 'x'", "Invalid attribute key 'description'"),
    (MODEL_VERSIONS, "source_path IN ('a')", "Only ['name', 'run_id'] attributes"),
    (MODEL_VERSIONS, "version_number = 'x'", "Invalid value for numeric attribute"),
    (MODEL_VERSIONS, "version_number LIKE '1'", "Invalid comparator 'LIKE' not one of"),
    (LOGGED_MODELS, "run.name = 'a'", "Invalid entity type 'run'"),
]


@pytest.mark.parametrize("grammar,text,reason", REFUSED)
def test_what_the_grammar_does_not_have_is_refused_with_the_reason(grammar, text, reason):
    with pytest.raises(InvalidParameterError) as refusal:
        parse_filter(text, grammar)
    assert reason in refusal.value.message
    assert refusal.value.field == "filter"
    assert refusal.value.message.startswith("Invalid filter. ")


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_a_blank_filter_asks_for_nothing(text):
    assert parse_filter(text, RUNS) == ()


def test_and_joins_comparisons_in_any_case_and_stands_in_values_too():
    found = parse_filter("tags.a = 'x AND y' and metrics.b > 1 AND params.c LIKE 'or'", RUNS)
    assert [one.key for one in found] == ["a", "b", "c"]
    assert found[0].value == "x AND y"


@pytest.mark.parametrize(
    "text",
    [
        "'" + "\\'" * 49_000,
        "'" + "''" * 49_000,
        '"' * 99_999,
        'tags."a".' * 11_000,
        'a."' * 33_000,
        'a."\\' * 24_000,
        "1" * 99_999 + "a",
        "1e" * 50_000,
        "`" * 99_999,
        "a." * 50_000,
        "(" * 99_999,
    ],
)
def test_hostile_text_is_refused_in_linear_time(text):
    started = time.process_time()
    with pytest.raises(InvalidParameterError) as refusal:
        parse_filter(text, RUNS)
    assert time.process_time() - started < 1.0
    assert len(refusal.value.message) < 1000


ORDERS = [
    (RUNS, "metrics.`val loss` DESC", "metric", "val loss", False),
    (RUNS, "params.a", "parameter", "a", True),
    (RUNS, 'tags."mlflow.user" asc', "tag", "mlflow.user", True),
    (RUNS, "attributes.start_time desc", "attribute", "start_time", False),
    (RUNS, "Created", "attribute", "start_time", True),
    (EXPERIMENTS, "attribute.experiment_id DESC", "attribute", "experiment_id", False),
    (REGISTERED_MODELS, "timestamp DESC", "attribute", "last_updated_timestamp", False),
    (MODEL_VERSIONS, "version_number ASC", "attribute", "version_number", True),
]


@pytest.mark.parametrize("grammar,term,entity,key,ascending", ORDERS)
def test_an_order_is_a_key_and_a_direction(grammar, term, entity, key, ascending):
    assert parse_order_by([term], grammar) == (OrderBy(Entity(entity), key, ascending),)


@pytest.mark.parametrize(
    "grammar,terms,reason",
    [
        (RUNS, ["metrics.a UP"], "Invalid ordering key in order_by clause 'metrics.a UP'"),
        (RUNS, ["metrics.a DESC ASC"], "Invalid ordering key in order_by clause"),
        (RUNS, [""], "Invalid order_by clause ''. Could not be parsed."),
        (RUNS, ["5"], "Could not be parsed."),
        (RUNS, ["metrics.a, metrics.b"], "Invalid ordering key"),
        (RUNS, ["metrics.a-b"], "Invalid clause(s) in order_by string: '-b'"),
        (RUNS, ["datasets.name"], "Invalid order_by entity: dataset"),
        (RUNS, ["color"], "Invalid order by key 'color' specified"),
        (RUNS, ["created", "attributes.start_time DESC"], "contains duplicate fields"),
        (RUNS, [f"metrics.m{number}" for number in range(21)], "more than 20 terms"),
        (EXPERIMENTS, ["tags.a"], "Invalid order_by entity: tag"),
    ],
)
def test_an_order_that_cannot_be_is_refused_with_the_reason(grammar, terms, reason):
    with pytest.raises(InvalidParameterError) as refusal:
        parse_order_by(terms, grammar)
    assert reason in refusal.value.message
    assert refusal.value.field == "order_by"


@pytest.mark.parametrize(
    "name,entity,key",
    [
        ("metrics.val loss/1", "metric", "val loss/1"),
        ("creation_time", "attribute", "creation_timestamp"),
        ("model_id", "attribute", "model_id"),
    ],
)
def test_a_field_name_of_logged_models_is_taken_without_quotes(name, entity, key):
    order = parse_order_field(name, LOGGED_MODELS, ascending=False)
    assert order == OrderBy(Entity(entity), key, ascending=False)


@pytest.mark.parametrize("name", ["params.a", "metrics.", "color", "", "metrics.a\0"])
def test_other_field_names_are_refused(name):
    with pytest.raises(InvalidParameterError) as refusal:
        parse_order_field(name, LOGGED_MODELS)
    assert refusal.value.field == "order_by"


@pytest.mark.parametrize(
    "text,are_prompts",
    [
        ("name = 'a'", False),
        (f"tag.`{IS_PROMPT}` != 'true'", False),
        (f"tags.`{IS_PROMPT}` = 'false' AND name = 'a'", False),
        (f"tags.`{IS_PROMPT}` LIKE 'true'", False),
        (f"tags.`{IS_PROMPT}` = 'true' AND name = 'a'", True),
        (f"tags.`{IS_PROMPT}` != 'False'", True),
    ],
)
def test_prompts_are_found_only_when_asked_for(text, are_prompts):
    found, rest = split_prompts(parse_filter(text, REGISTERED_MODELS))
    assert found is are_prompts
    assert IS_PROMPT not in {one.key for one in rest}

import math
import re
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    insert,
    select,
)
from sqlalchemy.pool import StaticPool

from app.db.predicates import (
    ChildTable,
    Comparison,
    Entity,
    Operator,
    OrderBy,
    child_condition,
    child_order,
    compare,
    has_row,
)

tables = MetaData()
things = Table(
    "predicate_things",
    tables,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text().with_variant(String(collation="C"), "postgresql")),
    Column("size", BigInteger),
)
tags = Table(
    "predicate_tags",
    tables,
    Column("thing_id", BigInteger),
    Column("key", Text),
    Column("value", Text().with_variant(String(collation="C"), "postgresql")),
)
metrics = Table(
    "predicate_metrics",
    tables,
    Column("thing_id", BigInteger),
    Column("key", Text),
    Column("value", Double),
)
names = Table(
    "predicate_names",
    tables,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text),
)
points = Table(
    "predicate_points",
    tables,
    Column("thing_id", BigInteger),
    Column("name_id", BigInteger),
    Column("value", Double),
)
POINTS = ChildTable(
    points.c.thing_id, points.c.name_id, points.c.value, names=(names.c.id, names.c.name)
)
TAGS = ChildTable(tags.c.thing_id, tags.c.key, tags.c.value)
METRICS = ChildTable(metrics.c.thing_id, metrics.c.key, metrics.c.value)
TEXTS = st.text("aAbéÉжЖ%_*?[]^-\\'\" \n日😀", max_size=5)
NUMBERS = st.sampled_from([-math.inf, -1.5, 0.0, 0.5, 1.0, 2.0, 1e300, math.inf])
NUMERIC = (Operator.EQ, Operator.NE, Operator.LT, Operator.LE, Operator.GT, Operator.GE)
REAL_DATABASE = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def connection(engine_name: str, request: pytest.FixtureRequest) -> Iterator[Connection]:
    url = "sqlite://"
    if engine_name == "postgres":
        url = request.getfixturevalue("postgres").create_database(f"predicates_{uuid.uuid4().hex}")
    engine = create_engine(url, poolclass=StaticPool)
    with engine.connect() as connection:
        tables.create_all(connection)
        connection.commit()
        yield connection
    engine.dispose()


@pytest.fixture(autouse=True)
def _nothing_stays(connection: Connection) -> Iterator[None]:
    yield
    connection.rollback()


def add(connection, values, *, child=None):
    """Make one thing a value, numbered from 1; a value that is the text ABSENT gets no row."""
    connection.rollback()
    column = things.c.name if child is None else things.c.id
    if child is None:
        rows = [{"id": number, column.name: value} for number, value in enumerate(values, 1)]
        connection.execute(insert(things), rows)
        return
    connection.execute(insert(things), [{"id": number + 1} for number in range(len(values))])
    rows = [
        {"thing_id": number, "key": "k", "value": value}
        for number, value in enumerate(values, 1)
        if value != "ABSENT"
    ]
    if rows:
        connection.execute(insert(child.owner.table), rows)


def found(connection, condition):
    return set(connection.scalars(select(things.c.id).where(condition)))


def naive(have, operator, want):
    """The meaning of an operator in plain Python, for a value that is there."""
    if operator in {Operator.LIKE, Operator.ILIKE}:
        wild = {"%": ".*", "_": "."}
        pattern = "".join(wild.get(character, re.escape(character)) for character in want)
        flags = re.DOTALL | (re.IGNORECASE if operator is Operator.ILIKE else re.NOFLAG)
        return re.fullmatch(pattern, have, flags) is not None
    return {
        Operator.EQ: lambda: have == want,
        Operator.NE: lambda: have != want,
        Operator.LT: lambda: have < want,
        Operator.LE: lambda: have <= want,
        Operator.GT: lambda: have > want,
        Operator.GE: lambda: have >= want,
        Operator.IN: lambda: have in want,
        Operator.NOT_IN: lambda: have not in want,
    }[operator]()


def numbers_where(values, predicate):
    return {number for number, value in enumerate(values, 1) if predicate(value)}


@REAL_DATABASE
@given(st.lists(TEXTS, min_size=1, max_size=6), st.sampled_from(["LIKE", "ILIKE"]), st.data())
def test_patterns_select_what_plain_python_selects(connection, values, spelling, data):
    near = data.draw(st.sampled_from(values))
    mutation = st.sampled_from(
        [near, near.swapcase(), f"%{near[1:]}", f"{near[:-1]}_", f"%{near}%"]
    )
    pattern = data.draw(TEXTS | mutation)
    add(connection, values)
    operator = Operator(spelling)
    expected = numbers_where(values, lambda value: naive(value, operator, pattern))
    assert found(connection, compare(things.c.name, operator, pattern)) == expected


@REAL_DATABASE
@given(
    st.lists(TEXTS | st.just("ABSENT"), min_size=1, max_size=6),
    st.sampled_from(["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"]),
    TEXTS,
)
def test_tags_select_the_owners_that_plain_python_selects(connection, values, spelling, text):
    operator = Operator(spelling)
    want = {"IN": (text, "a"), "NOT IN": (text, "a")}.get(spelling, text)
    add(connection, values, child=TAGS)
    if operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
        want = None
        is_wanted = operator is Operator.IS_NOT_NULL
        expected = numbers_where(values, lambda value: (value != "ABSENT") == is_wanted)
    else:
        expected = numbers_where(
            values, lambda value: value != "ABSENT" and naive(value, operator, want)
        )
    asked = Comparison(Entity.TAG, "k", operator, want)
    assert found(connection, child_condition(things.c.id, TAGS, asked)) == expected


@REAL_DATABASE
@given(
    st.lists(NUMBERS | st.just(math.nan) | st.just("ABSENT"), min_size=1, max_size=6),
    st.sampled_from(NUMERIC),
    NUMBERS,
)
def test_metrics_compare_as_floats_do_with_nan_unequal_to_all(connection, values, operator, want):
    add(connection, values, child=METRICS)
    asked = Comparison(Entity.METRIC, "k", operator, want)
    expected = numbers_where(
        values, lambda value: value != "ABSENT" and naive(value, operator, want)
    )
    assert found(connection, child_condition(things.c.id, METRICS, asked)) == expected


@REAL_DATABASE
@given(
    st.lists(NUMBERS | st.just(math.nan) | st.just("ABSENT"), min_size=1, max_size=6),
    st.booleans(),
)
def test_an_order_puts_nan_after_numbers_and_missing_values_last(connection, values, ascending):
    add(connection, values, child=METRICS)
    order = OrderBy(Entity.METRIC, "k", ascending)
    terms = child_order(things.c.id, METRICS, order)
    ids = list(connection.scalars(select(things.c.id).order_by(*terms, things.c.id)))

    def rank(number):
        value = values[number - 1]
        if value == "ABSENT":
            return 2, 0, number
        if math.isnan(value):
            return 1, 0, number
        return 0, value if ascending else -value, number

    assert ids == sorted(ids, key=rank)
    assert len(ids) == len(values)


@pytest.mark.parametrize(
    "operator,value,expected",
    [
        (Operator.GT, 1.5, {2, 3}),
        (Operator.LE, 1.5, {1}),
        (Operator.EQ, 2, {2}),
        (Operator.NE, 2, {1, 3}),
        (Operator.LT, 10**30, {1, 2, 3}),
        (Operator.GT, -(10**30), {1, 2, 3}),
        (Operator.LT, math.inf, {1, 2, 3}),
    ],
)
def test_whole_columns_compare_with_any_number(connection, operator, value, expected):
    sizes = [{"id": 1, "size": 1}, {"id": 2, "size": 2}, {"id": 3, "size": 2**62}]
    connection.execute(insert(things), [*sizes, {"id": 4, "size": None}])
    assert found(connection, compare(things.c.size, operator, value)) == expected


@pytest.mark.parametrize("operator", [Operator.NE, Operator.NOT_IN, Operator.LIKE])
def test_a_null_attribute_satisfies_no_comparison(connection, operator):
    add(connection, [None])
    value = ("a",) if operator is Operator.NOT_IN else "%"
    assert found(connection, compare(things.c.name, operator, value)) == set()


def test_a_null_attribute_is_found_as_null(connection):
    add(connection, [None, "a"])
    assert found(connection, compare(things.c.name, Operator.IS_NULL, None)) == {1}
    assert found(connection, compare(things.c.name, Operator.IS_NOT_NULL, None)) == {2}


def test_ilike_knows_case_beyond_ascii_under_any_collation(connection):
    add(connection, ["ÉCOLE ж", "école Ж", "ecole ж"])
    assert found(connection, compare(things.c.name, Operator.ILIKE, "École_%Ж")) == {1, 2}


def test_narrowing_is_about_the_same_row_as_the_value(connection):
    connection.execute(insert(things), [{"id": 1}])
    rows = [("train", 1.0), ("test", 2.0)]
    connection.execute(
        insert(metrics), [{"thing_id": 1, "key": key, "value": value} for key, value in rows]
    )
    asked = Comparison(Entity.METRIC, "train", Operator.GT, 1.5)
    assert found(connection, child_condition(things.c.id, METRICS, asked)) == set()
    asked = Comparison(Entity.METRIC, "test", Operator.GT, 1.5)
    narrow = metrics.c.value < 1.8
    assert found(connection, child_condition(things.c.id, METRICS, asked)) == {1}
    assert found(connection, child_condition(things.c.id, METRICS, asked, narrow)) == set()


def test_keys_may_be_numbers_that_another_table_names(connection):
    connection.execute(insert(things), [{"id": 1}, {"id": 2}, {"id": 3}])
    connection.execute(insert(names), [{"id": 7, "name": "loss"}, {"id": 8, "name": "k"}])
    rows = [(1, 7, 0.5), (2, 8, 0.1), (3, 7, 0.2)]
    connection.execute(
        insert(points),
        [dict(zip(("thing_id", "name_id", "value"), row, strict=True)) for row in rows],
    )
    asked = Comparison(Entity.METRIC, "loss", Operator.LT, 1.0)
    assert found(connection, child_condition(things.c.id, POINTS, asked)) == {1, 3}
    unknown = Comparison(Entity.METRIC, "gain", Operator.IS_NULL, None)
    assert found(connection, child_condition(things.c.id, POINTS, unknown)) == {1, 2, 3}
    order = child_order(things.c.id, POINTS, OrderBy(Entity.METRIC, "loss"))
    assert list(connection.scalars(select(things.c.id).order_by(*order))) == [3, 1, 2]


def test_whole_columns_are_compared_with_lists_of_numbers(connection):
    connection.execute(insert(things), [{"id": 1}, {"id": 2}])
    assert found(connection, compare(things.c.id, Operator.IN, (1, 5))) == {1}
    assert found(connection, compare(things.c.id, Operator.NOT_IN, (1, 5))) == {2}


def test_two_tables_of_children_can_be_joined_inside_one_condition(connection):
    add(connection, ["a", "b"], child=TAGS)
    connection.execute(insert(metrics), [{"thing_id": 1, "key": "a", "value": 1.0}])
    condition = has_row(things.c.id, tags.c.thing_id, metrics.c.key == tags.c.value)
    assert found(connection, condition) == {1}


def test_an_operator_that_does_not_suit_its_value_is_a_programming_error():
    for operator, value in [(Operator.IN, "a"), (Operator.EQ, None), (Operator.LIKE, 1)]:
        with pytest.raises(KeyError):
            compare(things.c.name, operator, value)

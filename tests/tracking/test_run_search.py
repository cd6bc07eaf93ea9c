import math

import pytest

from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.errors import InvalidParameterError
from app.tracking.experiments import delete_experiment
from app.tracking.runs.inputs import log_inputs
from app.tracking.runs.metrics import log_batch
from app.tracking.runs.runs import create_run, delete_run, get_run, update_run
from app.tracking.runs.search import search_runs
from app.tracking.values import Dataset, DatasetInput, Metric, RunStatus, Search, View

A, M, P, T, D = (
    Entity.ATTRIBUTE,
    Entity.METRIC,
    Entity.PARAM,
    Entity.TAG,
    Entity.DATASET,
)


def add(world, name, *, number=None, start=0, metrics=(), params=(), tags=()):
    made = create_run(world.caller(), number or world.number, run_name=name, start_time=start)
    points = [Metric(key, value, 1) for key, value in metrics]
    log_batch(world.caller(), made.info.run_id, metrics=points, params=params, tags=tags)
    return made.info.run_id


@pytest.fixture
def five(world):
    """Five runs: b, a and d with a loss, n with a NaN, and x without."""
    return {
        "a": add(world, "a", start=1, metrics=[("loss", 0.1)], params=[("p", "2")]),
        "b": add(world, "b", start=2, metrics=[("loss", 0.5)], params=[("p", "10")]),
        "d": add(world, "d", start=3, metrics=[("loss", 0.5), ("acc", 1.0)], tags=[("t", "X")]),
        "n": add(world, "n", start=4, metrics=[("loss", math.nan)]),
        "x": add(world, "x", start=5, params=[("p", "3")]),
    }


def found(world, *filters, order=(), view=View.ACTIVE_ONLY, who="alice", ids=None):
    search = Search(view, filters, tuple(order))
    page = search_runs(world.caller(who), ids or [world.number], search)
    return "".join(run.info.name for run in page.items)


def test_by_default_the_last_started_comes_first(world, five):
    assert found(world) == "xndba"


def test_a_search_returns_whole_runs(world, five):
    page = search_runs(world.caller(), [world.number], Search())
    assert [run.info.run_id for run in page.items] == [five[name] for name in "xndba"]
    assert page.items[2] == get_run(world.caller(), five["d"])


@pytest.mark.parametrize(
    "order, expected",
    [
        ([OrderBy(M, "loss")], "adbnx"),
        ([OrderBy(M, "loss", ascending=False)], "dbanx"),
        ([OrderBy(M, "loss"), OrderBy(A, "start_time")], "abdnx"),
        ([OrderBy(M, "loss"), OrderBy(M, "acc")], "adbnx"),
        ([OrderBy(M, "acc"), OrderBy(M, "loss", ascending=False)], "dbanx"),
        ([OrderBy(P, "p")], "baxnd"),
        ([OrderBy(P, "p", ascending=False)], "xabnd"),
        ([OrderBy(T, "t")], "dxnba"),
        ([OrderBy(A, "run_name")], "abdnx"),
        ([OrderBy(A, "end_time"), OrderBy(A, "run_name", ascending=False)], "bxnda"),
        ([OrderBy(M, "never logged")], "xndba"),
        ([OrderBy(A, "status"), OrderBy(P, "p")], "baxnd"),
    ],
)
def test_orders_put_what_is_missing_last_and_nan_before_it(world, five, order, expected):
    update_run(world.caller(), five["b"], end_time=7, status=RunStatus.FINISHED)
    assert found(world, order=order) == expected


@pytest.mark.parametrize(
    "comparison, expected",
    [
        (Comparison(M, "loss", Operator.GT, 0.1), "db"),
        (Comparison(M, "loss", Operator.GE, 0.1), "dba"),
        (Comparison(M, "loss", Operator.EQ, 0.5), "db"),
        (Comparison(M, "loss", Operator.NE, 0.5), "na"),
        (Comparison(M, "none", Operator.LT, 9), ""),
        (Comparison(P, "p", Operator.EQ, "2"), "a"),
        (Comparison(P, "p", Operator.NE, "2"), "xb"),
        (Comparison(P, "p", Operator.IS_NULL, None), "nd"),
        (Comparison(P, "p", Operator.LIKE, "1%"), "b"),
        (Comparison(T, "t", Operator.EQ, "X"), "d"),
        (Comparison(T, "t", Operator.ILIKE, "x"), "d"),
        (Comparison(T, "t", Operator.IS_NOT_NULL, None), "d"),
        (Comparison(A, "run_name", Operator.LIKE, "A"), ""),
        (Comparison(A, "run_name", Operator.ILIKE, "A"), "a"),
        (Comparison(A, "start_time", Operator.LE, 2), "ba"),
        (Comparison(A, "status", Operator.EQ, "RUNNING"), "xndba"),
        (Comparison(A, "user_id", Operator.NE, "alice"), ""),
        (Comparison(A, "artifact_uri", Operator.LIKE, "mlflow-artifacts:/1/%/artifacts"), "xndba"),
    ],
)
def test_filters(world, five, comparison, expected):
    assert found(world, comparison) == expected


def test_all_filters_must_hold(world, five):
    above = Comparison(M, "loss", Operator.GT, 0.1)
    assert found(world, above, Comparison(M, "acc", Operator.EQ, 1.0)) == "d"


def test_a_filter_by_run_id(world, five):
    wanted = (five["a"], five["x"], "0" * 32)
    assert found(world, Comparison(A, "run_id", Operator.IN, wanted)) == "xa"


def test_filters_by_data_set(world, five):
    data = Dataset("grapes", "d1", "local", "{}")
    used = DatasetInput(data, (("mlflow.data.context", "train"),))
    log_inputs(world.caller(), five["b"], datasets=[used])
    for key, value in (("name", "grapes"), ("digest", "d1"), ("context", "train")):
        assert found(world, Comparison(D, key, Operator.EQ, value)) == "b"
        assert found(world, Comparison(D, key, Operator.EQ, "other")) == ""


@pytest.mark.parametrize(
    "search",
    [
        Search(filters=(Comparison(A, "nope", Operator.EQ, "1"),)),
        Search(filters=(Comparison(D, "nope", Operator.EQ, "1"),)),
        Search(order_by=(OrderBy(A, "nope"),)),
    ],
)
def test_an_unknown_attribute_is_refused(world, search):
    with pytest.raises(InvalidParameterError):
        search_runs(world.caller(), [world.number], search)


def test_the_trash_is_searched_when_asked(world, five):
    delete_run(world.caller(), five["a"])
    assert found(world) == "xndb"
    assert found(world, view=View.DELETED_ONLY) == "a"
    assert found(world, view=View.ALL) == "xndba"


def test_the_runs_of_a_deleted_experiment_are_in_the_trash(world, five):
    other = world.add_experiment("other")
    add(world, "o", number=other)
    delete_experiment(world.caller(), world.number)
    ids = [world.number, other]
    assert found(world, ids=ids) == "o"
    assert found(world, view=View.DELETED_ONLY, ids=ids) == "xndba"


def test_hidden_and_absent_experiments_are_left_out(world, five):
    other = world.add_experiment("hers", owner="charlie")
    ids = [world.number, other, "999"]
    assert found(world, ids=ids) == "xndba"
    assert found(world, who="bob") == "xndba"
    assert found(world, who="charlie", ids=ids) == ""


def test_no_experiments_no_runs(world, five):
    assert search_runs(world.caller(), [], Search()).items == []


ORDERS = [
    [],
    [OrderBy(M, "loss")],
    [OrderBy(M, "loss", ascending=False), OrderBy(A, "end_time")],
    [OrderBy(P, "p"), OrderBy(M, "loss", ascending=False)],
    [OrderBy(A, "run_name", ascending=False)],
    [OrderBy(T, "t"), OrderBy(P, "p")],
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 2, 4, 5, 6])
def test_pages_put_together_are_the_whole_once(world, five, order, size):
    seen, token, count = "", "", 0
    while True:
        search = Search(order_by=tuple(order), max_results=size, page_token=token)
        page = search_runs(world.caller(), [world.number], search)
        seen += "".join(run.info.name for run in page.items)
        token, count = page.next_token, count + 1
        if not token:
            break
    assert seen == found(world, order=order)
    assert count == math.ceil(5 / size)


def test_pages_neither_skip_nor_repeat_when_runs_come_in_between(world, five):
    search = Search(order_by=(OrderBy(M, "loss"),), max_results=2)
    first = search_runs(world.caller(), [world.number], search)
    add(world, "early", metrics=[("loss", 0.0)])
    add(world, "late", metrics=[("loss", 0.7)])
    search = Search(order_by=search.order_by, page_token=first.next_token)
    rest = search_runs(world.caller(), [world.number], search)
    names = [run.info.name for run in first.items + rest.items]
    assert names == ["a", "d", "b", "late", "n", "x"]


def test_a_token_fits_long_texts(world):
    for index in range(4):
        add(world, f"{index}", params=[("p", "é" * 5999 + str(index))], tags=[("t", "ü" * 8000)])
    order = (OrderBy(T, "t"), OrderBy(P, "p"), OrderBy(A, "run_name"))
    page = search_runs(world.caller(), [world.number], Search(order_by=order, max_results=3))
    search = Search(order_by=order, max_results=3, page_token=page.next_token)
    rest = search_runs(world.caller(), [world.number], search)
    assert {run.info.name for run in page.items + rest.items} == {"0", "1", "2", "3"}
    assert len(page.items + rest.items) == 4


@pytest.mark.parametrize("ascending", [True, False])
def test_runs_are_ordered_by_the_start_of_long_names(world, ascending):
    names = ["é" * 250 + "1", "é" * 250 + "2", "ü" * 8000]
    for start, name in enumerate(names):
        add(world, name, start=start)
    order = (OrderBy(A, "run_name", ascending),)
    first = search_runs(world.caller(), [world.number], Search(order_by=order, max_results=1))
    search = Search(order_by=order, page_token=first.next_token)
    rest = search_runs(world.caller(), [world.number], search)
    by_start = [names[1], names[0]]
    expected = [*by_start, names[2]] if ascending else [names[2], *by_start]
    assert [run.info.name for run in first.items + rest.items] == expected


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("entity", [P, T])
def test_runs_alike_in_a_text_come_by_their_start(world, entity, ascending, size):
    values = {"a": "x", "b": "y", "c": "y", "d": "y", "e": "z"}
    for start, (name, value) in enumerate(values.items()):
        pair = {"params" if entity is P else "tags": [("k", value)]}
        add(world, name, start=start, **pair)
    add(world, "f")
    order, seen, token = (OrderBy(entity, "k", ascending),), "", ""
    while True:
        search = Search(order_by=order, max_results=size, page_token=token)
        page = search_runs(world.caller(), [world.number], search)
        seen += "".join(run.info.name for run in page.items)
        token = page.next_token
        if not token:
            break
    assert seen == ("adcbef" if ascending else "edcbaf")


def test_a_token_of_another_search_is_refused(world, five):
    token = search_runs(world.caller(), [world.number], Search(max_results=2)).next_token
    for other in (
        Search(View.ALL, page_token=token),
        Search(order_by=(OrderBy(A, "run_name"),), page_token=token),
        Search(filters=(Comparison(A, "run_name", Operator.EQ, "a"),), page_token=token),
        Search(page_token=token[:-4]),
        Search(page_token="nonsense"),
    ):
        with pytest.raises(InvalidParameterError) as caught:
            search_runs(world.caller(), [world.number], other)
        assert caught.value.field == "page_token"


@pytest.mark.parametrize("size", [0, 50_001])
def test_a_page_has_a_size(world, size):
    with pytest.raises(InvalidParameterError):
        search_runs(world.caller(), [world.number], Search(max_results=size))


def test_a_search_is_one_decision(world, five):
    caller = world.caller()
    search_runs(caller, [world.number], Search())
    assert [entry.operation for entry in caller.ledger.entries] == ["run.read"]

import pytest
from sqlalchemy import text

from app.errors import InvalidParameterError, NotFoundError
from app.tracking.runs.metrics import MAX_UNASKED_PAGE, get_metric_history, log_batch, log_metric
from app.tracking.values import Metric

_MANY = text("""
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :last)
INSERT INTO metrics (run_pk, key_id, timestamp, step, value, is_nan)
SELECT run_pk, key_id, n, step, value, is_nan FROM metrics CROSS JOIN counted""")


def pages(world, run_id, size, between=lambda: None):
    token = ""
    while True:
        page = get_metric_history(world.caller(), run_id, "m", max_results=size, page_token=token)
        yield page.items
        token = page.next_token
        if not token:
            return
        between()


def test_a_history_is_ordered_by_time_then_step_then_value(world, run_id):
    logged = [Metric("m", 2.0, 2, 0), Metric("m", 5.0, 1, 1), Metric("m", 4.0, 1, 1)]
    log_batch(world.caller(), run_id, metrics=[*logged, Metric("other", 1.0, 1)])
    history = get_metric_history(world.caller(), run_id, "m").items
    assert [(p.timestamp, p.value) for p in history] == [(1, 4.0), (1, 5.0), (2, 2.0)]


def test_pages_put_together_are_the_whole_once(world, run_id):
    log_batch(world.caller(), run_id, metrics=[Metric("m", n / 3, n % 7, n) for n in range(100)])
    whole = get_metric_history(world.caller(), run_id, "m")
    assert (len(whole.items), whole.next_token) == (100, "")
    paged = list(pages(world, run_id, 9))
    assert [point for page in paged for point in page] == whole.items
    assert [len(page) for page in paged] == [9] * 11 + [1]


def test_a_full_last_page_has_no_token(world, run_id):
    log_batch(world.caller(), run_id, metrics=[Metric("m", 1.0, n) for n in range(4)])
    assert [len(page) for page in pages(world, run_id, 2)] == [2, 2]


def test_pages_neither_skip_nor_repeat_when_points_come_in_between(world, run_id):
    log_batch(world.caller(), run_id, metrics=[Metric("m", 1.0, 10 * n) for n in range(10)])
    added = iter(range(1, 100))

    def between():
        log_metric(world.caller(), run_id, Metric("m", 1.0, next(added)))

    seen = [point.timestamp for page in pages(world, run_id, 3, between) for point in page]
    assert seen == sorted(set(seen))
    assert set(range(0, 100, 10)) <= set(seen)


def test_an_unknown_metric_has_no_history(world, run_id):
    assert get_metric_history(world.caller(), run_id, "never").items == []


@pytest.mark.parametrize(
    "token", ["x", "W10", "WzFd", "WzEsMiwzLDRd", "WyJhIiwxLDEuMCxmYWxzZV0", "é", "WzEsMSwxLjAsMV0"]
)
def test_a_foreign_token_is_refused(world, run_id, token):
    with pytest.raises(InvalidParameterError) as caught:
        get_metric_history(world.caller(), run_id, "m", max_results=1, page_token=token)
    assert caught.value.field == "page_token"


@pytest.mark.parametrize("size", [0, -1])
def test_a_page_holds_something(world, run_id, size):
    with pytest.raises(InvalidParameterError):
        get_metric_history(world.caller(), run_id, "m", max_results=size)


def test_bob_reads_histories_and_charlie_finds_no_run(world, run_id):
    log_metric(world.caller(), run_id, Metric("m", 1.0, 1))
    assert len(get_metric_history(world.caller("bob"), run_id, "m").items) == 1
    with pytest.raises(NotFoundError, match="not found"):
        get_metric_history(world.caller("charlie"), run_id, "m")


def test_whoever_asks_for_no_page_is_not_given_more_than_memory_takes(world, run_id):
    log_metric(world.caller(), run_id, Metric("m", 1.0, 0))
    world.session.execute(_MANY, {"last": MAX_UNASKED_PAGE})
    first = get_metric_history(world.caller(), run_id, "m")
    assert len(first.items) == MAX_UNASKED_PAGE
    rest = get_metric_history(world.caller(), run_id, "m", page_token=first.next_token)
    assert ([point.timestamp for point in rest.items], rest.next_token) == ([MAX_UNASKED_PAGE], "")

import math

import pytest

from app.db.predicates import Comparison, Entity, Operator, OrderBy
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.tracking.experiments import delete_experiment
from app.tracking.logged_model_search import search_logged_models
from app.tracking.logged_models import (
    NewLoggedModel,
    create_logged_model,
    delete_logged_model,
    delete_logged_model_tag,
    finalize_logged_model,
    get_logged_model,
    log_logged_model_params,
    set_logged_model_tags,
)
from app.tracking.runs.inputs import log_outputs
from app.tracking.runs.metrics import log_batch, log_metric
from app.tracking.runs.runs import create_run, delete_run
from app.tracking.values import LoggedModelStatus, Metric, ModelOutput, Search
from tests.factories import NOW

A, M, P, T = Entity.ATTRIBUTE, Entity.METRIC, Entity.PARAM, Entity.TAG


def make(world, name="m", *, now=NOW, **values):
    new = NewLoggedModel(name, **values)
    return create_logged_model(world.caller(now=now), world.number, new).model_id


@pytest.fixture
def model_id(world):
    made = make(world)
    world.session.commit()
    return made


def names(world, search=None, who="alice", **more):
    page = search_logged_models(world.caller(who), [world.number], search or Search(), **more)
    return "".join(model.name for model in page.items)


def test_a_new_model_is_pending_and_read_back_as_made(world, run_id):
    new = NewLoggedModel("m", run_id, "Classifier", [("p", "1")], [("t", "2")])
    made = create_logged_model(world.caller(), world.number, new)
    assert made.status is LoggedModelStatus.PENDING
    assert made.model_id.startswith("m-")
    uri = f"mlflow-artifacts:/{world.number}/models/{made.model_id}/artifacts"
    assert made.artifact_uri == uri
    assert (made.source_run_id, made.model_type) == (run_id, "Classifier")
    assert get_logged_model(world.caller(), made.model_id) == made


def test_a_model_without_a_name_is_given_one(world):
    assert create_logged_model(world.caller(), world.number, NewLoggedModel()).name.count("-") == 2


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "a.b", "a%b", 'a"b', "a'b", "x" * 501, "a\x00"])
def test_bad_names_are_refused(world, name):
    with pytest.raises(InvalidParameterError) as caught:
        make(world, name)
    assert caught.value.field == "name"


def test_a_model_is_finalized(world, model_id):
    done = finalize_logged_model(world.caller(now=NOW + 1), model_id, LoggedModelStatus.READY)
    assert (done.status, done.updated_at) == ("LOGGED_MODEL_READY", NOW + 1)
    assert get_logged_model(world.caller(), model_id) == done


def test_params_are_written_once(world, model_id):
    log_logged_model_params(world.caller(), model_id, [("a", "1"), ("b", "2")])
    log_logged_model_params(world.caller(), model_id, [("a", "1"), ("c", "3")])
    assert get_logged_model(world.caller(), model_id).params == (("a", "1"), ("b", "2"), ("c", "3"))
    with pytest.raises(InvalidParameterError, match="Changing param values"):
        log_logged_model_params(world.caller(), model_id, [("a", "9")])


def test_at_most_a_hundred_params_at_once(world, model_id):
    with pytest.raises(InvalidParameterError, match="At most 100 params"):
        log_logged_model_params(world.caller(), model_id, [(f"p{n}", "1") for n in range(101)])


def test_tags_are_set_overwritten_and_deleted_once(world, model_id):
    set_logged_model_tags(world.caller(), model_id, [("a", "0"), ("a", "1")])
    changed = set_logged_model_tags(world.caller(), model_id, [("a", "2"), ("b", "x" * 50_000)])
    assert changed.tags == (("a", "2"), ("b", "x" * 50_000))
    delete_logged_model_tag(world.caller(), model_id, "b")
    with pytest.raises(NotFoundError, match="No tag with key 'b'"):
        delete_logged_model_tag(world.caller(), model_id, "b")
    assert get_logged_model(world.caller(), model_id).tags == (("a", "2"),)


def test_a_deleted_model_is_gone_but_for_who_asks_for_it(world, model_id):
    delete_logged_model(world.caller(), model_id)
    with pytest.raises(NotFoundError, match=f"Logged model with ID '{model_id}' not found"):
        get_logged_model(world.caller(), model_id)
    assert names(world) == ""
    found = get_logged_model(world.caller(), model_id, deleted=True)
    assert found.lifecycle_stage == "deleted"


def test_metrics_logged_with_a_model_are_the_models_too(world, run_id, model_id):
    point = Metric("acc", 0.9, 5, 1, model_id, "grapes", "d1")
    log_batch(world.caller(), run_id, metrics=[point, Metric("loss", 0.1, 5)])
    log_metric(world.caller(), run_id, Metric("nan", math.nan, 5, 0, model_id))
    acc, nan = get_logged_model(world.caller(), model_id).metrics
    assert acc == point._replace(run_id=run_id)
    assert nan.key == "nan"
    assert math.isnan(nan.value)


def test_metrics_for_an_unknown_model_are_refused_whole(world, run_id):
    point = Metric("acc", 0.9, 5, 1, "m-" + "0" * 32)
    with world.undone(), pytest.raises(NotFoundError):
        log_metric(world.caller(), run_id, point)


def test_metrics_for_a_model_elsewhere_need_the_right_to_log_there(world, run_id):
    other = world.add_experiment("hers", owner="charlie")
    hidden = create_logged_model(world.caller("charlie"), other, NewLoggedModel("h")).model_id
    with pytest.raises(NotFoundError, match="Logged model with ID"):
        log_metric(world.caller(), run_id, Metric("acc", 1.0, 1, model_id=hidden))


def test_a_source_run_must_be_one_that_the_caller_may_log_to(world, run_id):
    other = world.add_experiment("hers", owner="charlie")
    with pytest.raises(NotFoundError, match="Run with id="):
        create_logged_model(world.caller("charlie"), other, NewLoggedModel("x", run_id))


CHANGES = {
    "finalize": lambda caller, model: finalize_logged_model(caller, model, LoggedModelStatus.READY),
    "delete": delete_logged_model,
    "params": lambda caller, model: log_logged_model_params(caller, model, [("a", "b")]),
    "set_tags": lambda caller, model: set_logged_model_tags(caller, model, [("a", "b")]),
    "delete_tag": lambda caller, model: delete_logged_model_tag(caller, model, "a"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_bob_reads_but_changes_nothing(world, model_id, change):
    get_logged_model(world.caller("bob"), model_id)
    with pytest.raises(PermissionDeniedError) as caught:
        change(world.caller("bob"), model_id)
    assert caught.value.privilege == "LOG RUN"


@pytest.mark.parametrize(
    "change", {**CHANGES, "get": get_logged_model}.values(), ids=[*CHANGES, "get"]
)
def test_charlie_gets_the_same_answer_for_hidden_absent_and_malformed(world, model_id, change):
    def answer(model):
        caller = world.caller("charlie")
        with world.undone(), pytest.raises(NotFoundError) as caught:
            change(caller, model)
        return caught.value.message.replace(model, "M"), caller.ledger.entries[-1].outcome

    hidden = answer(model_id)
    assert hidden == answer("m-" + "0" * 32) == answer("m-none")
    assert hidden == ("Logged model with ID 'M' not found.", "hidden")


def test_a_model_of_a_deleted_experiment_is_read_but_not_written(world, model_id):
    other = create_run(world.caller(), world.add_experiment("other")).info.run_id
    delete_experiment(world.caller(), world.number)
    assert get_logged_model(world.caller(), model_id).lifecycle_stage == "deleted"
    for write in (
        lambda: finalize_logged_model(world.caller(), model_id, LoggedModelStatus.READY),
        lambda: log_logged_model_params(world.caller(), model_id, [("a", "b")]),
        lambda: set_logged_model_tags(world.caller(), model_id, [("a", "b")]),
        lambda: delete_logged_model_tag(world.caller(), model_id, "a"),
        lambda: log_metric(world.caller(), other, Metric("m", 1.0, 1, model_id=model_id)),
        lambda: log_outputs(world.caller(), other, [ModelOutput(model_id)]),
    ):
        with pytest.raises(InvalidParameterError, match=f"{model_id} must be in the 'active' sta"):
            write()


def test_a_deleted_run_makes_no_model(world, run_id):
    delete_run(world.caller(), run_id)
    with pytest.raises(InvalidParameterError, match="must be in the 'active' state"):
        make(world, source_run_id=run_id)


def test_a_search_finds_the_newest_first(world):
    for index, name in enumerate("abc"):
        make(world, name, now=NOW + index)
    assert names(world) == names(world, who="bob") == "cba"
    assert names(world, who="charlie") == ""


def test_a_search_leaves_out_what_is_in_the_trash_with_its_experiment(world, model_id):
    delete_experiment(world.caller(), world.number)
    assert names(world) == ""


@pytest.mark.parametrize(
    "comparison, expected",
    [
        (Comparison(A, "name", Operator.IN, ("a", "c")), "ca"),
        (Comparison(A, "name", Operator.ILIKE, "A"), "a"),
        (Comparison(A, "model_type", Operator.EQ, "tree"), "b"),
        (Comparison(A, "status", Operator.EQ, "READY"), "c"),
        (Comparison(A, "status", Operator.EQ, "LOGGED_MODEL_READY"), "c"),
        (Comparison(A, "status", Operator.NE, "READY"), "ba"),
        (Comparison(A, "creation_timestamp", Operator.GT, NOW), "cb"),
        (Comparison(P, "p", Operator.EQ, "1"), "a"),
        (Comparison(T, "t", Operator.LIKE, "x%"), "b"),
        (Comparison(M, "acc", Operator.GT, 0.5), "cb"),
        (Comparison(M, "acc", Operator.GT, 0.9), ""),
    ],
)
def test_filters(world, run_id, comparison, expected):
    make_three(world, run_id)
    assert names(world, Search(filters=(comparison,))) == expected


def make_three(world, run_id):
    make(world, "a", params=[("p", "1")])
    b = make(world, "b", now=NOW + 1, model_type="tree", tags=[("t", "xy")])
    c = make(world, "c", now=NOW + 2)
    finalize_logged_model(world.caller(), c, LoggedModelStatus.READY)
    points = [
        Metric("acc", 0.8, 1, 0, b, "grapes", "d1"),
        Metric("acc", 0.7, 2, 0, b, "pears", "d2"),
        Metric("acc", 0.75, 1, 0, c, "grapes", "d2"),
    ]
    log_batch(world.caller(), run_id, metrics=points)


def test_a_data_set_narrows_what_is_asked_of_metrics(world, run_id):
    make_three(world, run_id)
    above = Search(filters=(Comparison(M, "acc", Operator.GT, 0.72),))
    assert names(world, above, datasets=[("grapes", None)]) == "cb"
    assert names(world, above, datasets=[("grapes", "d1")]) == "b"
    assert names(world, above, datasets=[("pears", None)]) == ""


def test_an_order_by_a_metric_takes_its_latest_value(world, run_id):
    make_three(world, run_id)
    order = Search(order_by=(OrderBy(M, "acc", ascending=False),))
    assert names(world, order) == "cba"
    assert names(world, order, order_datasets=[("grapes", None)]) == "bca"


@pytest.mark.parametrize(
    "order", [(), (OrderBy(M, "acc"),), (OrderBy(A, "source_run_id"), OrderBy(A, "name"))]
)
def test_pages_put_together_are_the_whole_once(world, run_id, order):
    make_three(world, run_id)
    seen, token = "", ""
    while True:
        search = Search(order_by=order, max_results=2, page_token=token)
        page = search_logged_models(world.caller(), [world.number], search)
        seen += "".join(model.name for model in page.items)
        token = page.next_token
        if not token:
            break
    assert seen == names(world, Search(order_by=order))


def test_a_token_of_another_search_is_refused(world, run_id):
    make_three(world, run_id)
    first = search_logged_models(world.caller(), [world.number], Search(max_results=1))
    with pytest.raises(InvalidParameterError):
        names(world, Search(order_by=(OrderBy(A, "name"),), page_token=first.next_token))

"""A trace names its model, and lineage leads from the one to where the other is."""

import pytest

from app.lineage import Direction, walk
from app.tracking.logged_models import NewLoggedModel, create_logged_model
from app.tracking.traces.lineage import MODEL_ID
from app.tracking.traces.links import link_prompts
from app.tracking.traces.prompts import PromptVersion
from app.tracking.traces.traces import start_trace
from app.tracking.traces.values import ToldTrace
from tests.factories import grant, make_model
from tests.tracking.worlds import World

FIRST, SECOND = (f"tr-{digit * 32}" for digit in "12")


def make_logged_model(world: World) -> str:
    new = NewLoggedModel("wine-model")
    return create_logged_model(world.caller(), world.number, new).model_id


def trace(world: World, number: str, model_id: str, trace_id: str = FIRST, who="alice") -> None:
    told = ToldTrace(trace_id, metadata={MODEL_ID: model_id})
    start_trace(world.caller(who), number, told)


def downstream(world: World, key: str) -> list[tuple[str, str, int]]:
    """Return (what happened, to which label, how often) of what came of a node."""
    graph = walk(world.caller(), key, Direction.DOWNSTREAM, 1)
    labels = {node.key: node.label for node in graph.nodes}
    return [(edge.kind, labels[edge.target], edge.count) for edge in graph.edges]


def test_traces_of_a_model_are_counted_once_each(world: World) -> None:
    model_id = make_logged_model(world)
    for trace_id in (FIRST, SECOND, FIRST):
        trace(world, world.number, model_id, trace_id)
    assert downstream(world, f"logged_model:{model_id}") == [("traced", "lab.default.wine", 2)]


def test_a_model_that_is_not_there_leaves_no_edge(world: World) -> None:
    model_id = make_logged_model(world)
    trace(world, world.number, f"m-{'0' * 32}")
    trace(world, world.number, "")
    trace(world, world.number, model_id[:-1])
    trace(world, world.number, model_id)
    assert downstream(world, f"logged_model:{model_id}") == [("traced", "lab.default.wine", 1)]


def test_a_model_that_one_may_not_see_leaves_no_edge(world: World) -> None:
    """Nobody writes himself into the lineage of what is hidden from him."""
    model_id = make_logged_model(world)
    theirs = world.add_experiment("theirs", owner="charlie")
    trace(world, theirs, model_id, who="charlie")
    trace(world, world.number, model_id)
    assert downstream(world, f"logged_model:{model_id}") == [("traced", "lab.default.wine", 1)]


@pytest.mark.parametrize("name", ["asking", "lab.default.asking"])
def test_a_version_of_a_prompt_leads_to_where_it_was_traced(world: World, name: str) -> None:
    prompt = make_model(world.session, world.schema, "asking", world.alice)
    trace(world, world.number, "")
    used = [PromptVersion(name, "3"), PromptVersion("nothing", "1"), PromptVersion(" ", "1")]
    link_prompts(world.caller(), FIRST, used)
    assert downstream(world, f"version:{prompt.id}/3") == [("traced", "lab.default.wine", 1)]


def test_a_prompt_that_one_may_not_see_leaves_no_edge(world: World) -> None:
    prompt = make_model(world.session, world.schema, "asking", world.charlie)
    trace(world, world.number, "")
    link_prompts(world.caller(), FIRST, [PromptVersion("asking", "3")])
    grant(world.session, prompt, world.alice, "EXECUTE")
    link_prompts(world.caller(), FIRST, [PromptVersion("asking", "4")])
    assert downstream(world, f"version:{prompt.id}/4") == [("traced", "lab.default.wine", 1)]

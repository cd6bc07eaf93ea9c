from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app import securables
from app.access import Operation, obtain
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.lineage import Direction, Edge, EdgeKind, Evidence, Node, record_edge, record_edges, walk
from app.lineage.tables import edges, nodes
from app.securables import Kind
from tests.factories import NOW, grant, make_experiment, make_model, make_table

UP, DOWN, BOTH = Direction.UPSTREAM, Direction.DOWNSTREAM, Direction.BOTH


@pytest.fixture
def chain(world):
    """A table of alice's, a run that read it, a logged model, two versions, and a reader."""
    session = world.session
    table = make_table(session, world.schema, "grapes", world.alice)
    model = make_model(session, world.schema, "wine_model", world.alice)
    experiment = world.experiment
    steps = [
        Node.securable(table.id, "lab.default.grapes"),
        Node.run("a" * 32, "run one", experiment.id),
        Node.logged_model("m-" + "b" * 32, "model", experiment.id),
        Node.version(model.id, 1, "lab.default.wine_model/1"),
        Node.principal(world.bob.id, "bob"),
    ]
    kinds = [EdgeKind.INPUT, EdgeKind.OUTPUT, EdgeKind.REGISTERED_FROM, EdgeKind.LOADED_BY]
    record_edges(
        world.caller(), [Edge(steps[i], steps[i + 1], kind) for i, kind in enumerate(kinds)]
    )
    return steps, table, model


def labels(graph):
    return [node.label for node in graph.nodes]


def test_the_way_back_leads_from_a_version_to_its_data(world, chain):
    steps, _, _ = chain
    graph = walk(world.caller(), steps[3].key, UP, 5)
    assert [node.key for node in graph.nodes] == [step.key for step in steps[3::-1]]
    assert [edge.kind for edge in graph.edges] == ["registered_from", "output", "input"]
    assert (graph.hidden, graph.is_cut) == (0, False)


def test_the_way_forth_leads_from_data_to_readers(world, chain):
    steps, _, _ = chain
    graph = walk(world.caller(), steps[0].key, DOWN, 5)
    assert [node.key for node in graph.nodes] == [step.key for step in steps]
    assert graph.nodes[-1].label == "bob"


def test_both_ways_meet_in_the_middle(world, chain):
    steps, _, _ = chain
    graph = walk(world.caller(), steps[2].key, BOTH, 5)
    assert {node.key for node in graph.nodes} == {step.key for step in steps}
    assert len(graph.edges) == 4


def test_depth_is_the_number_of_edges(world, chain):
    steps, _, _ = chain
    graph = walk(world.caller(), steps[3].key, UP, 1)
    assert [node.key for node in graph.nodes] == [steps[3].key, steps[2].key]


@pytest.mark.parametrize("depth", [0, 21])
def test_depth_is_bounded(world, chain, depth):
    with pytest.raises(InvalidParameterError):
        walk(world.caller(), chain[0][3].key, UP, depth)


def test_an_edge_seen_again_is_counted_not_repeated(world, chain):
    steps, _, _ = chain
    later = world.caller("alice", now=NOW + 50)
    record_edge(later, steps[0], steps[1], EdgeKind.INPUT)
    (edge,) = walk(world.caller(), steps[1].key, UP, 1).edges
    assert (edge.count, edge.first_seen, edge.last_seen) == (2, NOW, NOW + 50)
    assert world.session.execute(select(func.count()).select_from(edges)).scalar_one() == 4
    assert world.session.execute(select(func.count()).select_from(nodes)).scalar_one() == 5


def test_edges_of_different_runs_are_different_facts(world, chain):
    steps, _, _ = chain
    record_edge(world.caller(), steps[0], steps[1], EdgeKind.INPUT, run_id="c" * 32)
    assert len(walk(world.caller(), steps[1].key, UP, 1).edges) == 2


def test_evidence_is_kept(world):
    asset, other = Node.asset("s3://bucket", "raw", "raw"), Node.asset("s3://bucket", "out", "out")
    record_edge(world.caller(), asset, other, EdgeKind.INPUT, evidence=Evidence.DECLARED)
    (edge,) = walk(world.caller(), asset.key, DOWN, 1).edges
    assert edge.evidence == "declared"


def test_a_walk_as_of_a_time_leaves_out_what_came_later(world, chain):
    steps, _, _ = chain
    late = Node.asset("s3://bucket", "late", "late")
    record_edge(world.caller("alice", now=NOW + 10), late, steps[0], EdgeKind.INPUT)
    assert "late" in labels(walk(world.caller(), steps[1].key, UP, 5))
    assert "late" not in labels(walk(world.caller(), steps[1].key, UP, 5, as_of=NOW + 9))


def test_a_circle_ends(world):
    one, two = Node.asset("x", "1", "1"), Node.asset("x", "2", "2")
    record_edges(world.caller(), [Edge(one, two, EdgeKind.COPIED), Edge(two, one, EdgeKind.COPIED)])
    graph = walk(world.caller(), one.key, BOTH, 20)
    assert (len(graph.nodes), len(graph.edges)) == (2, 2)


def test_what_charlie_may_not_see_is_masked_and_counted(world, chain):
    steps, _, model = chain
    grant(world.session, model, world.charlie, "EXECUTE")
    graph = walk(world.caller("charlie"), steps[3].key, BOTH, 5)
    assert graph.hidden == 3
    masked = [node for node in graph.nodes if node.is_masked]
    assert sorted(node.key for node in masked) == ["hidden:1", "hidden:2", "hidden:3"]
    assert {(node.label, node.place, node.securable_id) for node in masked} == {("", "", None)}
    beside = [edge for edge in graph.edges if "hidden" in edge.source + edge.target]
    assert {(edge.run_id, edge.principal_id) for edge in beside} == {("", "")}


def test_no_name_or_id_of_what_is_hidden_is_in_the_answer(world, chain):
    steps, table, model = chain
    grant(world.session, model, world.charlie, "EXECUTE")
    answer = repr(walk(world.caller("charlie"), steps[3].key, BOTH, 5))
    for secret in ("grapes", "run one", table.id, world.experiment.id, "a" * 32, "b" * 32):
        assert secret not in answer


def test_what_lies_beyond_the_masked_is_shown_if_it_may_be(world, chain):
    steps, table, model = chain
    for securable, privilege in ((model, "EXECUTE"), (table, "SELECT")):
        grant(world.session, securable, world.charlie, privilege)
    graph = walk(world.caller("charlie"), steps[3].key, UP, 5)
    assert labels(graph) == ["lab.default.wine_model/1", "", "", "lab.default.grapes"]


def test_a_hidden_start_looks_like_an_unknown_one(world, chain):
    steps, _, _ = chain

    def answer(key):
        caller = world.caller("charlie")
        with pytest.raises(NotFoundError) as caught:
            walk(caller, key, BOTH, 3)
        assert [entry.outcome for entry in caller.ledger.entries] == ["hidden"]
        return caught.value.message.replace(key, "KEY")

    assert answer(steps[1].key) == answer("run:" + "9" * 32)


def test_a_known_start_without_edges_is_alone(world):
    node = Node.run("d" * 32, "fresh", world.experiment.id)
    graph = walk(world.caller(), node, BOTH, 3)
    assert (labels(graph), graph.edges) == (["fresh"], ())
    with pytest.raises(NotFoundError):
        walk(world.caller("charlie"), node, BOTH, 3)


@pytest.mark.parametrize("key", ["", "run", "run:", "nothing:1", "run:\x00"])
def test_a_malformed_key_is_refused(world, key):
    with pytest.raises(InvalidParameterError):
        walk(world.caller(), key, BOTH, 3)


def test_what_somebody_else_used_is_not_walked(world, chain):
    key = f"principal:{world.bob.id}"
    with pytest.raises(NotFoundError):
        walk(world.caller("charlie"), key, UP, 3)
    assert walk(world.caller("bob"), key, UP, 1).hidden == 1


def test_lineage_survives_a_rename_under_the_new_name(world, chain):
    steps, table, _ = chain
    renamed = obtain(world.caller(), Operation.TABLE_READ, table.id, kind=Kind.TABLE)
    securables.rename(world.caller(), renamed, "berries")
    assert "lab.default.berries" in labels(walk(world.caller(), steps[1].key, UP, 1))


def test_lineage_survives_a_delete(world, chain):
    steps, table, _ = chain
    securables.drop(world.caller(), obtain(world.caller(), Operation.TABLE_READ, table.id))
    graph = walk(world.caller(), steps[1].key, UP, 1)
    assert [(node.label, node.is_deleted) for node in graph.nodes if node.kind == "securable"] == [
        ("lab.default.grapes", True)
    ]


def test_an_owner_of_nothing_in_it_sees_a_picture_of_masks(world, chain):
    steps, _, _ = chain
    other = make_experiment(world.session, world.schema, "other", world.charlie)
    mine = Node.run("e" * 32, "mine", other.id)
    record_edge(world.caller(), steps[0], mine, EdgeKind.INPUT)
    graph = walk(world.caller("charlie"), mine.key, UP, 5)
    assert (graph.hidden, labels(graph)) == (1, ["mine", ""])


def test_a_walk_is_recorded(world, chain):
    caller = world.caller()
    walk(caller, chain[0][3].key, BOTH, 3)
    assert {entry.operation for entry in caller.ledger.entries} == {"lineage.read"}


def test_bob_reads_lineage_of_what_he_may_read(world, chain):
    with pytest.raises((NotFoundError, PermissionDeniedError)):
        walk(world.caller("bob"), chain[0][3].key, UP, 3)
    assert walk(world.caller("bob"), chain[0][1].key, UP, 3).hidden == 1


@pytest.mark.parametrize("privilege", ["BROWSE", "APPLY TAG"])
def test_who_may_not_read_runs_sees_neither_runs_nor_their_data_in_lineage(world, chain, privilege):
    steps, table, model = chain
    data = Node.asset("dataset", "raw", "raw wine", world.experiment.id)
    record_edge(world.caller(), data, steps[1], EdgeKind.INPUT)
    grant(world.session, model, world.charlie, "BROWSE")
    grant(world.session, table, world.charlie, "BROWSE")
    grant(world.session, world.experiment, world.charlie, privilege)
    with pytest.raises(PermissionDeniedError):
        obtain(
            world.caller("charlie"), Operation.RUN_READ, world.experiment.id, kind=Kind.EXPERIMENT
        )
    shown = [node.kind for node in walk_from_version(world, chain).nodes if not node.is_masked]
    assert set(shown) == {"version", "securable", "principal"}
    with pytest.raises(PermissionDeniedError):
        walk(world.caller("charlie"), steps[1].key, UP, 1)


@pytest.mark.parametrize("privilege", ["READ EXPERIMENT", "MANAGE", "role:auditor"])
def test_who_may_read_runs_sees_them_in_lineage(world, chain, privilege):
    _, table, model = chain
    grant(world.session, model, world.charlie, "BROWSE")
    grant(world.session, table, world.charlie, "BROWSE")
    grant(world.session, world.experiment, world.charlie, privilege)
    assert walk_from_version(world, chain).hidden == 0


def test_a_narrow_token_shows_in_lineage_what_it_may_read(world, chain):
    caller = world.caller()
    request = replace(caller.request, scope=("lineage.*", "table.read", "model_version.*"))
    graph = walk(replace(caller, request=request), chain[0][3].key, UP, 5)
    assert [node.kind for node in graph.nodes if node.is_masked] == ["logged_model", "run"]


def walk_from_version(world, chain):
    return walk(world.caller("charlie"), chain[0][3].key, BOTH, 5)

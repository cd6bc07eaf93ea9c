"""Lineage that arises by itself: origins of versions, and who loaded them."""

from sqlalchemy import select

from app import registry
from app.lineage import Direction, EdgeKind, Graph, walk
from app.lineage.tables import edges
from app.registry import ModelVersion
from tests.factories import NOW
from tests.registry.worlds import PROD_WINE, WINE, World

HOUR = 3_600_000


def origins(world: World, version: ModelVersion, who: str = "alice") -> Graph:
    return walk(world.caller(who), version.container, Direction.UPSTREAM, 1)


def loads(world: World) -> list[tuple[int, int]]:
    statement = select(edges.c.count, edges.c.last_seen)
    statement = statement.where(edges.c.kind == EdgeKind.LOADED_BY.value)
    return [tuple(row) for row in world.session.execute(statement)]


def test_a_version_comes_from_its_run(world: World):
    world.model()
    version = world.version()
    [edge] = origins(world, version).edges
    assert (edge.source, edge.kind, edge.run_id) == (
        f"run:{version.run_id}",
        EdgeKind.REGISTERED_FROM,
        version.run_id,
    )


def test_a_version_comes_from_its_logged_model(world: World):
    world.model()
    model_id = world.logged_model(weights=b"light")
    version = world.version(source=f"models:/{model_id}")
    [edge] = origins(world, version).edges
    assert (edge.source, edge.kind) == (f"logged_model:{model_id}", EdgeKind.REGISTERED_FROM)


def test_a_copy_comes_from_a_version(world: World):
    world.model()
    original = world.version()
    world.model(PROD_WINE)
    copy = world.version(PROD_WINE, "models:/wine/1")
    [edge] = origins(world, copy).edges
    assert (edge.source, edge.kind) == (original.container, EdgeKind.COPIED)


def test_the_origin_of_a_copy_is_masked_for_whoever_may_not_see_it(world: World):
    world.model()
    original = world.version()
    made = world.model(PROD_WINE)
    copy = world.version(PROD_WINE, original.download_uri)
    world.grant("readers", made, "EXECUTE")
    graph = origins(world, copy, "bob")
    assert graph.hidden == 1
    assert original.model_id not in repr(graph)


def test_the_event_of_a_copy_does_not_name_its_origin(world: World):
    world.model()
    original = world.version()
    world.model(PROD_WINE)
    caller = world.caller()
    new = registry.NewVersion("models:/wine/1")
    registry.create_version(caller, world.vault, PROD_WINE, new)
    [entry] = [it for it in caller.ledger.entries if it.operation == "model_version.create"]
    assert entry.details["source"] == original.container


def test_a_load_is_known_once_an_hour(world: World):
    world.grant("readers", world.model(), "EXECUTE")
    world.version()
    for moment in (NOW, NOW + 1, NOW + HOUR - 1):
        opened = registry.open_version_file(
            world.caller("bob", now=moment), world.vault, WINE, 1, "weights"
        )
        opened.chunks.close()
        world.commit()
    assert loads(world) == [(1, NOW)]
    later = world.caller("bob", now=NOW + HOUR)
    registry.open_version_file(later, world.vault, WINE, 1, "weights").chunks.close()
    assert loads(world) == [(2, NOW + HOUR)]


def test_who_asks_only_where_a_version_is_has_not_loaded_it(world: World):
    world.grant("readers", world.model(), "EXECUTE")
    world.version()
    registry.get_download_uri(world.caller("bob"), WINE, 1)
    assert loads(world) == []


def test_each_reader_stands_below_the_version(world: World):
    world.model()
    version = world.version()
    world.read("alice", version)
    graph = walk(world.caller(), version.container, Direction.DOWNSTREAM, 1)
    assert [node.label for node in graph.nodes] == ["team.default.wine/1", "alice"]


def test_a_read_that_is_known_already_opens_no_transaction(world: World):
    world.model()
    version = world.version()
    world.read("alice", version)
    world.commit()
    world.read("alice", version)
    assert not world.session.in_transaction

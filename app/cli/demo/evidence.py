"""What the auditor sees: where a model came from, who touched it, and that the log is whole."""

from __future__ import annotations

from app.cli.context import working
from app.cli.demo.cast import Person
from app.cli.demo.recipes import RECIPES
from app.cli.demo.shelves import Shelf
from app.cli.demo.stage import answered, check, told
from app.cli.log import seal
from app.datasets import get_table
from app.edge.services import Services
from app.identity import Caller, Outcome
from app.lifecycle.evidence import events_of, verify_log
from app.lineage import Direction, EdgeKind, Graph, GraphNode, NodeKind, walk
from app.registry.edges import version_node
from app.registry.model_versions import get_version
from app.securables import FullName, Kind
from app.tracking.runs.uses import list_uses

_DEPTH = 4
_WAY = {
    NodeKind.SECURABLE: "data set",
    NodeKind.RUN: "run",
    NodeKind.LOGGED_MODEL: "logged model",
    NodeKind.VERSION: "version",
}


def tell_of_data(services: Services) -> None:
    """Tell what data sets the runs have registered, each where its full name says."""
    for person, name in dict.fromkeys((each.person, each.data_name) for each in RECIPES):
        with working(services, as_name=person.name) as caller:
            table = get_table(caller, FullName.parse(name))
            used = list_uses(caller, table.id).items
        check(table.contents.columns, f"{name} has no columns")
        check(used, f"{name} was used by no run")
        told(
            f"The data set {name} is registered, with {len(table.contents.columns)} columns and "
            f"{len(used)} runs that used it."
        )


def trace(services: Services, auditor: Person, shelf: Shelf, number: int, reader: Person) -> None:
    """Walk from a version back to its data and on to its reader."""
    with working(services, as_name=auditor.name) as caller:
        before = _way_back(_walk(caller, shelf, number, Direction.UPSTREAM))
        after = _walk(caller, shelf, number, Direction.DOWNSTREAM)
    check(before.keys() == set(_WAY), f"Upstream of the version there are {sorted(before)}")
    loads = {edge.target for edge in after.edges if edge.kind is EdgeKind.LOADED_BY}
    readers = sorted(node.label for node in after.nodes if node.key in loads)
    check(reader.name in readers, f"{reader.name} is not among the readers: {readers}")
    told(f"{auditor.first_name} follows the model from its data to its readers:")
    way = [f"{words} {before[kind].label}" for kind, words in _WAY.items()]
    answered(" → ".join([*way, ", ".join(readers)]))
    with working(services, as_name=reader.name) as caller:
        seen = _walk(caller, shelf, number, Direction.UPSTREAM)
    named = [node.label for node in seen.nodes if node.label and node.kind is not NodeKind.VERSION]
    check(seen.hidden and not named, f"{reader.name} is shown {named} of another workspace")
    told(
        f"{reader.first_name} is shown the same graph with {seen.hidden} nodes masked: that the "
        "model comes from somewhere, and not from what."
    )


def verify(services: Services, auditor: Person, shelf: Shelf, reader: Person) -> None:
    """Read what the log says of the model, then prove that it is whole."""
    name = FullName.parse(shelf.name)
    with working(services, as_name=auditor.name) as caller:
        events = events_of(caller, name, kind=Kind.REGISTERED_MODEL, limit=1000).items
    decided = [event.outcome for event in events if event.principal_name == reader.name]
    refused = sum(outcome is not Outcome.ALLOWED for outcome in decided)
    check(0 < refused < len(decided), f"The log knows {refused} refusals of {len(decided)}")
    told(
        f"The log tells of each time that {reader.first_name} reached for the model: {refused} "
        f"refused, {len(decided) - refused} permitted."
    )
    seal(services)
    with working(services, as_name=auditor.name) as caller:
        checkpoints = services.settings.checkpoints_dir
        verdict = verify_log(caller, services.database, services.audit_keys, checkpoints)
    check(verdict.is_sound, f"The log does not verify: {verdict.flaw}")
    check(verdict.sealed, "Nothing in the log is sealed")
    told(
        f"Verified: {verdict.sealed} events are whole and in order, under {verdict.checkpoints} "
        "signed checkpoints. The root of their tree:"
    )
    answered(verdict.root_hash.hex())


def _walk(caller: Caller, shelf: Shelf, number: int, direction: Direction) -> Graph:
    version = get_version(caller, FullName.parse(shelf.name), number)
    return walk(caller, version_node(version), direction, _DEPTH)


def _way_back(graph: Graph) -> dict[NodeKind, GraphNode]:
    """Return what is upstream, one node of a kind: a version comes from one run."""
    return {node.kind: node for node in reversed(graph.nodes)}

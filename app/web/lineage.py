"""The lineage of a data set or version: a picture laid out here, and the same facts in a table."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from app import lineage
from app.edge import caller
from app.lineage import Direction, Graph, GraphEdge, GraphNode, Node, NodeKind
from app.securables import FullName, Kind
from app.web.blueprint import web
from app.web.datasets import dataset_head
from app.web.lineage_layout import BOX_HEIGHT, BOX_WIDTH, Position, lay_out
from app.web.models import model_head
from app.web.objects import ObjectHead
from app.web.partials import render
from app.web.tree import page_of
from app.web.versions import newest_versions

_DEPTHS = (1, 2, 3, 5, 10)
_DEFAULT_DEPTH = 3
_MOST_BOXES = 400
_LABEL = 24


@dataclass(frozen=True, slots=True)
class Box:
    """A node where it stands; ``url`` is its page, if it has one that the reader may see."""

    node: GraphNode
    position: Position
    label: str
    url: str
    is_origin: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as it is drawn, between the boxes of its ends."""

    edge: GraphEdge
    path: str
    source: Box
    target: Box


@dataclass(frozen=True, slots=True)
class Picture:
    """A graph laid out; ``is_large`` where there are too many boxes for a picture."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    hidden: int
    is_cut: bool
    is_large: bool
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


@dataclass(frozen=True, slots=True)
class LineagePage:
    """The lineage of an object; ``picture`` is None where there is nothing to begin with.

    ``versions`` are the newest, which can be chosen from: none of what has no versions.
    """

    head: ObjectHead
    url: str
    picture: Picture | None
    versions: tuple[int, ...]
    version: int
    direction: Direction
    depth: int
    depths: tuple[int, ...] = _DEPTHS
    directions: tuple[Direction, ...] = tuple(Direction)


@web.get("/models/<object:name>/lineage")
def show_model_lineage(name: FullName) -> str:
    """Show where a version came from and who used it; everything chosen is in the address."""
    head = model_head(name, "Lineage")
    numbers = [version.version for version in newest_versions(head).items]
    latest = max(numbers, default=0)
    version = request.args.get("version", latest, type=int)
    start = None
    if 1 <= version <= latest:
        start = Node.version(head.model.id, version, f"{name} {version}")
        numbers = sorted({*numbers, version}, reverse=True)
    url = url_for("web.show_model_lineage", name=name)
    return _render(head, url, start, versions=tuple(numbers), version=version)


@web.get("/datasets/<object:name>/lineage")
def show_dataset_lineage(name: FullName) -> str:
    """Show what was made from a data set; everything chosen is in the address."""
    head = dataset_head(name, "Lineage")
    start = Node.securable(head.table.id, str(name))
    return _render(head, url_for("web.show_dataset_lineage", name=name), start)


def _render(
    head: ObjectHead,
    url: str,
    start: Node | None,
    *,
    versions: tuple[int, ...] = (),
    version: int = 0,
) -> str:
    depth = request.args.get("depth", _DEFAULT_DEPTH, type=int)
    wanted = request.args.get("direction", Direction.BOTH)
    direction = Direction(wanted) if wanted in set(Direction) else Direction.BOTH
    picture = None
    if start is not None:
        picture = draw(lineage.walk(caller(), start, direction, depth if depth in _DEPTHS else 1))
    page = LineagePage(head, url, picture, versions, version, direction, depth)
    return render("lineage.html", page=page)


@web.app_template_filter("node_kind")
def node_kind(node: GraphNode) -> NodeKind | Kind:
    """Return what a node is: of a securable its own kind, where that is known."""
    return node.place_kind or node.kind if node.kind is NodeKind.SECURABLE else node.kind


def draw(graph: Graph) -> Picture:
    """Return the picture of a graph."""
    layout = lay_out(
        [node.key for node in graph.nodes], [(edge.source, edge.target) for edge in graph.edges]
    )
    boxes = {
        node.key: Box(
            node,
            layout.positions[node.key],
            _short(node.label),
            _url(node),
            node.key == graph.start,
        )
        for node in graph.nodes
    }
    lines = [
        Line(
            edge,
            layout.paths.get((edge.source, edge.target), ""),
            boxes[edge.source],
            boxes[edge.target],
        )
        for edge in graph.edges
    ]
    return Picture(
        width=layout.width,
        height=layout.height,
        boxes=tuple(boxes.values()),
        lines=tuple(sorted(lines, key=_reading_order)),
        hidden=graph.hidden,
        is_cut=graph.is_cut,
        is_large=len(graph.nodes) > _MOST_BOXES,
    )


def _reading_order(line: Line) -> tuple[int, int, int, int]:
    """Return where a line stands in the table: as one reads the picture, from what came first."""
    source, target = line.source.position, line.target.position
    return source.x, source.y, target.x, target.y


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else f"…{label[1 - _LABEL :]}"


def _url(node: GraphNode) -> str:
    if node.is_masked or node.is_deleted:
        return ""
    match node.kind:
        case NodeKind.RUN:
            return url_for("web.show_run", run_id=node.key.partition(":")[2])
        case NodeKind.VERSION if node.place:
            place = FullName.parse(node.place)
            number = node.key.rpartition("/")[2]
            return url_for("web.show_model_lineage", name=place, version=number)
        case NodeKind.SECURABLE if node.place_kind:
            return page_of(node.place_kind, FullName.parse(node.place))
        case _:
            return ""

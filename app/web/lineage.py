"""The lineage of a model's version: a picture laid out here, and the same facts as a table."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from app import lineage
from app.edge import caller
from app.lineage import Direction, Graph, GraphEdge, GraphNode, Node, NodeKind
from app.registry import RegisteredModel
from app.securables import FullName
from app.web.blueprint import web
from app.web.lineage_layout import BOX_HEIGHT, BOX_WIDTH, Position, lay_out
from app.web.models import ModelHead, model_head
from app.web.partials import render

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
    """An edge as it is drawn, with the labels of its ends."""

    edge: GraphEdge
    path: str
    source: GraphNode
    target: GraphNode


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
    """The lineage of one version; ``picture`` is None where there is no version."""

    head: ModelHead
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
    latest = max((version.version for version in head.model.latest_versions), default=0)
    version = request.args.get("version", latest, type=int)
    depth = request.args.get("depth", _DEFAULT_DEPTH, type=int)
    wanted = request.args.get("direction", Direction.BOTH)
    direction = Direction(wanted) if wanted in set(Direction) else Direction.BOTH
    picture = None
    if 1 <= version <= latest:
        start = Node.version(head.model.id, version, f"{name} {version}")
        graph = lineage.walk(caller(), start, direction, depth if depth in _DEPTHS else 1)
        picture = draw(graph, head.model)
    page = LineagePage(head, picture, tuple(range(latest, 0, -1)), version, direction, depth)
    return render("model_lineage.html", page=page)


def draw(graph: Graph, model: RegisteredModel) -> Picture:
    """Return the picture of a graph that was walked from a version of a model."""
    by_key = {node.key: node for node in graph.nodes}
    layout = lay_out(
        [node.key for node in graph.nodes], [(edge.source, edge.target) for edge in graph.edges]
    )
    return Picture(
        width=layout.width,
        height=layout.height,
        boxes=tuple(
            Box(
                node,
                layout.positions[node.key],
                _short(node.label),
                _url(node, model),
                node.key == graph.start,
            )
            for node in graph.nodes
        ),
        lines=tuple(
            Line(
                edge,
                layout.paths.get((edge.source, edge.target), ""),
                by_key[edge.source],
                by_key[edge.target],
            )
            for edge in graph.edges
        ),
        hidden=graph.hidden,
        is_cut=graph.is_cut,
        is_large=len(graph.nodes) > _MOST_BOXES,
    )


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else f"…{label[1 - _LABEL :]}"


def _url(node: GraphNode, model: RegisteredModel) -> str:
    if node.is_masked or node.is_deleted:
        return ""
    match node.kind:
        case NodeKind.RUN:
            return url_for("web.show_run", run_id=node.key.partition(":")[2])
        case NodeKind.VERSION if node.place:
            place = FullName.parse(node.place)
            number = node.key.rpartition("/")[2]
            return url_for("web.show_model_lineage", name=place, version=number)
        case NodeKind.SECURABLE if node.securable_id == model.id:
            return url_for("web.show_model", name=model.full_name)
        case _:
            return ""

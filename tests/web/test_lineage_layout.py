from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.web.lineage_layout import BOX_HEIGHT, BOX_WIDTH, lay_out

NODES = [f"n{number}" for number in range(12)]
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=40)


def test_nothing_takes_no_room():
    assert lay_out([], []).positions == {}


def test_a_chain_runs_from_left_to_right():
    layout = lay_out(["c", "a", "b"], [("a", "b"), ("b", "c")])
    columns = [layout.positions[node].x for node in "abc"]
    assert columns == sorted(columns)
    assert len(set(columns)) == 3


def test_a_node_stands_behind_its_farthest_source():
    layout = lay_out(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")])
    assert layout.positions["c"].x > layout.positions["b"].x


def test_two_edges_that_can_be_parallel_do_not_cross():
    layout = lay_out(["a", "b", "y", "x"], [("a", "x"), ("b", "y")])
    above = layout.positions["a"].y < layout.positions["b"].y
    assert above == (layout.positions["x"].y < layout.positions["y"].y)


def test_a_cycle_is_drawn_all_the_same():
    layout = lay_out(["a", "b"], [("a", "b"), ("b", "a")])
    assert set(layout.paths) == {("a", "b"), ("b", "a")}


@given(EDGES)
def test_no_two_boxes_overlap_and_all_are_inside(edges: list[tuple[str, str]]):
    layout = lay_out(NODES, edges)
    places = sorted((position.x, position.y) for position in layout.positions.values())
    for (x, y), (other_x, other_y) in pairwise(places):
        assert other_x >= x + BOX_WIDTH or other_y >= y + BOX_HEIGHT
    assert all(x + BOX_WIDTH <= layout.width for x, _ in places)
    assert all(0 <= y <= layout.height - BOX_HEIGHT for _, y in places)


@given(EDGES)
def test_the_same_graph_is_drawn_the_same(edges: list[tuple[str, str]]):
    assert lay_out(NODES, edges) == lay_out(NODES, list(reversed(edges)))


def test_a_thousand_nodes_are_laid_out():
    nodes = [str(number) for number in range(1000)]
    edges = [(str(number), str(number + step)) for number in range(900) for step in (1, 7)]
    assert len(lay_out(nodes, edges).positions) == 1000

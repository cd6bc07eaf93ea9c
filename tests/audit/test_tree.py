"""The tree and its proofs, held against RFC 6962 and its recursive definitions."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.proofs import (
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from app.audit.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash, root_of

# The leaves and roots that implementations of Certificate Transparency share.
DATA = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(bytes.fromhex(data)) for data in DATA]
sizes = st.integers(1, 70)


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def range_of(leaves: list[bytes]):
    return lambda start, end: root_of(leaves[start:end])


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    half = max(2**power for power in range(10) if 2**power < len(leaves))
    return node_hash(naive_root(leaves[:half]), naive_root(leaves[half:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_root_is_that_of_certificate_transparency(size):
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert Frontier().root == EMPTY_ROOT == sha256().digest()


def test_the_proofs_are_those_of_rfc_6962s_example():
    """§2.1.3: a tree of seven leaves, its nodes named a to l."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    tree = range_of(LEAVES[:7])
    assert prove_inclusion(tree, 0, 7) == [b, h, m]
    assert prove_inclusion(tree, 3, 7) == [c, g, m]
    assert prove_inclusion(tree, 4, 7) == [f, j, k]
    assert prove_inclusion(tree, 6, 7) == [i, k]
    assert prove_consistency(tree, 3, 7) == [c, d, g, m]
    assert prove_consistency(tree, 4, 7) == [m]
    assert prove_consistency(tree, 6, 7) == [i, j, k]


@given(sizes)
def test_the_grown_root_is_the_recursive_definition(size):
    assert root_of(leaves_of(size)) == naive_root(leaves_of(size))


@given(sizes, sizes)
def test_a_frontier_goes_on_growing_after_it_was_stored(size, more):
    frontier = Frontier()
    for leaf in leaves_of(size):
        frontier.append(leaf)
    resumed = Frontier.from_bytes(size, frontier.to_bytes())
    for leaf in leaves_of(size + more)[size:]:
        resumed.append(leaf)
    assert resumed.root == naive_root(leaves_of(size + more))


@pytest.mark.parametrize("size, stored", [(3, bytes(32)), (0, bytes(32)), (1, bytes(31))])
def test_a_frontier_of_another_size_is_refused(size, stored):
    with pytest.raises(ValueError, match="frontier"):
        Frontier.from_bytes(size, stored)


@given(st.data())
def test_every_leaf_is_proved_to_be_in_and_no_other(data):
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)
    path, root = prove_inclusion(range_of(leaves), index, size), naive_root(leaves)
    assert verify_inclusion(leaves[index], index, size, path, root)
    assert not verify_inclusion(leaf_hash(b"forged"), index, size, path, root)
    assert not verify_inclusion(leaves[index], index, size, [*path, root], root)
    if path:
        assert not verify_inclusion(leaves[index], index, size, path[:-1], root)
    if size > 1:
        assert not verify_inclusion(leaves[index], (index + 1) % size, size, path, root)


@given(st.data())
def test_a_longer_tree_is_proved_to_continue_a_shorter_one_and_no_other(data):
    second = data.draw(sizes)
    first = data.draw(st.integers(1, second))
    leaves = leaves_of(second)
    old, new = naive_root(leaves[:first]), naive_root(leaves)
    path = prove_consistency(range_of(leaves), first, second)
    assert verify_consistency(first, second, old, new, path)
    assert not verify_consistency(first, second, bytes(32), new, path)
    assert not verify_consistency(first, second, old, bytes(32), path)
    assert not verify_consistency(first, second, old, new, [*path, new])


@pytest.mark.parametrize("index, size", [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        prove_inclusion(range_of(LEAVES), index, size)
    assert not verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])


@pytest.mark.parametrize("first, second", [(0, 3), (4, 3), (-1, 3)])
def test_there_is_no_proof_that_a_tree_continues_a_longer_or_empty_one(first, second):
    with pytest.raises(ValueError, match="does not continue"):
        prove_consistency(range_of(LEAVES), first, second)
    assert not verify_consistency(first, second, LEAVES[0], LEAVES[0], [])

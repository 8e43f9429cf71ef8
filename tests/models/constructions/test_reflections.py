"""Reflections and writes, run step by step on corners of a simplex in exact arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from krohn.models.constructions.delta_layer import MINUS, PLUS
from krohn.models.constructions.reflections import UNIT, corner, dimension, reflections, root, swaps, writes


@pytest.mark.parametrize("n", range(2, 20))
def test_roots_are_unit_vectors_of_halves_between_corners_of_a_simplex(n: int) -> None:
    K = dimension(n)
    corners = np.array([corner(x, n) for x in range(n)])
    products = corners @ corners.T
    assert np.allclose(products[~np.eye(n, dtype=bool)], products[0, 1])
    assert np.allclose(products.diagonal(), products[0, 0])
    for x in range(n):
        for y in set(range(n)) - {x}:
            k = root(x, y, K)
            assert k @ k == 1
            assert set(np.abs(k)) <= {0.0, 0.5, 1.0}
            assert np.allclose(corners[x] - corners[y], 2 * k)


@given(st.data())
def test_permutations_and_writes_move_states_without_any_rounding(data: Any) -> None:
    n = data.draw(st.integers(2, 9))
    start = data.draw(st.integers(0, n - 1))
    place, S = start, np.zeros(dimension(n), np.float32)
    for _ in range(data.draw(st.integers(1, 12))):
        if data.draw(st.booleans()):
            permutation = np.array(data.draw(st.permutations(range(n))))
            place, moves, strength = int(permutation[place]), reflections(permutation, start), 2
            assert len(moves) < n
        else:
            place = data.draw(st.integers(0, n - 1))
            moves, strength = writes(place, n, start), 1
        for k, v in moves:
            assert v >= 0
            S = S + np.float32(strength) * k.astype(np.float32) * (np.float32(v) - k.astype(np.float32) @ S)
        assert np.array_equal(S, 2 * UNIT * root(place, start, dimension(n)))


@given(st.permutations(range(7)))
def test_swaps_in_their_order_make_the_permutation(permutation: list[int]) -> None:
    places = np.arange(7)
    for one, other in swaps(np.array(permutation)):
        places = np.where(places == one, other, np.where(places == other, one, places))
    assert places.tolist() == permutation


@pytest.mark.parametrize("length", [1, 3, 4, 7, 8, 16, 33])
def test_keys_come_out_of_silu_and_norm_to_the_last_bit(length: int) -> None:
    # Vectorised and scalar loops of torch differ: both must give the same.
    positive, negative = (F.silu(torch.full((length,), value)) for value in (PLUS, MINUS))
    assert (positive == 43 / 256).all()
    assert (negative == -43 / 256).all()
    signs = torch.tensor([0.0, PLUS, MINUS, MINUS, PLUS, 0.0])
    assert F.normalize(F.silu(signs), dim=-1).tolist() == [0, 0.5, -0.5, -0.5, 0.5, 0]

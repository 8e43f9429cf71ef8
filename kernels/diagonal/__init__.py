"""Diagonal scan: a complex state that every step multiplies, element by element, and adds to.

    h_t[m] = λ_t[m] h_{t-1}[m] + u_t[m]        |λ| <= 1

Complex numbers are pairs (real, imaginary) in a last dimension of 2. With λ constant it is the recurrence of

- LRU (Orvieto et al., arXiv 2303.06349): u = γ B x, y = Re(C h) with dense B and C;
- S5 (Smith et al., arXiv 2208.04933): λ = exp(Λ Δ), u = (λ - 1) / Λ · B x;
- S4D (Gu et al., arXiv 2206.11893): the same, with a few m for each channel and B x a product, not a sum;

and where λ depends on the input, of their selective relatives.
"""

from .invariant import invariant_scan
from .scan import DiagonalState, diagonal_scan, diagonal_step

__all__ = ["DiagonalState", "diagonal_scan", "diagonal_step", "invariant_scan"]

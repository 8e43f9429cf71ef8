"""Delta scan: a matrix of associations that every token corrects along a few keys.

With J keys k, values v and strengths β a token, one after another,

    S <- (I - β k kᵀ) S + β k vᵀ        y = Sᵀ q

For unit k, I - β k kᵀ is a generalised Householder reflection: β in [0, 2], eigenvalue 1 - β along k, 1 across.
J = 1 with β in [0, 1] is DeltaNet (Yang et al., arXiv 2406.06484); β in [0, 2], Grazzi et al., arXiv 2411.12537;
J > 1, DeltaProduct (Siems et al., arXiv 2502.10297).
"""

from .scan import DeltaState, delta_scan, delta_step

__all__ = ["DeltaState", "delta_scan", "delta_step"]

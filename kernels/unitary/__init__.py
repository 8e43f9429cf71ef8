"""Unitary scan (AUSSM): a state that every token turns by an angle of its own, and that nothing shrinks.

    h_t[n,d] = exp(2πi θ_t[n,d]) h_{t-1}[n,d] + x_t[d]          y_t[d] = Re Σ_n K[n,d] h_t[n,d]

θ is in turns. Source: Karuvally et al., "Bridging Expressivity and Scalability with Adaptive Unitary
SSMs", arXiv 2507.05238. Without x ("rotor") only the start state turns.
"""

from .projected import projected_unitary_scan
from .scan import unitary_scan, unitary_step
from .shared import shared_unitary_scan
from .state import UnitaryState

__all__ = ["UnitaryState", "projected_unitary_scan", "shared_unitary_scan", "unitary_scan", "unitary_step"]

"""Selective scan (Mamba 1): a state that every token shrinks and feeds by amounts of its own.

    h_t[d,n] = exp(Δ_t[d] A[d,n]) h_{t-1}[d,n] + Δ_t[d] B_t[n] x_t[d]
    y_t[d]   = Σ_n C_t[n] h_t[d,n] + skip[d] x_t[d]

Source: Gu and Dao, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", arXiv 2312.00752.
"""

from .scan import SelectiveState, selective_scan, selective_step

__all__ = ["SelectiveState", "selective_scan", "selective_step"]

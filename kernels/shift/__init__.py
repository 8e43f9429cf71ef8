"""Shift scan (wave memory): a lattice of s columns that moves one column a step, fed at its boundary.

Columns are numbered 1 (oldest) to s (newest), each a vector of dimension d:

    h_i(t+1) = h_{i+1}(t)                            1 <= i < s
    h_s(t+1) = f(h_1(t), ..., h_s(t)) + x(t+1)       linear: f(h) = Σ_i F_i h_i
                                                     attention: f(h) = Σ_i softmax_i(h_iᵀ K Q h_s) V h_i

The output is column s. Every column but the newest is one that was the newest before, so that the whole history
is the sequence of outputs: nothing of size s times the inputs is kept.

Source: Karuvally, Sejnowski and Siegelmann, "Hidden Traveling Waves bind Working Memory Variables in Recurrent
Neural Networks", ICML 2024, arXiv 2402.10163. Activity moves from column s down to column 1.
"""

from .scan import ShiftState, attention_shift_scan, attention_shift_step, shift_scan, shift_step

__all__ = ["ShiftState", "attention_shift_scan", "attention_shift_step", "shift_scan", "shift_step"]

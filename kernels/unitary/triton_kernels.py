"""The Triton kernels of the unitary scan: time runs inside a thread, chunks of time over the grid, no atomics.

A program holds the modes of some channels (a tile N x BD) through one chunk. Since phases are absolute, chunks are
joined by adding: a first pass makes every chunk's sums, `join` adds them up in a fixed order, a second pass starts
each chunk from its own state. Phases have the bits of the other backends.
"""

from __future__ import annotations

import triton
import triton.language as tl

from .triton_phases import back, forth, fraction, sincos, steps


@triton.jit
def totals(
    theta,
    x,
    dy,
    q,
    P,
    X,
    Y,
    T,
    offset,
    L,
    N,
    D,
    chunk,
    DRIVEN: tl.constexpr,
    SLOPES: tl.constexpr,
    LATTICE: tl.constexpr,
    BN: tl.constexpr,
    BD: tl.constexpr,
):
    """Every chunk's sum of phases P and, from a phase of 0 at its start, of conj(E) x (X) and conj(E) dy (Y)."""
    b, c = tl.program_id(0).to(tl.int64), tl.program_id(1)
    n, d = tl.arange(0, BN)[:, None], tl.program_id(2) * BD + tl.arange(0, BD)[None, :]
    mask = (n < N) & (d < D)
    lane, M = n * D + d, N * D
    Q = tl.load(q + lane, mask, 1) if LATTICE else 1
    G = tl.zeros((BN, BD), tl.int32)
    x_re, x_im = tl.zeros((BN, BD), tl.float32), tl.zeros((BN, BD), tl.float32)
    y_re, y_im = tl.zeros((BN, BD), tl.float32), tl.zeros((BN, BD), tl.float32)
    for t in range(c * chunk, tl.minimum(c * chunk + chunk, T)):
        f, poison = fraction(tl.load(theta + (b * T + t) * M + lane, mask, 0.0))
        G = forth(G, steps(f, Q, LATTICE), Q, LATTICE)
        cosine, sine = sincos(G, Q, LATTICE)
        at = (b * L + offset + t) * D + d
        x_re += poison
        x_im += poison
        if DRIVEN:
            fuel = tl.load(x + at, d < D, 0.0)
            x_re += cosine * fuel
            x_im -= sine * fuel
        if SLOPES:
            slope = tl.load(dy + at, d < D, 0.0)
            y_re += cosine * slope
            y_im -= sine * slope
            y_re += poison
            y_im += poison
    place = b * tl.num_programs(1) + c
    tl.store(P + place * M + lane, G, mask)
    tl.store(X + 2 * place * M + lane, x_re, mask)
    tl.store(X + (2 * place + 1) * M + lane, x_im, mask)
    if SLOPES:
        tl.store(Y + 2 * place * M + lane, y_re, mask)
        tl.store(Y + (2 * place + 1) * M + lane, y_im, mask)


@triton.jit
def join(P, X, Y, K, q, phase, z, g, chunks, M, BACK: tl.constexpr, LATTICE: tl.constexpr, BM: tl.constexpr):
    """Replace every chunk's sums by the state that it starts from (BACK: that it ends with), in order.

    phase, z and g come in as they are before the first chunk (BACK: after the last), and leave as at the other end.
    """
    b = tl.program_id(0).to(tl.int64)
    lane = tl.program_id(1) * BM + tl.arange(0, BM)
    mask = lane < M
    Q = tl.load(q + lane, mask, 1) if LATTICE else 1
    G = tl.load(phase + b * M + lane, mask, 0)
    re, im = tl.load(z + 2 * b * M + lane, mask, 0.0), tl.load(z + (2 * b + 1) * M + lane, mask, 0.0)
    if BACK:
        u, v = tl.load(g + 2 * b * M + lane, mask, 0.0), tl.load(g + (2 * b + 1) * M + lane, mask, 0.0)
        k_re, k_im = tl.load(K + lane, mask, 0.0), tl.load(K + M + lane, mask, 0.0)
    for i in range(chunks):
        place = b * chunks + (chunks - 1 - i if BACK else i)
        p, here = P + place * M + lane, X + 2 * place * M + lane
        k, a, e = tl.load(p, mask, 0), tl.load(here, mask, 0.0), tl.load(here + M, mask, 0.0)
        tl.store(p, G, mask)
        tl.store(here, re, mask)
        tl.store(here + M, im, mask)
        if BACK:
            G = back(G, k, Q, LATTICE)
            cosine, sine = sincos(G, Q, LATTICE)
            re -= cosine * a + sine * e
            im -= cosine * e - sine * a
            there = Y + 2 * place * M + lane
            a, e = tl.load(there, mask, 0.0), tl.load(there + M, mask, 0.0)
            tl.store(there, u, mask)
            tl.store(there + M, v, mask)
            w_re, w_im = cosine * a + sine * e, cosine * e - sine * a
            u += k_re * w_re + k_im * w_im
            v += k_re * w_im - k_im * w_re
        else:
            cosine, sine = sincos(G, Q, LATTICE)
            re += cosine * a + sine * e
            im += cosine * e - sine * a
            G = forth(G, k, Q, LATTICE)
    tl.store(phase + b * M + lane, G, mask)
    tl.store(z + 2 * b * M + lane, re, mask)
    tl.store(z + (2 * b + 1) * M + lane, im, mask)
    if BACK:
        tl.store(g + 2 * b * M + lane, u, mask)
        tl.store(g + (2 * b + 1) * M + lane, v, mask)


@triton.jit
def forward(
    theta,
    x,
    K,
    q,
    P,
    X,
    y,
    T,
    offset,
    L,
    N,
    D,
    chunk,
    DRIVEN: tl.constexpr,
    LATTICE: tl.constexpr,
    BN: tl.constexpr,
    BD: tl.constexpr,
):
    """y of every token, each chunk from its state (P, X), which becomes the one after it."""
    b, c = tl.program_id(0).to(tl.int64), tl.program_id(1)
    n, d = tl.arange(0, BN)[:, None], tl.program_id(2) * BD + tl.arange(0, BD)[None, :]
    mask = (n < N) & (d < D)
    lane, M = n * D + d, N * D
    Q = tl.load(q + lane, mask, 1) if LATTICE else 1
    k_re, k_im = tl.load(K + lane, mask, 0.0), tl.load(K + M + lane, mask, 0.0)
    place = b * tl.num_programs(1) + c
    G = tl.load(P + place * M + lane, mask, 0)
    re, im = tl.load(X + 2 * place * M + lane, mask, 0.0), tl.load(X + (2 * place + 1) * M + lane, mask, 0.0)
    channel = tl.program_id(2) * BD + tl.arange(0, BD)
    for t in range(c * chunk, tl.minimum(c * chunk + chunk, T)):
        f, poison = fraction(tl.load(theta + (b * T + t) * M + lane, mask, 0.0))
        G = forth(G, steps(f, Q, LATTICE), Q, LATTICE)
        cosine, sine = sincos(G, Q, LATTICE)
        re += poison
        im += poison
        if DRIVEN:
            fuel = tl.load(x + (b * L + offset + t) * D + d, d < D, 0.0)
            re += cosine * fuel
            im -= sine * fuel
        term = cosine * (k_re * re - k_im * im) - sine * (k_re * im + k_im * re)
        tl.store(y + (b * L + offset + t) * D + channel, tl.sum(term, 0), channel < D)
    tl.store(P + place * M + lane, G, mask)
    tl.store(X + 2 * place * M + lane, re, mask)
    tl.store(X + (2 * place + 1) * M + lane, im, mask)


@triton.jit
def backward(
    theta,
    x,
    dy,
    K,
    q,
    P,
    X,
    Y,
    dtheta,
    dx,
    dK,
    T,
    offset,
    L,
    N,
    D,
    chunk,
    DRIVEN: tl.constexpr,
    LATTICE: tl.constexpr,
    BN: tl.constexpr,
    BD: tl.constexpr,
):
    """Undo every chunk from the state after it (P, X) and its gradient (Y), which become those before it."""
    b, c = tl.program_id(0).to(tl.int64), tl.program_id(1)
    n, d = tl.arange(0, BN)[:, None], tl.program_id(2) * BD + tl.arange(0, BD)[None, :]
    mask = (n < N) & (d < D)
    lane, M = n * D + d, N * D
    Q = tl.load(q + lane, mask, 1) if LATTICE else 1
    k_re, k_im = tl.load(K + lane, mask, 0.0), tl.load(K + M + lane, mask, 0.0)
    place = b * tl.num_programs(1) + c
    G = tl.load(P + place * M + lane, mask, 0)
    re, im = tl.load(X + 2 * place * M + lane, mask, 0.0), tl.load(X + (2 * place + 1) * M + lane, mask, 0.0)
    u, v = tl.load(Y + 2 * place * M + lane, mask, 0.0), tl.load(Y + (2 * place + 1) * M + lane, mask, 0.0)
    dk_re, dk_im = tl.zeros((BN, BD), tl.float32), tl.zeros((BN, BD), tl.float32)
    channel = tl.program_id(2) * BD + tl.arange(0, BD)
    end = tl.minimum(c * chunk + chunk, T)
    for i in range(end - c * chunk):
        t = end - 1 - i
        at = (b * L + offset + t) * D
        f, poison = fraction(tl.load(theta + (b * T + t) * M + lane, mask, 0.0))
        cosine, sine = sincos(G, Q, LATTICE)
        G = back(G, steps(f, Q, LATTICE), Q, LATTICE)
        slope = tl.load(dy + at + d, d < D, 0.0)
        dk_re += slope * (cosine * re - sine * im)
        dk_im -= slope * (sine * re + cosine * im)
        u += slope * (k_re * cosine - k_im * sine)
        v -= slope * (k_re * sine + k_im * cosine)
        if DRIVEN:
            fuel = tl.load(x + at + d, d < D, 0.0)
            re -= cosine * fuel
            im += sine * fuel
            tl.store(dx + at + channel, tl.sum(tl.where(mask, cosine * u - sine * v, 0.0), 0), channel < D)
        u += poison
        v += poison
        tl.store(dtheta + (b * T + t) * M + lane, 6.283185307179586 * (v * re - u * im), mask)
    tl.store(P + place * M + lane, G, mask)
    tl.store(X + 2 * place * M + lane, re, mask)
    tl.store(X + (2 * place + 1) * M + lane, im, mask)
    tl.store(Y + 2 * place * M + lane, u, mask)
    tl.store(Y + (2 * place + 1) * M + lane, v, mask)
    tl.store(dK + 2 * place * M + lane, dk_re, mask)
    tl.store(dK + (2 * place + 1) * M + lane, dk_im, mask)

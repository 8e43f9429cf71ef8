"""The compiled loops of the unitary scan: one pass forward, one pass back that undoes it, nothing stored between.

Separable form: with G_t the running phase and E_t = exp(2πi G_t), z_t = z_{t-1} + conj(E_t) x_t and
h_t = E_t z_t. Backward, with ȳ the gradient of y and g that of z:

    g_t = g_{t+1} + conj(K E_t) ȳ_t       dx_t = Re Σ_n E_t g_t       dθ_t = 2π Im(g_t conj(z_{t-1}))

while G_{t-1} = G_t - θ_t, exactly, and z_{t-1} = z_t - conj(E_t) x_t. A phase that is not finite makes its
state NaN for the rest of the word, and the gradients of all that came before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numba
import numpy as np

from ..rounding.bits import bits_of, float_of

# sin(π/2 x) / x and (cos(π/2 x) - 1) / x² as polynomials in x², |x| <= 1/2: Chebyshev interpolation, within 9e-8
# in float32 and 2e-16 in float64.
S0, S1, S2, S3 = (
    np.float32(v)
    for v in (1.5707963705062866, -0.6459634900093079, 0.07968021929264069, -0.004602149128913879)
)
C0, C1, C2, C3 = (
    np.float32(v)
    for v in (-1.2337005138397217, 0.253669410943985, -0.02086152881383896, 0.0009067399078048766)
)
SINE = (
    *(1.5707963267948966, -0.6459640975062463, 0.07969262624616692, -0.004681754135314827),
    *(0.0001604411847266723, -3.598842717144858e-06, 5.691927850489633e-08, -6.627624938992472e-10),
)
COSINE = (
    *(-1.2337005501361697, 0.25366950790104803, -0.02086348076335295, 0.0009192602748390894),
    *(-2.520204236776104e-05, 4.710874326431131e-07, -6.3863890969045165e-09, 6.513222727592812e-11),
)
STRIP = 1024
"""Lanes (a mode of a channel) that are taken through all of time together: their state stays in the L1 cache."""
ROW = STRIP + 96  # rows whose addresses agree in 12 bits would wait for one another's stores
RE, IM, K_RE, K_IM, X, TERM, DY, G_RE, G_IM, DK_RE, DK_IM = (ROW * i for i in range(11))
# One workspace, its rows at constant distances: separate arrays would have to be compared pairwise for overlap
# before every vectorised loop.


@numba.njit(nogil=True, fastmath={"contract"})
def _sincos32(G):  # type: ignore[no-untyped-def]
    # (cos, sin) of the distance to the nearest quarter of a turn; exchanged and negated by the quarter's two bits.
    h = np.int32(G + np.int32(1 << 29))
    x = np.float32(np.int32(G - (h & np.int32(-(1 << 30))))) * np.float32(2.0**-30)
    w = x * x
    s = x * (S0 + w * (S1 + w * (S2 + w * S3)))
    c = np.float32(1) + w * (C0 + w * (C1 + w * (C2 + w * C3)))
    odd = (h & np.int32(1 << 30)) != 0
    a, b = bits_of(s if odd else c), bits_of(c if odd else s)
    top, u = np.uint32(1 << 31), np.uint32(h)
    return float_of(np.uint32(a ^ (np.uint32(u + np.uint32(1 << 30)) & top))), float_of(
        np.uint32(b ^ (u & top))
    )


@numba.njit(nogil=True, fastmath={"contract"})
def _sincos64(G):  # type: ignore[no-untyped-def]
    h = np.int32(G + np.int32(1 << 29))
    x = np.float64(np.int32(G - (h & np.int32(-(1 << 30))))) * 2.0**-30
    w = x * x
    s, c = SINE[7], COSINE[7]
    for i in range(6, -1, -1):
        s = SINE[i] + w * s
        c = COSINE[i] + w * c
    s, c = x * s, 1.0 + w * c
    odd = (h & np.int32(1 << 30)) != 0
    a, b = s if odd else c, c if odd else s
    return -a if np.int32(h + np.int32(1 << 30)) < 0 else a, -b if h < 0 else b


# Not "contract": a fused multiplication would round once where the other backends round twice.
@numba.njit(nogil=True)
def _fraction(theta):  # type: ignore[no-untyped-def]
    f = theta - np.rint(theta)
    return (f if f == f else np.float32(0)), f - f  # the second is NaN where theta is not finite


@numba.njit(nogil=True)
def _turns(f):  # type: ignore[no-untyped-def]
    r = np.rint(f * np.float32(2.0**32))
    return np.int32(
        r if r < np.float32(2.0**31) else np.float32(-(2.0**31))
    )  # half a turn is its own opposite


@numba.njit(nogil=True)
def _counts(f, q):  # type: ignore[no-untyped-def]
    k = np.int32(np.rint(np.float64(f) * np.float64(q)))
    return np.int32(k + q) if k < np.int32(0) else k


@numba.njit(nogil=True)
def _wrap(k, q):  # type: ignore[no-untyped-def]
    return np.int32(k + q) if k < np.int32(0) else k


@numba.njit(nogil=True)
def _angle(k, q):  # type: ignore[no-untyped-def]
    return np.int32(np.int64(np.rint(np.float64(k) * (4294967296.0 / np.float64(q)))))


@numba.njit(nogil=True)
def _strip(first, lanes, channels):  # type: ignore[no-untyped-def]
    # Whole modes where they fit, else a part of one.
    if channels > STRIP:
        return min(STRIP, channels - first % channels)
    return min(STRIP // channels * channels, lanes - first)


@numba.njit(nogil=True)
def _spread(row, channel, work, at, width):  # type: ignore[no-untyped-def]
    # One value a channel to the lanes of a strip.
    part = row[channel : channel + width]
    for begin in range(0, width, row.size):
        lanes = work[at + begin : at + begin + part.size]
        for d in range(part.size):
            lanes[d] = part[d]


@numba.njit(nogil=True)
def _gather(work, at, width, row, channel):  # type: ignore[no-untyped-def]
    # Sum over the modes of a strip, one after another: an order that no shape changes.
    part = row[channel : channel + width]
    for begin in range(0, width, row.size):
        lanes = work[at + begin : at + begin + part.size]
        for d in range(part.size):
            part[d] += lanes[d]


@numba.njit(nogil=True)
def _move(pair, first, width, work, at, out):  # type: ignore[no-untyped-def]
    # Both parts of a pair into the workspace, or out of it.
    for part in range(2):
        there = pair[part].reshape(pair[part].size)[first : first + width]
        here = work[at + part * ROW : at + part * ROW + width]
        if out:
            there[:] = here
        else:
            here[:] = there


@numba.njit(nogil=True)
def _advance(G, theta):  # type: ignore[no-untyped-def]
    f, poison = _fraction(theta)
    G = np.int32(G + _turns(f))
    return G, G, poison


@numba.njit(nogil=True)
def _advance_on_lattice(G, theta, q):  # type: ignore[no-untyped-def]
    f, poison = _fraction(theta)
    G = _wrap(np.int32(np.int32(G - q) + _counts(f, q)), q)
    return G, _angle(G, q), poison


@numba.njit(nogil=True)
def _retreat(G, theta):  # type: ignore[no-untyped-def]
    f, poison = _fraction(theta)
    return np.int32(G - _turns(f)), G, poison


@numba.njit(nogil=True)
def _retreat_on_lattice(G, theta, q):  # type: ignore[no-untyped-def]
    f, poison = _fraction(theta)
    return _wrap(np.int32(G - _counts(f, q)), q), _angle(G, q), poison


# In what follows only booleans are closed over: numba keeps compiled code under what a function closes over, and a
# compiled function there would be another one in every process.


@cache
def forward_of(driven: bool, lattice: bool, double: bool) -> Callable[..., None]:
    @numba.njit(cache=True, nogil=True, fastmath={"contract"})
    def forward(  # type: ignore[no-untyped-def]
        theta, x, K, q, phase, z, y, offset, begin, end
    ):
        L, N, D = theta.shape[1:]
        work = np.zeros(ROW * 6, theta.dtype)
        Q = q.reshape(q.size)
        for i in range(begin, end):
            first = 0
            while first < N * D:
                width = _strip(first, N * D, D)
                G, q_ = phase[i].reshape(N * D)[first : first + width], Q[first : first + width]
                _move(z[i], first, width, work, RE, False)
                _move(K, first, width, work, K_RE, False)
                for t in range(L):
                    row = theta[i, t].reshape(N * D)[first : first + width]
                    if driven:
                        _spread(x[i, offset + t], first % D, work, X, width)
                    for m in range(width):
                        if lattice:
                            G[m], angle, poison = _advance_on_lattice(G[m], row[m], q_[m])
                        else:
                            G[m], angle, poison = _advance(G[m], row[m])
                        c, s = _sincos64(angle) if double else _sincos32(angle)
                        a, b = work[RE + m] + poison, work[IM + m] + poison
                        if driven:
                            a += c * work[X + m]
                            b -= s * work[X + m]
                        work[RE + m], work[IM + m] = a, b
                        k_re, k_im = work[K_RE + m], work[K_IM + m]
                        work[TERM + m] = c * (k_re * a - k_im * b) - s * (k_re * b + k_im * a)
                    _gather(work, TERM, width, y[i, offset + t], first % D)
                _move(z[i], first, width, work, RE, True)
                first += width

    return forward  # type: ignore[no-any-return]


@cache
def backward_of(driven: bool, lattice: bool, double: bool, finite: bool) -> Callable[..., None]:
    @numba.njit(cache=True, nogil=True, fastmath={"contract"})
    def backward(  # type: ignore[no-untyped-def]
        theta, x, K, q, phase, z, g, dy, dtheta, dx, dK, offset, begin, end
    ):
        L, N, D = theta.shape[1:]
        circle = theta.dtype.type(6.283185307179586)
        work = np.zeros(ROW * 11, theta.dtype)
        Q = q.reshape(q.size)
        for i in range(begin, end):
            first = 0
            while first < N * D:
                width = _strip(first, N * D, D)
                G, q_ = phase[i].reshape(N * D)[first : first + width], Q[first : first + width]
                _move(z[i], first, width, work, RE, False)
                _move(K, first, width, work, K_RE, False)
                _move(g[i], first, width, work, G_RE, False)
                _move(dK[i], first, width, work, DK_RE, False)
                for t in range(L - 1, -1, -1):
                    row = theta[i, t].reshape(N * D)[first : first + width]
                    slope = dtheta[i, t].reshape(N * D)[first : first + width]
                    _spread(dy[i, offset + t], first % D, work, DY, width)
                    if driven:
                        _spread(x[i, offset + t], first % D, work, X, width)
                    for m in range(width):
                        if lattice:
                            G[m], angle, poison = _retreat_on_lattice(G[m], row[m], q_[m])
                        else:
                            G[m], angle, poison = _retreat(G[m], row[m])
                        c, s = _sincos64(angle) if double else _sincos32(angle)
                        a, b, w = work[RE + m], work[IM + m], work[DY + m]
                        work[DK_RE + m] += w * (c * a - s * b)
                        work[DK_IM + m] -= w * (s * a + c * b)
                        u = work[G_RE + m] + w * (work[K_RE + m] * c - work[K_IM + m] * s)
                        v = work[G_IM + m] - w * (work[K_RE + m] * s + work[K_IM + m] * c)
                        if driven:
                            a -= c * work[X + m]
                            b += s * work[X + m]
                            work[RE + m], work[IM + m] = a, b
                            work[TERM + m] = c * u - s * v
                        if not finite:
                            u, v = u + poison, v + poison
                        work[G_RE + m], work[G_IM + m] = u, v
                        slope[m] = circle * (v * a - u * b)
                    if driven:
                        _gather(work, TERM, width, dx[i, offset + t], first % D)
                _move(z[i], first, width, work, RE, True)
                _move(g[i], first, width, work, G_RE, True)
                _move(dK[i], first, width, work, DK_RE, True)
                first += width

    return backward  # type: ignore[no-any-return]


@cache
def rotations_of(lattice: bool, double: bool, running: bool) -> Callable[..., None]:
    @numba.njit(cache=True, nogil=True, fastmath={"contract"})
    def rotations(theta, q, phase, turns, begin, end):  # type: ignore[no-untyped-def]
        Q = q.reshape(q.size)
        lost = np.zeros(theta.shape[2] * theta.shape[3], theta.dtype)
        for i in range(begin, end):
            lost[:] = 0
            G = phase[i].reshape(phase[i].size)
            for t in range(theta.shape[1]):
                row = theta[i, t].reshape(theta[i, t].size)
                re, im = turns[i, t, 0].reshape(row.size), turns[i, t, 1].reshape(row.size)
                for m in range(row.size):
                    before = G[m] if running else np.int32(0)
                    if lattice:
                        after, angle, poison = _advance_on_lattice(before, row[m], Q[m])
                    else:
                        after, angle, poison = _advance(before, row[m])
                    if running:
                        G[m] = after
                        poison = lost[m] = lost[m] + poison
                    c, s = _sincos64(angle) if double else _sincos32(angle)
                    re[m], im[m] = c + poison, s + poison

    return rotations  # type: ignore[no-any-return]

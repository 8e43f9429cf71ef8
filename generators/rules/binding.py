"""Variable binding: remember S vectors, then go on by a signed selection of the last S.

Tasks: Karuvally, Sejnowski and Siegelmann, "Hidden traveling waves bind working memory variables in recurrent neural
networks", ICML 2024, and Karuvally, DelMastro and Siegelmann, "Episodic memory theory for the mechanistic
interpretation of recurrent neural networks", 2023. Numbers of selections are those of the latter's programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np
from numpy.typing import NDArray

from ...errors import RequestError
from ..families import Rest, register_task
from ..kinds import Readout, Vectors, VectorTargets
from ..source import Key, Source, Words
from ..task import Task
from .draws import Rows, Tape, write_from_tapes
from .parameters import within

LARGEST_STEPS = LARGEST_DIMENSION = 64
INPUTS = ("signs", "real")

_MASK = 0x8040201008040201  # vector o's component o
NAMED = {"T1": (255, 0, 0), "T2": (_MASK, 262676, 189), "T3": (_MASK, 0, 0), "T4": (_MASK, 38637, 145)}


@dataclass(frozen=True)
class Selection:
    """What each output component copies, and with which sign.

    Attributes
    ----------
    lags : tuple of int
        How many steps back, 1 to S.
    components : tuple of int
        Which component of that vector.
    signs : tuple of int
        1 or -1.
    """

    lags: tuple[int, ...]
    components: tuple[int, ...]
    signs: tuple[int, ...]


def selection(inputs: int, order: int = 0, negated: int = 0, steps: int = 8, dimension: int = 8) -> Selection:
    """Return the selection of a number triple.

    Parameters
    ----------
    inputs : int
        Bit mask of the inputs that are read, one for each output: bit ``slot * dimension + component``, slot 0 the
        oldest vector.
    order : int
        Digits in base `dimension`, the lowest first: digit k, g, swaps entries k and k + g of the list of inputs.
    negated : int
        Bit k set: output k changes sign.
    steps, dimension : int
        S and D.

    Raises
    ------
    RequestError
        Where a number is no selection.

    Examples
    --------
    >>> selection(*NAMED["T2"]).lags
    (4, 5, 6, 8, 7, 3, 1, 2)
    """
    if inputs.bit_length() > steps * dimension or inputs.bit_count() != dimension:
        raise RequestError(
            f"selection {inputs} has {inputs.bit_count()} bits set of {inputs.bit_length()}: "
            f"expected {dimension} of at most {steps * dimension}"
        )
    if negated.bit_length() > dimension:
        raise RequestError(f"signs are {negated}: expected at most {(1 << dimension) - 1}")
    read = [bit for bit in range(steps * dimension) if inputs >> bit & 1]
    rest = order
    for k in range(dimension):
        rest, swap = divmod(rest, dimension) if dimension > 1 else (rest, 0)
        if k + swap >= dimension:
            raise RequestError(f"order {order} has {swap} as digit {k}: expected below {dimension - k}")
        read[k], read[k + swap] = read[k + swap], read[k]
    if rest:
        raise RequestError(f"order is {order}: expected at most {dimension} digits in base {dimension}")
    return Selection(
        tuple(steps - bit // dimension for bit in read),
        tuple(bit % dimension for bit in read),
        tuple(-1 if negated >> k & 1 else 1 for k in range(dimension)),
    )


@numba.njit(cache=True, nogil=True)
def write_vectors(tape, rows, steps, lengths, real, vectors):  # type: ignore[no-untyped-def]
    """Write the first vectors of each word, signs or reals, and zeros after them."""
    dimension = vectors.shape[2]
    for j in range(len(rows)):
        i, numbers = rows[j], tape[j]
        word = vectors[i]
        for t in range(steps):
            for c in range(dimension):
                at = t * dimension + c
                if real:
                    number = (numbers[at >> 1] >> np.uint64(32 * (at & 1) + 8)) & np.uint64(0xFFFFFF)
                    word[t, c] = (np.int64(number) - 8388608) / 8388608.0
                else:
                    bit = (numbers[at >> 6] >> np.uint64(at & 63)) & np.uint64(1)
                    word[t, c] = 1.0 - 2.0 * np.int64(bit)
        word[steps : lengths[i]] = 0.0


@numba.njit(cache=True, nogil=True)
def select(vectors, lengths, steps, lags, components, signs, targets):  # type: ignore[no-untyped-def]
    """Write the targets of each word, NaN at the first `steps` positions."""
    dimension = vectors.shape[2]
    outputs = np.arange(dimension).astype(np.uintp)  # unsigned indices spare numba's test for negative ones
    back = (lags * dimension + np.arange(dimension) - components).astype(np.uintp)
    for i in range(len(lengths)):
        out = targets[i]
        out[:steps] = vectors[i, :steps]
        numbers = out.reshape(out.size)
        for t in range(steps, lengths[i]):
            begin = np.uintp(t * dimension)
            for c in outputs:
                numbers[begin + c] = signs[c] * numbers[begin + c - back[c]]
        out[:steps] = np.nan


def draw_vectors(key: Key, first: int, words: Words, steps: int, real: bool) -> None:
    """Write S random vectors a word: fair signs, or reals uniform from -1 to 1, multiples of 2^-23."""

    def write(tape: Tape, rows: Rows) -> Rows:
        write_vectors(tape, rows, steps, words.lengths, real, words.symbols)
        return rows[:0]

    write_from_tapes(write, key, first, len(words), steps * words.symbols.shape[2] // (2 if real else 64) + 1)


@dataclass(frozen=True)
class Bindings(Source):
    """S random vectors, then zeros while the selection goes on by itself."""

    hints: ClassVar[Mapping[str, str]] = {
        "length": "the step decides what is asked for",
        "first": "what is bound stands first",
        "last": "short words are seen whole",
        "bag": "short words are seen whole",
    }
    steps: int
    chosen: Selection
    real: bool

    def lengths(self, low: int, high: int) -> range:
        """See `Source`: one step after the S vectors at least."""
        return range(max(low, self.steps + 1), high + 1)

    def chance(self, length: int) -> float:
        """See `Source`."""
        # Of reals a whole number is the best constant: 0, right up to a half, as likely as a sign.
        return 0.5 ** len(set(zip(self.chosen.lags, self.chosen.components, strict=True)))

    def draw(self, key: Key, first: int, words: Words) -> None:
        """See `Source`."""
        draw_vectors(key, first, words, self.steps, self.real)
        self.label(words)

    def label(self, words: Words) -> None:
        """See `Source`: the first S vectors decide."""
        select(words.symbols, words.lengths, self.steps, *self._tables(), words.labels)

    def maps(self) -> NDArray[np.float64]:
        """Return what the vector k steps back is multiplied by, shape (S, D, D), k from 1."""
        found = np.zeros((self.steps, len(self.chosen.signs), len(self.chosen.signs)))
        lags, components, signs = self._tables()
        found[lags - 1, np.arange(len(signs)), components] = signs
        return found

    def _tables(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        chosen = self.chosen
        return np.array(chosen.lags), np.array(chosen.components), np.array(chosen.signs, np.float64)


@register_task("binding", example="binding:T1")
def binding(SELECTION: Rest) -> Task:
    """S vectors of D components, then zeros; after the first S, a signed selection of the last S vectors.

    ``binding:T1`` to ``T4`` are the tasks of the papers (S = D = 8; T1 repeats the S vectors for ever).
    ``binding:I:O:N`` and ``binding:I:O:N:S:D`` are any selection: the mask of inputs read, their order, the outputs
    negated; see `selection`. A last ``:real`` draws components uniform from -1 to 1; otherwise they are fair signs.
    """
    name = f"binding:{SELECTION}"
    parts = SELECTION.split(":")
    real = parts[-1] == "real"
    parts = parts[:-1] if parts[-1] in INPUTS else parts
    if len(parts) == 1 and parts[0] in NAMED:
        steps, dimension, chosen = 8, 8, selection(*NAMED[parts[0]])
    elif len(parts) in (3, 5) and all(part.isascii() and part.isdigit() for part in parts):
        inputs, order, negated, *rest = (int(part) for part in parts)
        steps, dimension = rest or (8, 8)
        within(name, "S", steps, 1, LARGEST_STEPS)
        within(name, "D", dimension, 1, LARGEST_DIMENSION)
        chosen = selection(inputs, order, negated, steps, dimension)
    else:
        raise RequestError(
            f"task {name!r}: expected T1 to T4, I:O:N or I:O:N:S:D, then nothing, signs or real"
        )
    name = ":".join(["binding", *parts, *(["real"] if real else [])])
    source = Bindings(steps, chosen, real)
    return Task(name, 1, Vectors(dimension), VectorTargets(dimension), Readout.PREFIX, source)

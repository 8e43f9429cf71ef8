"""Machines with solvable groups, resets and all, in `aussm-mamba`: each level of the cascade a rotor and a register.

The coordinate of a level is a tile x = r · g. The groups are rotors, above; the register r is a Mamba layer, below.
To turn by h makes g into g · h and holds r; to reset to x* makes r into x* · g^{-1} and leaves g, for a rotor cannot
be reset. A reset destroys the tile that the level below needs, the one before the symbol: so the register looks one
token back. A lookup finds r · g, which is the tile after a turn, and the one before a reset; a second one finds,
by that tile and what was carried to the level, what is carried on. The last level carries the label.

Source: Krohn and Rhodes, 1965; Egri-Nagy and Nehaniv, arXiv 1508.06345; Karuvally et al., arXiv 2507.05238.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...automata.decomposition import decompose
from ...automata.decomposition.abelian import AbelianSeries, abelian_series
from ...automata.decomposition.compile import NEVER
from ...automata.decomposition.plan import HOLD
from ...automata.machine import Machine
from ...automata.minimise import minimise
from .aussm import SETTINGS, permutation_construction
from .construction import Construction, target
from .groups import Entries, Product, by_residues, cheapest, multiply
from .levels import ANY, Program, Table, programs
from .lookup import Feature, Form, Lookup, together
from .refusals import permutes, refuse_groups, refuse_permutations
from .register import Register
from .rotor import Mode
from .stream import OneHot, Stream

THEOREM = (
    "Every machine is a cascade of groups and resets (Krohn and Rhodes 1965); solvable groups are rotors and resets "
    "are registers (arXiv 2507.05238, 2603.01959)."
)
APERIODIC = "Every machine without groups is a cascade of resets (Krohn and Rhodes 1965), each a register."


@target("aussm-mamba")
def machine_in_aussm_mamba(machine: Machine, width: int | None = None) -> Construction:
    """Return weights of `aussm-mamba` that compute a machine.

    Parameters
    ----------
    machine : Machine
    width : int, optional
        D.

    Raises
    ------
    RequestError
        Where a group of the machine is not solvable, the cascade is too large, or the width too small.

    Examples
    --------
    >>> from krohn.automata.catalogue import even_pairs
    >>> machine_in_aussm_mamba(even_pairs()).settings["layers"]
    'm|f|m|f'
    """
    small = minimise(machine)
    if permutes(small.delta):
        return permutation_construction("aussm-mamba", small, width)
    return _construction("aussm-mamba", small, width)


@target("mamba")
def machine_in_mamba(machine: Machine, width: int | None = None) -> Construction:
    """Return weights of `mamba` that compute a machine without groups.

    Parameters
    ----------
    machine : Machine
    width : int, optional
        D.

    Raises
    ------
    RequestError
        Where the machine has a group, the cascade is too large, or the width too small.
    """
    return _construction("mamba", minimise(machine), width)


def _construction(model: str, small: Machine, width: int | None) -> Construction:
    refuse_permutations(model, small)
    cascade = decompose(small)
    refuse_groups(model, [prime.name for prime in cascade.primes if prime.is_group])
    program = programs(small, cascade)
    stream = Stream(program.first.tolist())
    block = stream.first
    for level in program.levels:
        block = _descend(stream, block, level)
    if not program.levels:
        stream.add(stream.units, Lookup((), stream.one))
    head: list[Form] = [{} for _ in range(small.classes)]
    for value, label in enumerate(program.labels):
        head[label] = block.among([value])
    settings = {"modes": 1} if model == "mamba" else {**SETTINGS, "phase_lattice": stream.lattice}
    config, weights = stream.assemble(model, small.classes, head, width, settings)
    theorem = APERIODIC if model == "mamba" else THEOREM
    return Construction(model, config, weights, stream.depth, theorem, stream.lookups)


def _descend(stream: Stream, block: OneHot, program: Program) -> OneHot:
    """Add the layers of one level; return what it carries on."""
    level = program.level
    series: dict[int, AbelianSeries] = {}
    products = []
    for kind in level.turning:
        own = level.groups[kind]
        assert own is not None
        series[kind] = abelian_series(own.group)
        turns = {c: int(turn) for c, (k, turn) in enumerate(program.turn) if turn and k == kind}
        products.append(Product(series[kind], block, turns))
    modes = dict(zip(series, multiply(stream, products) if products else [], strict=True))
    values = [program.start]
    register = None
    if (program.reset[:, 1] != HOLD).any():
        values, register = _register(stream, block, program, series, modes)
    owners = [kind for kind in series if (program.owner == kind).any()]
    tables = [_tiles(series[kind], values, register, modes[kind]) for kind in owners]
    tiles: dict[int, dict[int, Feature]] = {}
    if tables:
        for kind, found in zip(owners, stream.look_up(*tables), strict=True):
            tiles[kind] = {tile: found.feature(tile) for tile in range(found.size)}
    if register is not None:
        tiles[ANY] = {value: register.feature(index) for index, value in enumerate(values)}
    (carried,) = stream.look_up((int(program.below.max()) + 1, _carry(block, program, tiles)))
    return carried


def _register(
    stream: Stream,
    block: OneHot,
    program: Program,
    series: dict[int, AbelianSeries],
    modes: dict[int, tuple[Mode, ...]],
) -> tuple[list[int], OneHot]:
    """Add the register, and before it the lookup of what it is set to; return its values and where they stand."""
    by_target: dict[tuple[int, int], list[int]] = {}
    for c, (kind, tile) in enumerate(program.reset.tolist()):
        by_target.setdefault((kind if kind in series and tile != HOLD else ANY, tile), []).append(c)
    grids = {}
    for kind, tile in by_target:
        if kind != ANY:
            group = series[kind].group
            grids[kind, tile] = series[kind].grid(group.permutations[group.inverses, tile].astype(np.int32))
    found = {program.start, *(tile for kind, tile in by_target if kind == ANY and tile != HOLD)}
    values = sorted(found.union(*(np.unique(grid).tolist() for grid in grids.values())))
    place = {value: index for index, value in enumerate(values)}
    if grids:
        entries: Entries = []
        for (kind, tile), carried in by_target.items():
            own = block.feature(*carried)
            if kind != ANY:
                for more, value in by_residues(grids[kind, tile], modes[kind]):
                    entries.append(((own, *more), place[value]))
            else:
                entries.append(((own,), place.get(tile, len(values))))
        (target,) = stream.look_up((len(values) + 1, entries))
        forms = {index: target.among([index]) for index in range(len(values))}
    else:
        forms = {place[tile]: block.among(own) for (_, tile), own in by_target.items() if tile != HOLD}
    units = stream.units
    register = stream.one_hot(len(values))
    channels = tuple(register.channel(index) for index in range(len(values)))
    stream.add(units, Register(forms, channels, place[program.start], stream.one))
    return values, register


def _tiles(
    series: AbelianSeries, values: list[int], register: OneHot | None, modes: tuple[Mode, ...]
) -> tuple[int, Entries]:
    """Return how many tiles r · g there are, and the entries that look them up."""
    permutations = series.group.permutations
    size = permutations.shape[1]
    # A register may hold what is no tile of this class while another class is in use.
    grids = np.stack([series.grid(permutations[:, r if r < size else 0].astype(np.int32)) for r in values])
    if register is None:
        return size, by_residues(grids[0], modes)
    return size, cheapest(grids, [register.feature(index) for index in range(len(values))], modes)


def _carry(block: OneHot, program: Program, tiles: dict[int, dict[int, Feature]]) -> Entries:
    """Return the entries of what is carried on, by what was carried here and the tile."""
    entries: Entries = []
    for owner in np.unique(program.owner).tolist():
        here = np.flatnonzero(program.owner == owner)
        rows = np.stack([_by_tile(program, int(c)) for c in here])
        alike = (rows == rows[:, :1]).all(axis=1)
        for below in np.unique(rows[alike, 0]):
            entries.append(((block.feature(*here[alike & (rows[:, 0] == below)]),), int(below)))
        entries += _fewest(block, here[~alike], rows[~alike], tiles.get(owner, {}))
    return entries


def _by_tile(program: Program, c: int) -> Table:
    """Return what is carried on by r · g: the tile after a turn, the one before it otherwise."""
    row: Table = program.below[c]
    kind, turn = program.turn[c]
    series = program.level.groups[kind]
    if not turn or series is None or (row == row[0]).all():
        return row
    found: Table = row.copy()
    permutation = series.group.permutations[turn]
    found[permutation] = row[: len(permutation)]
    return found


def _fewest(block: OneHot, carried: NDArray[np.intp], rows: Table, tiles: dict[int, Feature]) -> Entries:
    """Return entries for rows of tiles, joining the tiles of a row, or the rows of a tile, that have one target."""
    by_row: Entries = []
    distinct, number = np.unique(rows, axis=0, return_inverse=True)
    for index, row in enumerate(distinct):
        own = block.feature(*carried[number.ravel() == index])
        for below in np.unique(row[row != NEVER]):
            forms = [tiles[x].form for x in np.flatnonzero(row == below).tolist() if x in tiles]
            if forms:
                by_row.append(((own, Feature(together(*forms))), int(below)))
    by_tile: Entries = []
    for x, feature in tiles.items():
        column = rows[:, x]
        for below in np.unique(column[column != NEVER]):
            by_tile.append(((block.feature(*carried[column == below]), feature), int(below)))
    return min(by_row, by_tile, key=len)

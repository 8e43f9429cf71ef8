"""Draw docs/bits/*.json and write their table into docs/precision.md: python docs/draw_bits.py"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from krohn.automata.drawing.files import write_figure
from krohn.evaluation.bits import family_of, theory_bits
from krohn.evaluation.intervals import least_words
from krohn.evaluation.results import THRESHOLD, Score
from krohn.files import read_json, write_bytes

HERE = Path(__file__).parent
FAMILIES = {"phase=turn/*": "log2 Q of phase=turn/Q", "state=e8m*": "M of state=e8mM"}
COLUMNS = (64, 512, 4096, 65536, 1 << 20)


def scores_of(found: dict[str, Any]) -> dict[str, list[Score]]:
    """Return the scores of each item."""
    keys = ("precision", "length", "correct", "total", "words_correct", "words", "squares")
    scores: dict[str, list[Score]] = {}
    for row in found["rows"]:
        score = Score.model_validate(dict(zip(keys, row, strict=True)))
        scores.setdefault(score.precision, []).append(score)
    return scores


def keeping(found: dict[str, Any], family: str) -> dict[int, list[int]]:
    """Return, for each length, the bit counts that kept it and every shorter one."""
    kept: dict[int, list[int]] = {}
    for item, scores in scores_of(found).items():
        own = family_of(item)
        if own is not None and own[0] == family:
            for length in kept_by(scores):
                kept.setdefault(length, []).append(own[1])
    return {length: sorted(bits) for length, bits in kept.items()}


def kept_by(scores: list[Score]) -> list[int]:
    """Return the lengths that an item kept, from the shortest on."""
    lengths = []
    for score in sorted(scores, key=lambda score: score.length):
        low, _ = score.interval
        if (low if score.words >= least_words(THRESHOLD) else score.accuracy) < THRESHOLD:
            break
        lengths.append(score.length)
    return lengths


def own_lattice(found: dict[str, Any]) -> tuple[str, list[int]] | None:
    """Return the item that rounds phases to the machine's own lattice, if not a power of two, and its lengths."""
    own = [item for item in scores_of(found) if item.startswith("phase=") and family_of(item) is None]
    return (own[0], kept_by(scores_of(found)[own[0]])) if own else None


def figure_of(documents: dict[str, dict[str, Any]]) -> Figure:
    """Return the fewest bits against length: phases, dotted on the own lattice, beside the line of theory; states."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (family, label) in zip(panels, FAMILIES.items(), strict=True):
        for number, (name, found) in enumerate(documents.items()):
            kept = keeping(found, family)
            lengths = sorted(kept)
            colour = f"C{number}"
            bits = [kept[length][0] for length in lengths]
            axes.plot(lengths, bits, marker="osD^"[number % 4], markersize=4, color=colour, label=name)
            if family.startswith("phase") and (own := own_lattice(found)):
                item, reached = own
                height = math.log2(int(item.split("/")[1]))
                axes.plot(reached, [height] * len(reached), color=colour, linestyle=":")
        for modulus in sorted({found["modulus"] for found in documents.values()}):
            line = [theory_bits(length, modulus) for length in COLUMNS]
            axes.plot(COLUMNS, line, color="0.5", linestyle="--", linewidth=1)
            axes.text(COLUMNS[-1] * 1.1, line[-1], f"k = {modulus}", fontsize=7, color="0.4", va="center")
        axes.set_xscale("log", base=2)
        axes.set_xlim(48, COLUMNS[-1] * 4)
        axes.set_xlabel("length")
        axes.set_title(f"fewest bits: {label}", loc="left", fontsize="medium")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylim(0, 22)
    panels[0].legend(frameon=False, fontsize="small")
    return figure


def table(documents: dict[str, dict[str, Any]]) -> str:
    """Return the bit counts that keep each length as a table of Markdown."""
    head = ["run", "bits", *(f"{length:,}" for length in COLUMNS)]
    rows = [head, ["---"] * len(head)]
    for name, found in documents.items():
        for family, label in FAMILIES.items():
            kept = keeping(found, family)
            rows.append([name, label, *(ranges(kept.get(length, [])) for length in COLUMNS)])
        if own := own_lattice(found):
            item, reached = own
            rows.append([name, f"`{item}`", *("kept" if length in reached else "-" for length in COLUMNS)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def ranges(bits: list[int]) -> str:
    """Return numbers with runs drawn together.

    Examples
    --------
    >>> ranges([1, 3, 4, 5]), ranges([])
    ('1, 3-5', '-')
    """
    parts: list[list[int]] = []
    for number in bits:
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{p[0]}-{p[-1]}" if len(p) > 1 else str(p[0]) for p in parts) or "-"


def main() -> None:
    """Draw, and write the table."""
    documents = {
        path.stem.replace("-", ", "): read_json(path) for path in sorted((HERE / "bits").glob("*.json"))
    }
    write_figure(HERE / "pictures" / "bits.svg", figure_of(documents))
    page = HERE / "precision.md"
    before, _, rest = page.read_text().partition("<!-- bits -->\n")
    _, _, after = rest.partition("<!-- end -->\n")
    write_bytes(page, f"{before}<!-- bits -->\n{table(documents)}\n<!-- end -->\n{after}".encode())


if __name__ == "__main__":
    main()

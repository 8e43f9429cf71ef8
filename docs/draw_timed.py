"""Draw the pictures of docs/timed.md: `python docs/draw_timed.py docs`; one of them trains a model."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from krohn.automata.drawing.files import write_figure
from krohn.automata.drawing.svg import draw_machine
from krohn.automata.minimise import minimise
from krohn.automata.timed.machines import relative
from krohn.automata.timed.steps import discretise
from krohn.generators.clock_positions import clock_matters, timed_counts
from krohn.generators.tasks import task

STEPS = 40
AFTERNOON, CLOCK, LABEL = "#f4d9a8", "#888888", "#1f5fa8"


def timeline(axes: Axes, name: str, threshold: float, clock: list[int], theta: list[bool]) -> None:
    """Draw a word: the clock, where Θ = 1, the symbols (ringed where the clock matters) and the labels."""
    here = task(name)
    words = here.sample(1, lengths=(STEPS, STEPS), seed=4)
    assert here.machine is not None
    names = [here.machine.names.symbol(int(x)) for x in words.symbols[0]]
    matters = clock_matters(here, words)[0]
    shown, on = clock, theta
    if "relative" in name:
        shown, on, since = [], [], 0
        for letter in names:
            since += 1
            shown.append(since)
            on.append(since > threshold)
            since = since if letter == "null" else 0
    top = max(shown)
    for t in range(STEPS):
        if on[t]:
            axes.axvspan(t + 0.5, t + 1.5, color=AFTERNOON, linewidth=0)
        if names[t] != "null":
            weight = "bold" if matters[t] else "normal"
            axes.text(t + 1, -0.25 * top, names[t], ha="center", va="center", fontsize=9, fontweight=weight)
    steps = np.arange(1, STEPS + 1)
    axes.plot(steps, shown, color=CLOCK, marker=".", markersize=3, linewidth=1)
    axes.axhline(threshold, color=CLOCK, linestyle=":", linewidth=1)
    axes.step(steps, top * (1.25 + 0.3 * words.labels[0]), where="mid", color=LABEL)
    axes.set_ylim(-0.45 * top, 1.65 * top)
    axes.set_xlim(0.5, STEPS + 0.5)
    axes.set_yticks([0, threshold, 1.25 * top, 1.55 * top], ["0", f"{threshold:g}", "state 0", "state 1"])
    axes.set_title(f"{name}: clock, symbols, state; shaded where Θ = 1", loc="left", fontsize="medium")
    axes.spines[["top", "right"]].set_visible(False)


def rules() -> Figure:
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    above, below = figure.subplots(2, 1)
    hours = [(t - 1) % 10 + 1 for t in range(1, STEPS + 1)]
    timeline(above, "timed:periodic:10", 5, hours, [hour > 5 for hour in hours])
    timeline(below, "timed:relative:5", 5, [], [])
    below.set_xlabel("time step")
    return figure


def delays() -> Figure:
    figure = Figure(figsize=(9, 2.6), layout="constrained")
    for axes, kind in zip(
        figure.subplots(1, 3, sharey=True), ("uniform", "geometric", "borders"), strict=True
    ):
        drawn = task(f"timed:relative:5:events:real-{kind}").sample(2000, lengths=(50, 50)).delays
        assert drawn is not None
        axes.hist(drawn.ravel(), bins=64, range=(0, 8), density=True, color=LABEL)
        axes.axvline(5, color="black", linestyle=":", linewidth=1)
        axes.set_title(f"real-{kind}", loc="left", fontsize="medium")
        axes.set_xlabel("delay; the guard changes at 5")
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def learning() -> Figure:
    """Train a small recurrent network on the periodic flip-flop; accuracy apart as it learns."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    here = task("timed:periodic:10")
    test = here.sample(256, lengths=(60, 60), split="validation")
    network = torch.nn.RNN(2, 32, batch_first=True)
    head = torch.nn.Linear(32, 2)
    optimiser = torch.optim.Adam([*network.parameters(), *head.parameters()], lr=1e-3)

    def scores(symbols: np.ndarray) -> torch.Tensor:
        inputs = torch.nn.functional.one_hot(torch.from_numpy(symbols.astype(np.int64)), 2).float()
        result: torch.Tensor = head(network(inputs)[0])
        return result

    rows = []
    for step in range(601):
        if step % 10 == 0:
            with torch.no_grad():
                answers = scores(test.symbols).argmax(-1).numpy()
            rows.append([right / total for right, total in timed_counts(here, test, answers).values()])
        words = here.sample(128, lengths=(60, 60), first=128 * step)
        loss = torch.nn.functional.cross_entropy(
            scores(words.symbols).flatten(0, 1), torch.from_numpy(words.labels).long().flatten()
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*network.parameters(), *head.parameters()], 1.0)
        optimiser.step()
    figure = Figure(figsize=(6, 3), layout="constrained")
    axes = figure.subplots()
    apart = np.array(rows)
    at = np.arange(len(rows)) * 10
    axes.plot(at, apart[:, 1], color=CLOCK, label="time-independent (b)")
    axes.plot(at, apart[:, 0], color=LABEL, label="time-dependent (a)")
    axes.set_xlabel("updates")
    axes.set_ylabel("accuracy")
    axes.set_title("timed:periodic:10, tanh network of 32 units", loc="left", fontsize="medium")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def main(folder: Path) -> None:
    write_figure(folder / "timed-rules.svg", rules())
    write_figure(folder / "timed-delays.svg", delays())
    draw_machine(minimise(discretise(relative(2))), folder / "timed-machine.svg", graphviz=False)
    write_figure(folder / "timed-learning.svg", learning())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

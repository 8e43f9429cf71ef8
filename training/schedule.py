"""How the learning rate and the longest word change over the steps."""

from __future__ import annotations

import math

from .config import TrainingConfig


def learning_rate(config: TrainingConfig, step: int) -> float:
    """Return the learning rate of a step (from 0): linear warm-up, then a cosine to zero.

    Examples
    --------
    >>> config = TrainingConfig(steps=100, lr=1.0, warmup=0.1)
    >>> [round(learning_rate(config, step), 3) for step in (0, 9, 10, 55, 99)]
    [0.1, 1.0, 1.0, 0.5, 0.0]
    """
    warm = config.warmup * config.steps
    if step < warm:
        return config.lr * min(1.0, (step + 1) / warm)
    return config.lr * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1.0, config.steps - warm)))


def longest_word(config: TrainingConfig, step: int) -> int:
    """Return the longest training word of a step (from 0); a curriculum by mastery keeps its own.

    Examples
    --------
    >>> config = TrainingConfig(steps=100, lengths=(1, 40), curriculum=(2, 0.5))
    >>> [longest_word(config, step) for step in (0, 25, 50, 99)]
    [2, 21, 40, 40]
    """
    low, high = config.lengths
    if config.curriculum is None or len(config.curriculum) == 3:
        return high
    begin, fraction = config.curriculum
    grown = begin + (high - begin) * min(1.0, step / (fraction * config.steps))
    return max(low, min(high, int(grown)))


def pull_strength(config: TrainingConfig, step: int) -> float:
    """Return how strongly phases are pulled to their lattice at a step (from 0).

    Examples
    --------
    >>> config = TrainingConfig(steps=100, pull=(6, 0.3))
    >>> [round(pull_strength(config, step), 3) for step in (0, 30, 60, 99)]
    [0.0, 0.15, 0.3, 0.3]
    """
    return 0.0 if config.pull is None else config.pull[1] * min(1.0, step / (0.6 * config.steps))

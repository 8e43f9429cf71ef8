"""Constructions as known answers: what a kernel makes of exact weights is known without running any kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from krohn.generators.tasks import task
from krohn.kernels import projected_unitary_scan
from krohn.models.constructions import construct

# Every backend that runs here, one after another in a process that interprets Triton's kernels.
PROGRAM = """
import os
import numpy as np, torch
from krohn.generators.tasks import task
from krohn.generators.tensors import to_tensors
from krohn.models.constructions import construct
from krohn.models.zoo import build_model
from krohn.training.construct import subject_of

def run(network, inputs, backend):
    os.environ["KROHN_KERNELS"] = backend
    cut = inputs.shape[1] // 3
    with torch.no_grad():
        first, state = network(inputs[:, :cut])
        rest, state = network(inputs[:, cut:], state)
    return torch.cat([first, rest], 1), {name: value for name, value in state.items() if name.endswith("phase")}

def network_of(made, inputs, outputs, vectors=False):
    network = build_model(made.model, inputs, outputs, dict(made.settings), 0, vectors)
    network.load_state_dict(dict(made.weights))
    return network.eval()

for name, model, length in CASES:
    found = task(name)
    subject = subject_of(found)
    made = construct(subject, model)
    if found.machine is None:
        batch = to_tensors(found, found.sample(1, (length, length), 0, "test"))
        network = network_of(made, found.model_inputs, found.model_outputs, vectors=True)
        known = ~batch.labels.isnan()
        for backend in BACKENDS:
            y, _ = run(network, batch.inputs, backend)
            print(name, model, backend, int((y[known] != batch.labels[known]).sum()), 0, int(known.sum()), flush=True)
        continue
    network = network_of(made, subject.symbols, subject.classes)
    tokens = np.random.default_rng(2).integers(0, subject.symbols, (1, length))
    states, labels = np.full(1, subject.start), np.empty_like(tokens)
    for t in range(length):
        states = subject.delta[states, tokens[:, t]]
        labels[:, t] = subject.outputs[states]
    _, expected = run(network, torch.from_numpy(tokens), "cpu")
    for backend in BACKENDS:
        logits, phases = run(network, torch.from_numpy(tokens), backend)
        wrong = int((logits.argmax(-1).numpy() != labels).sum())
        apart = sum(int((phases[key] != expected[key]).sum()) for key in expected)
        print(name, model, backend, wrong, apart, labels.size, flush=True)
"""
CASES = [
    ("word:S4", "aussm", 40),
    ("tomita:3", "aussm-mamba", 40),
    ("word:A5:generators", "deltaproduct", 20),
    ("binding:T2", "wave", 30),
]


def test_every_backend_computes_constructions() -> None:
    backends = ["cpu", "reference", *(["triton"] if find_spec("triton") else [])]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("TRITON_", "KROHN_"))
    }
    command = [sys.executable, "-c", f"CASES, BACKENDS = {CASES}, {backends}\n{PROGRAM}"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**environment, "TRITON_INTERPRET": "1"}, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[:3] for line in lines] == [
        [name, model, backend] for name, model, _ in CASES for backend in backends
    ]
    for line in lines:
        wrong, phases_apart, labels = map(int, line[3:])
        assert (wrong, phases_apart) == (0, 0), line
        assert labels >= 20


@pytest.mark.parametrize(
    ("backend", "length"),
    [("cpu", 1_000_000), ("reference", 20_000), pytest.param("reference", 1_000_000, marks=pytest.mark.slow)],
)
def test_phases_after_so_many_steps_are_the_sum_of_the_symbols(backend: str, length: int) -> None:
    """The residues modulo 4, 3 and 5 of a sum of symbols of C60, whoever adds them up."""
    machine = task("word:C60").machine
    assert machine is not None
    made = construct(machine, "aussm")
    weights, q, width = made.weights, made.settings["phase_lattice"], made.width
    turns = weights["layers.0.phase.weight"] / width**0.5
    symbols = np.random.default_rng(1).integers(0, 60, (1, length))
    u = torch.nn.functional.one_hot(torch.from_numpy(symbols), width).float()
    _, state = projected_unitary_scan(
        u,
        turns,
        weights["layers.0.phase.bias"],
        weights["layers.0.readout"],
        weights["layers.0.start"],
        phase_lattice=q,
        backend=backend,
    )
    total = int(symbols.sum())
    found = state.phase[0, 0].tolist()
    # Lanes come in pairs, cosine and sine; which generator of a factor stands for 1 is free.
    for lane, order in enumerate(np.repeat([4, 3, 5], 2).tolist()):
        one = round(float(turns[lane, 1]) * q) % q
        assert q // np.gcd(one, q) == order
        assert found[lane] == total * one % q

"""Which backend an operation runs on, and why: reference (torch, float64), cpu (numba) or triton (GPU).

The device decides, unless the argument `backend` or the variable ``KROHN_KERNELS`` says otherwise.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec

import torch

from ..errors import RequestError
from ..names import unknown

BACKENDS = ("reference", "cpu", "triton")
VARIABLE = "KROHN_KERNELS"
COMPILED = (torch.float32, torch.float64)
"""What the cpu backend computes in; the triton backend knows float32 only."""


@dataclass(frozen=True)
class Choice:
    """A backend and the reason for it.

    Attributes
    ----------
    backend : str
        ``reference``, ``cpu`` or ``triton``.
    reason : str
        Half a sentence.
    """

    backend: str
    reason: str


def has_triton() -> bool:
    """Return whether Triton is installed, without importing it."""
    return find_spec("triton") is not None


def interprets() -> bool:
    """Return whether Triton kernels are interpreted, and so take tensors of the CPU."""
    return os.environ.get("TRITON_INTERPRET") == "1"


def choose(
    device: str,
    dtype: torch.dtype = torch.float32,
    backend: str | None = None,
) -> Choice:
    """Choose the backend for tensors of a device and a dtype.

    Parameters
    ----------
    device : str
        A device type, such as ``cpu`` or ``cuda``.
    dtype : torch.dtype
    backend : str, optional
        The caller's wish; otherwise that of ``KROHN_KERNELS``; otherwise the device decides.

    Raises
    ------
    RequestError
        For an unknown backend, or one that cannot run here.

    Examples
    --------
    >>> choose("cpu").backend, choose("mps").backend
    ('cpu', 'reference')
    """
    for source, wish in (("backend", backend), (VARIABLE, os.environ.get(VARIABLE))):
        if wish:
            return _wished(source, wish, device, dtype)
    if device == "cpu":
        wanted = Choice("cpu", "tensors of the CPU: compiled by numba")
    elif device == "cuda" and has_triton():
        wanted = Choice("triton", f"tensors of a GPU, Triton {version('triton')} is installed")
    elif device == "cuda":
        wanted = Choice("reference", "tensors of a GPU, but Triton is not installed")
    else:
        wanted = Choice("reference", f"no kernels for the device {device}")
    obstacle = _obstacle(wanted.backend, device, dtype)
    return Choice("reference", obstacle) if obstacle else wanted


def _wished(source: str, wish: str, device: str, dtype: torch.dtype) -> Choice:
    if wish not in BACKENDS:
        raise unknown(source, wish, BACKENDS)
    obstacle = _obstacle(wish, device, dtype)
    if obstacle:
        raise RequestError(f"{source}={wish}: {obstacle}; expected a backend that can run here, or none")
    return Choice(wish, f"{source} says so")


def _obstacle(backend: str, device: str, dtype: torch.dtype) -> str | None:
    if backend == "cpu":
        if device != "cpu":
            return f"the tensors are on the device {device}"
        if dtype not in COMPILED:
            return f"the cpu kernels compute in float32 and float64, not {dtype}"
    if backend == "triton":
        if not has_triton():
            return "Triton is not installed"
        if device != "cuda" and not (device == "cpu" and interprets()):
            return f"the tensors are on the device {device} and TRITON_INTERPRET is not 1"
        if dtype != torch.float32:
            return f"the triton kernels compute in float32, not {dtype}"
    return None


def explain() -> str:
    """Return, line by line, which backend tensors of the CPU and of a GPU get here, and why.

    Examples
    --------
    >>> explain().splitlines()[0].startswith("cpu float32: ")
    True
    """
    lines = []
    for device in ("cpu", "cuda"):
        if device == "cuda" and not torch.cuda.is_available():
            lines.append("cuda: no device here")
            continue
        for dtype in COMPILED:
            name = str(dtype).removeprefix("torch.")
            try:
                found = choose(device, dtype)
                lines.append(f"{device} {name}: {found.backend} ({found.reason})")
            except RequestError as error:
                lines.append(f"{device} {name}: none ({error})")
    triton = f"Triton {version('triton')}" if has_triton() else "no Triton"
    wish = os.environ.get(VARIABLE)
    variable = f"{VARIABLE}={wish}" if wish else f"{VARIABLE} is not set"
    lines.append(
        f"torch {torch.__version__}, numba {version('numba')}, {triton}, "
        f"{torch.get_num_threads()} threads, {variable}"
    )
    return "\n".join(lines)

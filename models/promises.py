"""What every model promises, each as a check that says what was seen, what was expected and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..kernels.rounding import parse_format
from .layers import run

INPUTS, OUTPUTS = 3, 5
"""Symbols and classes that a model is checked with: unlike, so that a mix-up shows."""
LENGTH = 100
PIECES = (1, 7, 64)
TOLERANCE = 1e-3


class BrokenPromiseError(Exception):
    """A promise that is not kept: what was seen, what was expected, what to do."""


class NotOfferedError(Exception):
    """A promise that the model does not make, and what it is not offered for that."""


def _tokens(B: int = 2, L: int = LENGTH) -> Tensor:
    return torch.randint(0, INPUTS, (B, L), generator=torch.Generator().manual_seed(L))


def _logits(model: nn.Module, tokens: Tensor) -> Tensor:
    out = model(tokens)
    return out[0] if isinstance(out, tuple) else out  # type: ignore[no-any-return]


def _state_of(model: nn.Module) -> dict[str, Tensor]:
    with torch.no_grad():
        out = model(_tokens(L=1))
    if not isinstance(out, tuple):
        raise NotOfferedError(
            "no state: no pieces, no constant memory, no rounding, no million steps; "
            "with forward(tokens, state=None) -> (logits, state) it gets them"
        )
    return out[1]  # type: ignore[no-any-return]


def shapes(model: nn.Module) -> None:
    """Logits of shape (B, L, outputs), finite; a state, where there is one, is a dict of tensors."""
    for B, L in ((2, 1), (3, 17)):
        with torch.no_grad():
            out = model(_tokens(B, L))
        logits, state = out if isinstance(out, tuple) else (out, {})
        if not isinstance(logits, Tensor) or logits.shape != (B, L, OUTPUTS):
            given = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise BrokenPromiseError(
                f"tokens of shape {(B, L)} give logits {given}: expected {(B, L, OUTPUTS)}; "
                "put out one number a class at every position, and do not pool over time"
            )
        if not logits.isfinite().all():
            raise BrokenPromiseError("logits are not finite: expected numbers; start from smaller weights")
        if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
            raise BrokenPromiseError(
                f"the state is a {type(state).__name__}: expected a dict of tensors, such as {{'h': h}}"
            )


def pieces(model: nn.Module) -> str:
    """Pieces of any size give the logits of one pass."""
    _state_of(model)
    tokens = _tokens()
    with torch.no_grad():
        whole, end = model(tokens)
        for size in PIECES:
            seen, state = [], None
            for begin in range(0, LENGTH, size):
                logits, state = model(tokens[:, begin : begin + size], state)
                seen.append(logits)
            off = (torch.cat(seen, 1) - whole).abs().amax((0, 2)) > TOLERANCE * (1 + whole.abs().max())
            if off.any():
                raise BrokenPromiseError(
                    f"pieces of {size} tokens give other logits than one pass, from token {int(off.nonzero()[0]) + 1} "
                    "on: expected the same; begin from `state` where it is given, and return all that the next "
                    "piece depends on"
                )
        first = model(tokens[:, :1])[1]
    grows = [name for name, value in end.items() if value.numel() != first[name].numel()]
    return f"its state grows with the word ({', '.join(grows)}): memory is not constant" if grows else ""


def causality(model: nn.Module) -> None:
    """No logit sees a later token."""
    tokens = _tokens(L=20)
    with torch.no_grad():
        before = _logits(model, tokens)
        for t in (1, 10, 19):
            changed = tokens.clone()
            changed[:, t] = (changed[:, t] + 1) % INPUTS
            seen = (_logits(model, changed)[:, :t] - before[:, :t]).abs().amax((0, 2)) > 1e-5
            if seen.any():
                raise BrokenPromiseError(
                    f"the logits of token {int(seen.nonzero()[0]) + 1} change with token {t + 1}: expected them to "
                    "depend on earlier tokens only; pad on the left, mask what is ahead, and do not normalise over time"
                )


def words_apart(model: nn.Module) -> None:
    """What a word gets does not depend on the others of its batch."""
    tokens = _tokens(4, 20)
    with torch.no_grad():
        off = (_logits(model, tokens)[:1] - _logits(model, tokens[:1])).abs().max().item()
    if off > TOLERANCE:
        raise BrokenPromiseError(
            f"a word alone gets logits that differ by {off:.3g} from those in a batch: expected the same; "
            "do not normalise over the batch (LayerNorm or RMSNorm instead), and put the batch first"
        )


def start(model: nn.Module) -> str:
    """Every word begins afresh where no state is given; says which parameters are a learned start."""
    tokens = _tokens(L=10)
    with torch.no_grad():
        first, second = _logits(model, tokens), _logits(model, tokens)
    if (first - second).abs().max() > 1e-5:
        raise BrokenPromiseError(
            "the same word gives other logits when it is read again: expected state=None to begin afresh; "
            "keep nothing in `self` between calls, and draw nothing at random in evaluation mode"
        )
    if not isinstance(model(tokens), tuple):
        return ""
    state = {name: value.detach() for name, value in model(tokens)[1].items()}
    touched = []
    for begin in (None, state):
        model.zero_grad()
        model(tokens, begin)[0].square().sum().backward()
        touched.append({name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()})
    model.zero_grad()
    learned = sorted(touched[0] - touched[1])
    return f"learned: {', '.join(learned)}" if learned else "a constant"


def gradients(model: nn.Module) -> None:
    """Every parameter gets a gradient, and it is the slope of the loss."""
    tokens = _tokens(4, 30)
    model.zero_grad()
    _loss(model, tokens).backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and (parameter.grad is None or not parameter.grad.any()):
            raise BrokenPromiseError(
                f"{name} gets no gradient: expected every parameter to take part; use it in forward, remove it, "
                "or keep what is not learned with register_buffer"
            )
        if parameter.grad is not None and not parameter.grad.isfinite().all():
            raise BrokenPromiseError(
                f"the gradient of {name} is not finite: expected numbers; look for sqrt(0), log(0), 0/0"
            )
    for name, found, slope in _slopes(model.double(), tokens):
        if abs(found - slope) > 2e-2 * (abs(found) + abs(slope)) + 1e-5:
            model.float()
            raise BrokenPromiseError(
                f"the gradient of {name} is {found:.4g} along a random direction where the loss has the slope "
                f"{slope:.4g}: expected the same; look for a detach(), .data or a backward of your own"
            )
    model.float().zero_grad()


def _slopes(model: nn.Module, tokens: Tensor) -> Iterator[tuple[str, float, float]]:
    # Steps of 1e-4 in double precision: phases are whole multiples of 2^-32 turn, beside which 1e-6 is not large.
    model.zero_grad()
    _loss(model, tokens).backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.named_parameters():
        if parameter.grad is None:
            continue
        direction = F.normalize(torch.randn_like(parameter).flatten(), dim=0).view_as(parameter)
        ends = []
        with torch.no_grad():
            for sign in (1, -2):
                parameter.add_(sign * 1e-4 * direction)
                ends.append(_loss(model, tokens).item())
            parameter.add_(1e-4 * direction)
        yield name, (parameter.grad * direction).sum().item(), (ends[0] - ends[1]) / 2e-4


def _loss(model: nn.Module, tokens: Tensor) -> Tensor:
    return F.cross_entropy(_logits(model, tokens).flatten(0, 1), tokens.flatten())


def rounding(model: nn.Module) -> None:
    """The state can be rounded after every step."""
    _state_of(model)
    with torch.no_grad():
        logits, state = run(model, _tokens(L=20), None, parse_format("bf16"))
    held = {
        name: torch.equal(value, value.to(torch.bfloat16).to(value.dtype))
        for name, value in state.items()
        if value.is_floating_point()
    }
    if held and not any(held.values()):
        name = next(iter(held))
        raise BrokenPromiseError(
            f"rounded to bf16, state[{name!r}] holds numbers that bf16 does not have: expected a class with "
            "`rounds = True` to round after every step by the third argument of forward; without that attribute "
            "it is done for you"
        )
    if not logits.isfinite().all():
        raise BrokenPromiseError(
            "rounded to bf16, logits are not finite: expected numbers; divide by nothing that can round to 0"
        )


def vectors(model: nn.Module) -> None:
    """It can read vectors, as the binding tasks give them; tried last, for it changes the model."""
    read = getattr(model, "read_vectors", None)
    if not callable(read):
        raise NotOfferedError(
            "no read_vectors(): no tasks of vectors; with a method that puts a linear map in place of the embedding "
            "it gets them"
        )
    read()
    with torch.no_grad():
        logits = _logits(model, torch.randn(2, 4, INPUTS))
    if logits.shape != (2, 4, OUTPUTS):
        raise BrokenPromiseError(
            f"vectors of shape (2, 4, {INPUTS}) give logits {tuple(logits.shape)}: expected (2, 4, {OUTPUTS})"
        )


def fit(model: nn.Module) -> str:
    """The loss on one small batch falls."""
    tokens = _tokens(16, 8)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        optimiser.zero_grad()
        loss = _loss(model, tokens)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(loss.item())
    if not losses[-1] < 0.9 * losses[0]:
        raise BrokenPromiseError(
            f"60 steps on one batch take the loss from {losses[0]:.3g} to {losses[-1]:.3g}: expected it to fall; "
            "let logits depend on the tokens, and return them before any softmax"
        )
    return f"loss {losses[0]:.2f} to {losses[-1]:.2f}"


PROMISES: dict[str, Callable[[nn.Module], str | None]] = {
    "shapes": shapes,
    "pieces": pieces,
    "causality": causality,
    "batch": words_apart,
    "start": start,
    "rounding": rounding,
    "gradients": gradients,
    "fit": fit,
    "vectors": vectors,
}

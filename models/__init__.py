"""The zoo: a registry, the backbone, and one file a model."""

from . import (  # noqa: F401  registers ours, before any of a user's
    aussm,
    aussm_mamba,
    deltanet,
    deltaproduct,
    elman,
    gru,
    lru,
    lstm,
    mamba,
    mlp,
    rnn,
    s4d,
    slstm,
    stack_rnn,
    tape_rnn,
    transformer,
    wave,
)

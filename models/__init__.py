"""The zoo: a registry, the backbone, and one file a model."""

from . import aussm, lstm, mamba, mlp  # noqa: F401  registers ours, before any of a user's

"""The training loop: streams in, checkpoints and metrics out."""

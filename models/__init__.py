"""The zoo: a registry, the backbone, and one file a model."""

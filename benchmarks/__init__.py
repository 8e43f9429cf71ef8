"""Measured speed: beside what a user would pick instead, and beside the machine's limit, in one run."""

"""The exception tree of Krohn.

Every error a user can cause carries one line that says what was given, what was expected and, where
there is one, the nearest valid name. The command line prints that line and exits with `exit_status`.
"""

from __future__ import annotations


class KrohnError(Exception):
    """Base of every error that Krohn raises on purpose.

    Attributes
    ----------
    exit_status : int
        What a command exits with: 1 where the work failed or a file is damaged.
    """

    exit_status = 1


class RequestError(KrohnError, ValueError):
    """The request was wrong: an unknown name, a value out of range, a folder in the way (exit status 2)."""

    exit_status = 2


class DamagedFileError(KrohnError):
    """A file exists but cannot be what it should be: cut short, not JSON, weights of another shape."""


class StorageError(KrohnError):
    """A file could not be written: the disk is full, the folder is read-only."""


class TrainingError(KrohnError):
    """Training cannot go on, such as after a loss that is not a number."""


class OutOfMemoryError(TrainingError):
    """The machine or its GPU has too little memory; the message says what to lower."""


class ContractError(KrohnError):
    """A model of the user's does not keep what every model promises."""

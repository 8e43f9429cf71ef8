"""Signed records: the board's ed25519 key, and the one text of a record that is hashed and signed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..errors import DamagedFileError, RequestError
from ..files import write_bytes

SIGNATURE = "signature"


def canonical(document: dict[str, Any]) -> bytes:
    """Return a document's one text: JSON, keys sorted, no spaces, UTF-8.

    Examples
    --------
    >>> canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()
    True
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(data: bytes) -> str:
    """Return sha256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def krohn_home() -> Path:
    """Return the folder of what must not lie under a board: ``$KROHN_HOME``, else ``~/.krohn``."""
    given = os.environ.get("KROHN_HOME")
    return Path(given) if given else Path.home() / ".krohn"


def private_folder(public_key: str) -> Path:
    """Return the folder of the secrets of the board with a public key."""
    return krohn_home() / "boards" / public_key[:16]


def new_key() -> Ed25519PrivateKey:
    """Return a new private key."""
    return Ed25519PrivateKey.generate()


def public_of(key: Ed25519PrivateKey) -> str:
    """Return the public part of a key, in hexadecimal."""
    return key.public_key().public_bytes_raw().hex()


def keep_secret(public_key: str, name: str, secret: bytes) -> Path:
    """Write a secret, in hexadecimal, where only its owner can read it.

    Raises
    ------
    StorageError
        Where it cannot be written.
    """
    path = private_folder(public_key) / name
    previous = os.umask(0o077)
    try:
        write_bytes(path, secret.hex().encode() + b"\n")
    finally:
        os.umask(previous)
    return path


def read_secret(public_key: str, name: str) -> bytes:
    """Return a secret that `keep_secret` wrote.

    Raises
    ------
    RequestError
        Where it does not lie here: only who opened the board's season can verify.
    DamagedFileError
        Where it is no secret of 32 bytes.
    """
    path = private_folder(public_key) / name
    try:
        text = path.read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        raise RequestError(
            f"no file {path}: expected the board's secrets, which lie in KROHN_HOME where its season was opened"
        ) from None
    except UnicodeDecodeError:
        text = ""
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise DamagedFileError(f"{path} is damaged: expected 64 hexadecimal digits")
    return bytes.fromhex(text)


def read_key(public_key: str) -> Ed25519PrivateKey:
    """Return the private key that belongs to a public one.

    Raises
    ------
    RequestError, DamagedFileError
        As `read_secret` does, and where the private key belongs to another public one.
    """
    key = Ed25519PrivateKey.from_private_bytes(read_secret(public_key, "key"))
    if public_of(key) != public_key:
        path = private_folder(public_key) / "key"
        raise DamagedFileError(f"{path} is damaged: expected the private part of {public_key}")
    return key


def sign(document: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return the document with its signature.

    Examples
    --------
    >>> key = new_key()
    >>> signed = sign({"a": 1}, key)
    >>> is_signed(signed, public_of(key)), is_signed({**signed, "a": 2}, public_of(key))
    (True, False)
    """
    rest = {name: value for name, value in document.items() if name != SIGNATURE}
    return {**rest, SIGNATURE: key.sign(canonical(rest)).hex()}


def is_signed(document: dict[str, Any], public_key: str) -> bool:
    """Say whether a document's signature is that of the key's owner."""
    rest = {name: value for name, value in document.items() if name != SIGNATURE}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(document[SIGNATURE]), canonical(rest))
    except (InvalidSignature, ValueError):
        return False
    return True

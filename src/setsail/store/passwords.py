"""Hashes of passwords by Argon2id, with the parameters that the library recommends; few at once: each takes 64 MiB."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from setsail.base.extras import require
from setsail.base.limits import Limit

if TYPE_CHECKING:
    from argon2 import PasswordHasher

AT_ONCE = threading.BoundedSemaphore(4)
LENGTH = Limit("characters of a password", 10, 1024, "assumption")


def hashed(password: str) -> str:
    """The hash to keep. Raises OutOfRange for a password that is too short, MissingExtra."""
    LENGTH.require(len(password), "password")
    with AT_ONCE:
        return _hasher().hash(_bytes(password))


def holds(kept: str, password: str) -> bool:
    """Whether the password is the one of the hash."""
    errors = require("argon2.exceptions", "web")
    try:
        with AT_ONCE:
            return bool(_hasher().verify(kept, _bytes(password)))
    except (errors.Argon2Error, errors.InvalidHashError):
        return False


def no_one(password: str) -> bool:
    """False, after as much work as for a name that exists: the time tells nothing."""
    return holds(_nobody(), password) and False


def _bytes(password: str) -> bytes:
    """The same bytes for the same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobody() -> str:
    return _hasher().hash("a password of nobody")


@cache
def _hasher() -> PasswordHasher:
    hasher: PasswordHasher = require("argon2", "web").PasswordHasher()
    return hasher

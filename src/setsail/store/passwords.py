"""Hashes of passwords by Argon2id, with the parameters that the library recommends."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from setsail.base.extras import require
from setsail.base.limits import Limit

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LENGTH = Limit("characters of a password", 10, 1024, "assumption")


def hashed(password: str) -> str:
    """The hash to keep. Raises OutOfRange for a password that is too short, MissingExtra."""
    LENGTH.require(len(password), "password")
    return _hasher().hash(password)


def holds(kept: str, password: str) -> bool:
    """Whether the password is the one of the hash."""
    errors = require("argon2.exceptions", "web")
    try:
        return bool(_hasher().verify(kept, password))
    except (errors.Argon2Error, errors.InvalidHashError):
        return False


def no_one(password: str) -> bool:
    """False, after as much work as for a name that exists: the time tells nothing."""
    return holds(_nobody(), password) and False


@cache
def _nobody() -> str:
    return _hasher().hash("a password of nobody")


@cache
def _hasher() -> PasswordHasher:
    hasher: PasswordHasher = require("argon2", "web").PasswordHasher()
    return hasher

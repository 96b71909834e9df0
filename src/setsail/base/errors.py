"""The errors of the product: where, what was met, what is allowed, what to try."""

from __future__ import annotations


class SetSailError(Exception):
    """Root of every error that a caller may catch; `code` never changes once released."""

    code = "set-sail-error"

    def __init__(self, what: str, *, where: str, allowed: str = "", hint: str = "") -> None:
        self.what, self.where, self.allowed, self.hint = what, where, allowed, hint
        parts = [f"{where}: {what}", allowed and f"allowed: {allowed}", hint and f"try: {hint}"]
        super().__init__("; ".join(part for part in parts if part))

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the four parts when the error crosses a process border."""
        return (_rebuild, (type(self), self.what, self.where, self.allowed, self.hint))


def _rebuild(cls: type[SetSailError], what: str, where: str, allowed: str, hint: str) -> SetSailError:
    return cls(what, where=where, allowed=allowed, hint=hint)


class BadInput(SetSailError):
    """A file, a column or a value that cannot be read as what it is said to be."""

    code = "bad-input"


class OutOfRange(BadInput):
    """A value outside the limit written for it."""

    code = "out-of-range"


class UnknownName(BadInput):
    """A name (plan, region, indicator, unit, data set ...) that nothing here carries."""

    code = "unknown-name"


class DuplicateKey(BadInput):
    """Two rows claim the same key."""

    code = "duplicate-key"


class NotComputable(SetSailError):
    """A method that the data given do not allow, such as a geometric mean over zero."""

    code = "not-computable"


class MissingExtra(SetSailError):
    """A part of the product that this installation does not hold."""

    code = "missing-extra"


class StoreConflict(SetSailError):
    """Somebody else changed the same thing, or it exists already."""

    code = "store-conflict"


class StoreCorrupt(SetSailError):
    """Stored bytes do not match their manifest, or an audit chain is broken."""

    code = "store-corrupt"

"""One spelling of times, names and JSON, so that hashes agree on every engine and machine."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from setsail.base.errors import BadInput

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def canonical(value: object, where: str = "value") -> str:
    """JSON text with sorted keys, no blanks, UTF-8 letters as they are. Raises BadInput for NaN and foreign types."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as err:
        raise BadInput(str(err), where=where, allowed="text, finite numbers, true, false, null, lists, maps") from err


def plain(value: Mapping[str, object], where: str) -> dict[str, object]:
    """The mapping as JSON gives it back: tuples become lists, so equality survives storage. Raises BadInput."""
    result = json.loads(canonical(dict(value), where))
    return dict(result)


def sha256_text(text: str) -> str:
    """SHA-256 of the UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of the bytes of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def utc_text(at: datetime, where: str = "time") -> str:
    """ISO 8601 in UTC with microseconds: one width, so that text sorts as time does. Raises BadInput if naive."""
    if at.tzinfo is None:
        raise BadInput(f"is {at.isoformat()} without a zone", where=where, allowed="an aware time")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def utc_time(text: str) -> datetime:
    """The time that `utc_text` wrote."""
    return datetime.fromisoformat(text)


def checked_name(text: str, where: str) -> str:
    """The name itself. Raises BadInput where it could not be a folder on every system."""
    if not _NAME.fullmatch(text):
        raise BadInput(
            f"is {text!r}", where=where, allowed="a-z, 0-9, '.', '_', '-', at most 63, beginning with a letter or digit"
        )
    return text

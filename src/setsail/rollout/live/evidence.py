"""What the acceptance calls proved, held against the signed records and against the log: what was edited since shows.

Here bytes are compared, no signature is checked: that is `setsail conference verify-record`, with the keys it is given.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from setsail.base.record import Record
from setsail.rollout.live.course import Course

RECORDS = "accept"
RECORD = "record.json"
LINKS = ("record", "sha256")
"""Of a summary: the file of the signed record beside it, and the SHA-256 of that file's bytes."""


def evidence(course: Course, folder: Path | None) -> Record:
    """Who was seen and heard by whom in the acceptance calls, and each site's result, as far as there are records.

    `doubt` : why a record is not to be believed, "" where nothing speaks against it;  such a record proves no pair, and
    whether the site passed is not told.  `synthetic` : its terminal was simulated, so that nothing is said of the site.
    """
    here = folder if folder is not None and (folder / RECORDS).is_dir() else None
    rows = {s.site: found for s in course.rollout.sites if here and (found := _summary(here, s.site)) is not None}
    told = _told(course)
    doubts = {site: _doubt(here / RECORDS / site, row, told.get(site, "")) for site, row in rows.items() if here}
    return {
        "sites": {
            site: {
                "at": r.get("at"), "passed": None if doubts[site] else r.get("passed"),
                "failing_step": r.get("failing_step", ""), "doubt": doubts[site], "synthetic": bool(r.get("synthetic")),
            }
            for site, r in rows.items()
        },
        "pairs": {s: r["pairs"] for s, r in rows.items() if isinstance(r.get("pairs"), dict) and not doubts[s]},
    }  # fmt: skip


def _summary(folder: Path, site: str) -> dict[str, Any] | None:
    """The summary of a site's newest record, None where there is none that can be read."""
    found = _read(folder / RECORDS / site / RECORD)
    return None if found is None else found[1]


def _read(path: Path) -> tuple[bytes, dict[str, Any]] | None:
    """The bytes of a JSON object and what they say."""
    try:
        data = path.read_bytes()
        found = json.loads(data)
    except (OSError, ValueError, RecursionError):
        return None
    return (data, found) if isinstance(found, dict) else None


def _told(course: Course) -> dict[str, str]:
    """Site -> the record by which it was accepted, as the log has it."""
    told = ((e.fields["site"], e.fields.get("record", "")) for e in course.events if e.kind == "accepted")
    return {site: digest for site, digest in told if digest}


def _doubt(folder: Path, summary: dict[str, Any], told: str) -> str:
    name, digest = (summary.get(key) for key in LINKS)
    if not isinstance(name, str) or not name or Path(name).name != name or not isinstance(digest, str):
        return "names no signed record"
    found = _read(folder / name)
    if found is None:
        return f"its signed record {name} is gone or cannot be read"
    data, sealed = found
    if hashlib.sha256(data).hexdigest() != digest:
        return f"{name} is not the record that was signed"
    content = next((value for key, value in sealed.items() if key != "jws" and isinstance(value, dict)), {})
    if any(content.get(key) != value for key, value in summary.items() if key not in LINKS):
        return f"says something else than the signed record {name}"
    if told and told != digest:
        return f"{name} is not the record by which the log has the site accepted"
    return ""

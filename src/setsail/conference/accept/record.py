"""The signed record of an acceptance: made, stored whole, read back and verified by anybody who has the public key."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput
from setsail.base.writing import whole_file, write_whole
from setsail.conference.accept.checks import Check, Step, StepResult, hindrance
from setsail.conformance import keys, signed
from setsail.rollout.folder.rules import ID, ID_TOLD
from setsail.rollout.live.board import RECORD, RECORDS
from setsail.store.leases import locked, sync_folder

NAME = "acceptance"
FORMAT = 1
FOLDER, CURRENT, KEY, LOCK = RECORDS, RECORD, "key.json", ".lock"
DIGITS = 6
LONGEST_NAME = 200
"""Octets of a site's id as the name of a folder, with room for what goes before and behind it."""
_BRIEF = (
    "site", "at", "measured_at", "passed", "verdict", "failing_step", "reason", "synthetic", "by", "pairs",
)  # fmt: skip
_VERDICTS = ("pass", "fail", "inconclusive", "not run")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Of an acceptance. at : in the rollout's time;  measured_at : by the clock of the machine that measured;
    synthetic : the terminals were simulated, so that nothing is said of real ones;  by : who had it made;  terminal :
    kind of what was judged (simulated, participant, sip, page), where it stood, and what is known of it.
    """

    rollout: str
    at: datetime
    measured_at: datetime
    by: str
    synthetic: bool
    software: str
    load: float
    terminal: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """A record in its folder. digest : SHA-256 of its bytes, which the rollout's log names."""

    path: Path
    digest: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verified:
    """What can be said of a record offline. intact : a trusted key signed exactly these bytes;  reason : why not;
    path : of the signed file.
    """

    path: Path
    intact: bool
    reason: str
    digest: str
    signer: str
    kid: str
    content: Mapping[str, Any]

    @property
    def good(self) -> bool:
        """True where it is intact and its site passed."""
        return self.intact and bool(self.content.get("passed"))


def content(
    site: str,
    steps: Sequence[StepResult],
    pairs: Mapping[str, Any],
    about: Circumstances,
    waived: Collection[Step] = (),
) -> dict[str, Any]:
    """The record of one site, as plain values: verdict, failing step, every check with value, limit and source.

    waived : steps that need not be made for the kind of terminal that was judged.
    """
    against = hindrance(steps, waived)
    made: dict[str, Any] = _plain(
        {
            "format": FORMAT, "rollout": about.rollout, "site": site, "at": about.at.isoformat(),
            "measured_at": about.measured_at.astimezone(UTC).isoformat(), "by": about.by,
            "synthetic": about.synthetic, "passed": against is None,
            "verdict": "pass" if against is None else "fail" if against.verdict == "fail" else "inconclusive",
            "failing_step": "" if against is None else against.step,
            "reason": "" if against is None else against.reason,
            "steps": [_step(s) for s in steps], "pairs": pairs, "software": about.software, "load": about.load,
            "terminal": about.terminal,
        }
    )  # fmt: skip
    return made


def key_of(rollout_dir: Path, path: Path | None, party: str) -> keys.PartyKey:
    """The key that signs: that of `path`, or the rollout's own, made at its first use. Raises BadInput.

    The rollout's own key proves that records belong to this rollout and were not changed since, not who measured.
    """
    if path is not None:
        return keys.read_private(path)
    own = home(rollout_dir) / KEY
    try:
        with locked(own.parent / LOCK):
            if not own.exists():
                keys.create(own, party[: keys.PARTY_LENGTH].strip() or "rollout", ("first",))
            return keys.read_private(own)
    except OSError as err:
        raise BadInput(f"cannot be made: {err.strerror or err}", where=str(own), hint="free some room") from err


def home(rollout_dir: Path) -> Path:
    """The folder of a rollout's records, made where it is not there. Raises BadInput."""
    folder = rollout_dir / FOLDER
    try:
        folder.mkdir(exist_ok=True)
    except OSError as err:
        raise BadInput(f"cannot be made: {err.strerror or err}", where=str(folder), hint="free some room") from err
    return folder


def store(rollout_dir: Path, made: Mapping[str, Any], key: keys.PartyKey) -> Stored:
    """Signs a record and keeps it as `accept/<site>/<time>.json`; `record.json` then says what the newest one found.

    A signed record is never overwritten; two of one second get different names. Raises BadInput where the disk is
    full; then `record.json` still speaks of the one before.
    """
    data = signed.seal(NAME, made, key)
    digest = hashlib.sha256(data).hexdigest()
    folder = rollout_dir / FOLDER / safe(str(made["site"]))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(rollout_dir / FOLDER / LOCK):
            path = _free(folder, datetime.fromisoformat(str(made["measured_at"])))
            with whole_file(path) as temporary:
                temporary.write_bytes(data)
            brief = {name: made[name] for name in (*_BRIEF, "terminal")} | {"record": path.name, "sha256": digest}
            write_whole(folder / CURRENT, json.dumps(brief, ensure_ascii=False, indent=1) + "\n")
            sync_folder(folder)
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(folder), hint="free some room") from err
    return Stored(path, digest, made)


def verify(path: Path, trust: Sequence[keys.PartyKey]) -> Verified:
    """What can be said of a record with these public keys alone. Raises BadInput where there is no such file.

    path : of the signed file, or of the `record.json` that names it: then the file beside it is read, and must be that
    of which `record.json` speaks.
    """
    data = signed.read_bytes(path)
    told = _summary(data)
    if told is not None:
        path = path.with_name(told["record"])
        data = signed.read_bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    if told is not None and told["sha256"] != digest:
        return Verified(path, False, f"is not the file of which {CURRENT} speaks (SHA-256)", digest, "", "", {})
    try:
        opened = signed.unseal(NAME, data, trust)
    except signed.NotIntact as err:
        return Verified(path, False, str(err), digest, "", "", {})
    content, kid = opened.content, opened.kid
    if opened.key is None:
        return Verified(path, False, "is signed by a key that is not trusted here", digest, "", kid, content)
    wrong = _contradiction(content)
    return Verified(path, not wrong, wrong, digest, opened.key.party, kid, content)


def _summary(data: bytes) -> dict[str, str] | None:
    """`record` and `sha256` of a `record.json`, None where the bytes are none. Only a file beside it can be named."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not set(_BRIEF) <= set(found):
        return None
    name, digest = found.get("record"), found.get("sha256")
    if not isinstance(name, str) or not isinstance(digest, str):
        return None
    beside = name not in ("", "..") and Path(name).name == name and "\0" not in name
    return {"record": name, "sha256": digest} if beside else None


def current(rollout_dir: Path, site: str) -> dict[str, Any] | None:
    """What the newest record of a site found, unverified; None where there is none. Raises BadInput."""
    path = rollout_dir / FOLDER / safe(site) / CURRENT
    if not path.exists():
        return None
    try:
        found = json.loads(signed.read_bytes(path))
    except ValueError as err:
        raise BadInput(f"is not JSON: {err}", where=str(path), hint="accept the site again") from err
    if not isinstance(found, dict) or set(_BRIEF) - set(found):
        raise BadInput("is no summary of a record", where=str(path), hint="accept the site again")
    return found


def safe(site: str) -> str:
    """A site's id as the name of its folder. Raises BadInput for one that is none."""
    if (
        not ID.fullmatch(site)
        or len(site.encode()) > LONGEST_NAME
        or site in {CURRENT, KEY, keys.public_path(Path(KEY)).name}
    ):
        raise BadInput(f"is {site[:80]!r}", where="site", allowed=ID_TOLD)
    return site


def _contradiction(found: Mapping[str, Any]) -> str:
    """Why signed content is no record of ours, "" where it is one: its verdict must follow from its steps."""
    if found.get("format") != FORMAT:
        return f"is of format {found.get('format')!r}, this program reads {FORMAT}"
    steps = found.get("steps")
    if not isinstance(steps, list) or not all(isinstance(s, dict) and s.get("verdict") in _VERDICTS for s in steps):
        return "has no steps that can be read"
    failed = any(s["verdict"] == "fail" for s in steps)
    if not isinstance(found.get("passed"), bool) or (found["passed"] and (failed or not steps)):
        return "says that it passed, its steps say otherwise"
    return ""


def _free(folder: Path, at: datetime) -> Path:
    stem = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (f"{stem}{'' if n == 1 else f'-{n}'}.json" for n in range(1, 10_000))
    return next(folder / name for name in names if not (folder / name).exists())


def _step(one: StepResult) -> dict[str, Any]:
    return {
        "step": one.step, "verdict": one.verdict, "reason": one.reason, "checks": [_check(c) for c in one.checks],
        "facts": one.facts,
    }  # fmt: skip


def _check(one: Check) -> dict[str, Any]:
    return {
        "check": one.bound.check, "met": one.met, "limit": one.bound.text(), "verdict": one.verdict,
        "reason": one.reason, "meaning": one.bound.meaning, "source": one.bound.source,
        "evidence": one.bound.evidence,
    }  # fmt: skip


def _plain(value: Any) -> Any:  # noqa: ANN401 - any tree of plain values
    """A tree of values as JSON holds it: finite numbers of 6 digits after the point, None for what is not finite."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    return value


def machine_load() -> float:
    """Mean number of running programs in the last minute on this machine."""
    return os.getloadavg()[0]

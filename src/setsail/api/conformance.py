"""Profiles, reports and certificates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from setsail.base.record import Record


# ---- profiles ----


def conformance_profiles() -> list[Record]:
    """The shipped profiles: version, number of checks, and how many are computed, measured, declared and open."""
    from setsail.conformance.profile_reader import read_profile, shipped

    found = []
    for listed in shipped():
        one = read_profile(listed.path)
        shares = one.shares()
        found.append(
            {"profile": one.profile, "version": one.version, "name_en": one.name_en, "name_zh": one.name_zh}
            | {"checks": len(one.checks) - shares["open"], **shares}
        )
    return found


def conformance_profile_show(name: str, *, slots: Path | None = None, lang: str = "en") -> dict[str, Any]:
    """One profile: its note, counts by dimension, shares of methods, and every check with its source.

    name : a shipped profile, or a folder;  slots : a file that fills clauses and thresholds. Raises UnknownName,
    BadInput.
    """
    from setsail.conformance.accept_facts import MEASURED
    from setsail.conformance.profile_reader import profile

    one = profile(name, slots)
    shares = one.shares()
    return {
        "profile": one.profile, "version": one.version, "name": one.name_zh if lang == "zh" else one.name_en,
        "note": (one.note_zh if lang == "zh" else one.note_en).strip(), "slots": one.slots,
        "checks": len(one.checks) - shares["open"], "shares": shares,
        "measured_at_accept": sum(c.fact in MEASURED and "accept" in c.stages for c in one.checks if not c.open_slot),
        "dimensions": one.dimension_shares(lang),
        "rows": [c.record(lang) for c in one.checks],
    }  # fmt: skip


def conformance_profile_diff(before: str, after: str, *, slots: Sequence[Path | None] = (None, None)) -> dict[str, Any]:
    """The checks that two profiles or two versions of one do not share as they are. Raises UnknownName, BadInput."""
    from setsail.conformance.diff import profile_changes
    from setsail.conformance.profile_reader import profile

    old, new = (profile(name, overlay) for name, overlay in zip((before, after), slots, strict=True))
    found = profile_changes(old, new)
    return {
        "before": f"{old.profile} {old.version}", "after": f"{new.profile} {new.version}",
        "unchanged": len(new.checks) - sum(c.kind != "removed" for c in found),
        "changes": [c.record() for c in found],
    }  # fmt: skip


# ---- acceptance ----


def conformance_accept(
    folder: Path,
    walk: Path,
    *,
    probe: Path | None = None,
    profile: str = "hospital",
    slots: Path | None = None,
    clock: str = "round-trip",
    confidence: float = 0.95,
    mean_burst: float = 5.0,
    place_m: float = 0.5,
    lang: str = "en",
) -> dict[str, Any]:
    """The checks of a profile judged on logs of the built network, beside what the design promised.

    walk : time_s, floor, x_m, y_m and levels or rates;  probe : flow, time_s, delay;  clock : of delays that say none;
    mean_burst : least mean run of losses reckoned with;  place_m : side of a place within a room, in which the median
    counts. Raises BadInput, UnknownName, OutOfRange.
    """
    from setsail.conformance.accept import Logs, accept
    from setsail.conformance.accept_facts import Options
    from setsail.conformance.accept_log import clock_of
    from setsail.conformance.findings_summary import dimension_table, summary_records
    from setsail.conformance.profile_reader import profile as read
    from setsail.conformance.verify_facts import assess

    chosen, logs = read(profile, slots), Logs(walk, probe, clock_of(clock))
    options = Options(confidence=confidence, mean_burst=mean_burst, place_m=place_m)
    design = assess(folder, chosen)
    found = accept(design.site, design.network, chosen, design.facts, logs, options=options)
    return found.judged.record(lang) | {
        "lines": found.lines, "rejects": [r.record() for r in found.rejects],
        "beside": [b.record(lang) for b in found.beside], "dimensions": dimension_table(found.judged, lang),
        "worst": summary_records(found.judged, lang), "failed": found.judged.failed,
        "confidence": confidence, "mean_burst": mean_burst,
    }  # fmt: skip


def conformance_walk(
    folder: Path, *, seed: int = 0, visited: float = 0.8, spread_db: float = 2.0, bias_db: float = 0.0
) -> str:
    """A synthetic walk log made from the maps of a design, which says so in its first line. Raises BadInput."""
    import numpy as np

    from setsail.conformance.accept_synthetic import walk
    from setsail.design.indoor.maps import maps
    from setsail.design.network.folder import read as read_network
    from setsail.site.folder import read as read_site

    made = maps(read_site(folder), read_network(folder))
    return walk(made, np.random.default_rng(seed), visited=visited, spread_db=spread_db, bias_db=bias_db)


def conformance_probe(
    folder: Path, *, seed: int = 0, messages: int = 2000, delay_s: float = 6e-3, loss_ratio: float = 1e-3,
    mean_burst: float = 1.0,
) -> str:  # fmt: skip
    """A synthetic probe log of every flow of a design, which says so in its first line. Raises BadInput."""
    import numpy as np

    from setsail.conformance.accept_synthetic import probe
    from setsail.design.network.folder import read as read_network

    return probe(
        read_network(folder), np.random.default_rng(seed), messages=messages, delay_ms=1e3 * delay_s,
        loss_ratio=loss_ratio, mean_burst=mean_burst,
    )  # fmt: skip

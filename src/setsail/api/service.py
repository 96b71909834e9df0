"""Services: feasibility by clause, latency, queueing, availability."""

from __future__ import annotations

from pathlib import Path

from setsail.base.record import Record

# The network as one document.


def service_export(path: Path) -> Record:
    """The network of a site's folder as one JSON document. Raises BadInput."""
    from setsail.design.network import folder, json_file

    return json_file.document(folder.read(path))


def service_import(path: Path, out: Path) -> Record:
    """What was written: the network of a JSON document as `network.toml`, `heads.csv` and `flows.csv` in a folder.

    Where the folder holds a site, the network's floors, rooms and bands are held against it. Raises BadInput,
    UnknownName, DuplicateKey, OutOfRange, StoreConflict.
    """
    from setsail.base.tables import read_text
    from setsail.design.network import fits, folder, json_file

    network = json_file.network_of(read_text(path), str(path))
    if (out / "site.toml").exists():
        from setsail.site.folder import read

        fits.require_fits(network, read(out), str(path))
    folder.write(network, out)
    counts = {name: len(getattr(network, name)) for name in ("carriers", "cells", "heads", "slices", "flows")}
    return {"site": network.site, "folder": str(out), "files": list(folder.FILES)} | counts


def service_schema() -> Record:
    """The JSON Schema (draft 2020-12) of the document of `service_export`."""
    from setsail.design.network import json_file

    return json_file.schema()


# Feasibility of a 5QI by clause.


def service_feasibility(
    application: str,
    fiveqi: int | None = None,
    *,
    legs: int | None = None,
    mdbv_bytes: int | None = None,
    upf_distance_m: float | None = None,
    hops: int = 0,
    core_pdb_s: float | None = None,
    satellite: str | None = None,
    requested_by: str | None = None,
    pdb_s: float | None = None,
    per: float | None = None,
) -> Record:
    """Verdict of a 5QI for an application, one finding per clause, and what to use or to signal instead.

    fiveqi : a standard value, None for the one that fits best;  pdb_s, per : of an operator's own 5QI, instead of it.
    Raises UnknownName, OutOfRange, BadInput.
    """
    from setsail.service.feasibility import Conditions, check
    from setsail.service.feasibility.study import feasibility_record, own_fiveqi

    conditions = Conditions(
        legs=legs, mdbv_bytes=mdbv_bytes, upf_distance_m=upf_distance_m, hops=hops, core_pdb_s=core_pdb_s,
        satellite=satellite, requested_by=requested_by,  # type: ignore[arg-type]
    )  # fmt: skip
    own = own_fiveqi(fiveqi, pdb_s, per, mdbv_bytes=mdbv_bytes) if pdb_s is not None or per is not None else None
    return feasibility_record(check(application, own or fiveqi, conditions))


def service_feasibility_all() -> Record:
    """All applications: how many fit no standard 5QI, how many need a larger MDBV, and what changed since."""
    from setsail.service.feasibility import survey

    return survey().record()


# Availability, and what a test could prove.


def service_availability_losses(
    loss_ratio: float,
    *,
    interval_s: float,
    survival_s: float = 0.0,
    mean_burst: float | None = None,
    target: float | None = None,
) -> Record:
    """Availability and time between failures of a periodic service from a model of its losses. Raises OutOfRange.

    target : availability asked; then the verdict and the loss ratio that it allows.
    """
    from setsail.service.availability import LossModel, from_losses, loss_ratio_allowed

    found = from_losses(LossModel(loss_ratio, mean_burst), interval_s=interval_s, survival_s=survival_s)
    told = found.record()
    if target is not None:
        allowed = loss_ratio_allowed(target, interval_s=interval_s, survival_s=survival_s, mean_burst=mean_burst)
        verdict = "pass" if found.unavailability <= 1.0 - target else "fail"
        told |= {"required": target, "verdict": verdict, "loss_ratio_allowed": allowed}
    return told


def service_availability_log(
    path: Path,
    *,
    deadline_s: float,
    survival_s: float = 0.0,
    interval_s: float | None = None,
    target: float | None = None,
    confidence: float = 0.95,
    clock: str = "one-way",
) -> Record:
    """Availability of a periodic service from a log with the columns `sent_s` and `delay_ms` (empty where lost).

    target : share of messages wanted in time; then the verdict that the sample carries. Raises BadInput, OutOfRange.
    """
    from setsail.service.availability import from_log
    from setsail.service.availability.files import read_log
    from setsail.service.proof import judge_delays

    sent, delay = read_log(path)
    told = from_log(sent, delay, deadline_s=deadline_s, survival_s=survival_s, interval_s=interval_s).record()
    if target is not None:
        tested = judge_delays(delay, deadline_s, target, confidence=confidence, clock=clock)  # type: ignore[arg-type]
        told |= {"verdict": tested.verdict, "test": tested.record()}
    return told


def service_availability_parts(path: Path, *, target: float | None = None) -> Record:
    """Availability of a system from a TOML file with its structure and its parts. Raises BadInput, UnknownName."""
    from setsail.base.tables import read_text
    from setsail.service.availability.redundancy import read_parts, system

    structure, parts = read_parts(read_text(path), str(path))
    found = system(structure, parts)
    told: Record = {"structure": structure} | found.record()
    if target is not None:
        told |= {"required": target, "verdict": "pass" if found.unavailability <= 1.0 - target else "fail"}
    return told


def service_proof(target: float, *, interval_s: float, confidence: float = 0.95, mean_burst: float = 1.0) -> Record:
    """How many messages, and how long a test, prove a share of arrivals. Raises OutOfRange."""
    from setsail.service.proof import plan

    return plan(target, interval_s=interval_s, confidence=confidence, mean_burst=mean_burst).record()


def service_proof_mtbf(mtbf_s: float, *, confidence: float = 0.95) -> Record:
    """How long an operation proves a mean time between failures [s], with 0 to 3 failures. Raises OutOfRange."""
    from setsail.service.proof import mtbf_test_s
    from setsail.service.proof.sizes import MOST_FAILURES, spoken

    times = [(f, mtbf_test_s(mtbf_s, confidence, failures=f)) for f in range(MOST_FAILURES + 1)]
    return {
        "mtbf_s": mtbf_s, "confidence": confidence, "duration_s": times[0][1], "duration": spoken(times[0][1]),
        "with_failures": [{"failures": f, "duration_s": t, "duration": spoken(t)} for f, t in times],
    }  # fmt: skip

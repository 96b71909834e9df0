"""The design of a site, of a group of sites, and of many sites one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.conformance.profile import Profile
    from setsail.design.choices import Choices
    from setsail.design.dimension.needs import Peer
    from setsail.design.network.folder import Claim
    from setsail.design.progress import Told
    from setsail.design.run import Designed, RunOptions
    from setsail.site.model import Site

Clock = Callable[[], float]


def design_run(path: Path, *, clock: Clock | None = None, progress: Told | None = None, **choices: object) -> Record:
    """What was designed and written: heads, cells, slices, flows, cost, gap; of a group, of each site and its links.

    path : folder of a site, or of a group with its `group.toml`;  clock : seconds, for the time of each step;
    progress : is called with the stage and the share that is done, from any thread;  choices : of
    `design.choices.Choices`. Nothing is written before the end.
    Raises BadInput, UnknownName, OutOfRange, StoreConflict (another design is under way there), MissingExtra.
    """
    from setsail.design import group
    from setsail.design.choices import Choices

    chosen = Choices(**choices)  # type: ignore[arg-type]
    if group.is_group(path):
        return _run_group(path, chosen, clock, progress)
    from setsail.design.network import folder
    from setsail.design.run import record

    with folder.claim(_site_folder(path)) as claim:
        made = _designed(path, claim, chosen, clock=clock, progress=progress)
        claim.write(made.network)
    return record(made)


def _site_folder(path: Path) -> Path:
    """The folder, if it holds a site: nothing is made where there is none. Raises BadInput."""
    from setsail.base.errors import BadInput

    if not (path / "site.toml").is_file():
        raise BadInput("holds no site.toml", where=str(path), allowed="the folder of a site or of a group",
                       hint=f"setsail site new {path}")  # fmt: skip
    return path


def _designed(
    path: Path, claim: Claim, choices: Choices, *, clock: Clock | None, progress: Told | None,
    added: Callable[[Site], tuple[Site, dict[str, Peer]]] | None = None,
) -> Designed:  # fmt: skip
    from setsail.design.network import fits, folder
    from setsail.design.run import run
    from setsail.site.folder import read

    site = read(path)
    there = folder.read(claim.path, flows=False) if folder.exists(claim.path) else None
    if there is not None and choices.only_placed:
        fits.require_fits(there, site, str(path))
    site, peers = added(site) if added else (site, {})
    return run(site, _run_options(site, choices), network=there, peers=peers, clock=clock, told=progress)


def _run_options(site: Site, choices: Choices) -> RunOptions:
    """The options of a design, its targets the limits of a profile. Raises BadInput, UnknownName, OutOfRange."""
    from setsail.conformance.profile_reader import profile as read_profile
    from setsail.design.indoor.options import PlaceOptions
    from setsail.design.run import RunOptions, map_options, options_for_band
    from setsail.service.latency.presets import preset as named_preset

    named_preset(choices.preset)
    limits = _limits(read_profile(choices.profile)) if choices.profile else {}
    place = PlaceOptions(
        maps=map_options(choices.resolution_m, limits), only_placed=choices.only_placed,
        carriers=options_for_band(choices.band, site) if choices.band else (), time_limit_s=choices.time_limit_s,
    )  # fmt: skip
    return RunOptions(place, preset=choices.preset, profile=choices.profile, seed=choices.seed)


def _limits(profile: Profile) -> dict[str, float]:
    """The limits that a profile sets on a fact of every room or of the site at the stage of design."""
    found: dict[str, float] = {}
    for check in profile.checks:
        everywhere = all(c.attribute == "indoor" for c in check.where)
        number = _number(check.limit)
        if everywhere and "design" in check.stages and number is not None:
            found.setdefault(check.fact, number)
    return found


def _number(limit: str) -> float | None:
    try:
        return float(limit)
    except ValueError:
        return None


def _run_group(path: Path, choices: Choices, clock: Clock | None, progress: Told | None) -> Record:
    from setsail.design import group
    from setsail.design.dimension.options import DimensionOptions
    from setsail.design.network import folder
    from setsail.design.run import record, with_network

    found = group.read(path)
    with ExitStack() as held:
        claims = {name: held.enter_context(folder.claim(place)) for name, place in found.sites.items()}
        made = {
            name: _designed(
                place,
                claims[name],
                choices,
                clock=clock,
                progress=_part(progress, name, k, len(found.sites)),
                added=lambda site, name=name: group.needs_of(found, name, site),  # type: ignore[misc]
            )
            for k, (name, place) in enumerate(found.sites.items())
        }
        joined = group.joined(found, {name: one.network for name, one in made.items()}, DimensionOptions())
        for name, claim in claims.items():
            claim.write(joined.networks[name])
    return {
        "group": found.name,
        "sites": [record(with_network(one, joined.networks[name])) for name, one in made.items()],
    } | joined.record()


def _part(progress: Told | None, name: str, k: int, of: int) -> Told | None:
    """The progress of one of the sites of a group."""
    return (lambda stage, share: progress(f"{name}: {stage}", (k + share) / of)) if progress else None


def design_batch(
    path: Path, *, engine: str | None = None, clock: Clock | None = None, told: Callable[[Record], None] | None = None,
    **choices: object,
) -> Record:  # fmt: skip
    """One row for each site folder below `path`, finished ones as they were: rows, counts and sites per minute.

    engine : `threads`, `threads:N` or `dask://host:port`, whose workers see the same folders;  told : is called with
    each row as soon as it is there;  choices : of `design.choices.Choices`. A site is done again where its files, the
    choices, the product or its network have changed. A broken site is a row with its error; the others go on.
    Raises BadInput (no site, no such engine), UnknownName (profile, band, preset).
    """
    from dataclasses import asdict
    from functools import partial

    from setsail.design import batch
    from setsail.design.choices import Choices
    from setsail.engine.blocks import open_blocks

    begun = clock() if clock else 0.0
    wanted = asdict(Choices(**choices))  # type: ignore[arg-type]
    folders = batch.sites(path)
    rows: dict[Path, Record] = {}
    with open_blocks(engine) as blocks:
        for folder, made in blocks.map(partial(_one_of_batch, choices=wanted, clock=clock), folders):
            rows[folder] = batch.failed(folder.name, str(made)) if isinstance(made, Exception) else made
            if told:
                told(rows[folder])
    took = clock() - begun if clock else 0.0
    states = [rows[f]["state"] for f in folders]
    counts = {state: states.count(state) for state in ("done", "kept", "failed")}
    rate = {"seconds": took, "sites_per_minute": 60 * counts["done"] / took if took else None}
    return {"rows": [rows[f] for f in folders]} | counts | rate


def _one_of_batch(folder: Path, *, choices: Mapping[str, object], clock: Clock | None) -> Record:
    from setsail.base.errors import SetSailError
    from setsail.design import batch

    inputs = batch.digest(folder, choices)
    there = batch.kept(folder, inputs)
    if there is not None:
        return there
    try:
        made = design_run(folder, clock=clock, **choices)  # type: ignore[arg-type]
    except SetSailError as err:
        return batch.failed(folder.name, str(err))
    row = batch.row(folder.name, made, made["cost"]["present_value"])
    batch.keep(folder, inputs, row)
    return row

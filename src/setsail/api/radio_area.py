"""Radio over an area: coverage, pictures, calibration, people and lines served, siting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from setsail.base.record import Record


def radio_coverage(
    cells: Path,
    bbox: tuple[float, float, float, float],
    resolution_m: float,
    out: Path,
    *,
    crs: str | None = None,
    engine: str | None = None,
    update: Path | None = None,
    operator: str | None = None,
    three_sectors: bool = False,
    progress: Callable[[int, int, int], None] | None = None,
    **options: Any,
) -> Record:
    """An outdoor coverage raster written into the folder `out`; the summary, and how its blocks came about.

    bbox : lon0, lat0, lon1, lat1;  crs : else the UTM zone of the middle;  engine : threads, threads:N or
    dask://host:port;  update : an earlier run whose unchanged blocks are taken over;  three_sectors : rows are
    stations;  options : fields of `CoverageOptions`.
    Raises BadInput and its kin, NotComputable where every block failed, MissingExtra.
    """
    from setsail.base.extras import require

    for module in ("numba", "rasterio", "pyproj"):
        require(module, "radio")
    from setsail.engine.blocks import open_blocks
    from setsail.radio.coverage import cells as table
    from setsail.radio.coverage import study
    from setsail.radio.coverage.grid import grid
    from setsail.radio.coverage.options import CoverageOptions
    from setsail.store.canonical import sha256_file

    chosen = CoverageOptions(**options)
    made = grid(bbox, resolution_m, crs)
    study.require_memory(made, 0, chosen, workers=1)
    usable, findings = table.cells(
        table.read(cells), chosen, where=str(cells), operator=operator, three_sectors=three_sectors
    )
    inputs = {one.name: sha256_file(one) for one in table.parts(cells)}
    ready = study.study(usable, made, chosen, findings=findings, inputs=inputs)
    with open_blocks(engine) as blocks:
        ran = study.run(ready, out, blocks, update=update, progress=progress)
    return {**ran.summary, "blocks": {"computed": ran.computed, "reused": ran.reused, "failed": ran.failed}}


def radio_coverage_columns() -> list[Record]:
    """The columns of a table of cells: units, defaults, ranges, sources."""
    from setsail.radio.coverage.cells import columns

    return [dict(row.cells) for row in columns()]


def radio_draw(folder: Path, *, layer: str = "rsrp", title: str = "", width_px: int = 1024) -> str:
    """One layer of a coverage run as a self-contained SVG with its legend. Raises BadInput, UnknownName."""
    import json

    from setsail.radio.coverage.picture import picture
    from setsail.report.figures.raster import draw

    drawn = picture(folder, layer, width_px)
    summary = folder / "summary.json"
    inputs = json.loads(summary.read_text(encoding="utf-8")).get("inputs", {}) if summary.is_file() else {}
    synthetic = "synthetic" in json.dumps(inputs)
    note = f"{drawn.crs}; TR 38.901 expected loss, no terrain" + ("; synthetic cells" if synthetic else "")
    return draw(drawn, title or layer.upper().replace("_", " "), note)


def radio_calibrate(
    cells: Path,
    test: Path,
    *,
    crs: str | None = None,
    seed: int = 1,
    model: Mapping[str, Any] | None = None,
    **options: Any,
) -> Record:
    """Offset, slope and spread of a drive test against the coverage model, with intervals and held-out error.

    model : fields of `CoverageOptions`;  options : fields of `CalibrateOptions`;  crs : of x_m and y_m.
    Raises BadInput and its kin, NotComputable where the data cannot tell, MissingExtra.
    """
    from setsail.base.extras import require

    require("pyproj", "radio")
    import numpy as np

    from setsail.radio.calibrate.options import CalibrateOptions
    from setsail.radio.calibrate.predict import linked
    from setsail.radio.calibrate.records import calibration_record
    from setsail.radio.calibrate.samples import read_samples
    from setsail.radio.calibrate.study import calibrate
    from setsail.radio.coverage import cells as table
    from setsail.radio.coverage.options import CoverageOptions

    chosen, said = CalibrateOptions(**options), CoverageOptions(**dict(model or {}))
    usable, refused = table.cells(table.read(cells), said, where=str(cells))
    samples, left = read_samples(test)
    links, lost = linked(samples, usable, said, crs)
    record = calibration_record(calibrate(links, chosen, np.random.default_rng(seed)), chosen)
    before = [f.record() for f in (*refused, *left, *lost)]
    return record | {"findings": before + record["findings"], "seed": seed, "model": dict(model or {})}


def radio_served(
    coverage: Path | None,
    thresholds_dbm: Sequence[float],
    *,
    layers: Path | None = None,
    population: Path | None = None,
    lines: Sequence[Path] = (),
    kind_column: str = "kind",
    regions: Path | None = None,
    region_key: str = "adcode",
    level: str | None = None,
    workspace: Path | None = None,
    **options: Any,
) -> Record:
    """Shares of people, area and lines covered at thresholds of RSRP, with what is not known told apart.

    coverage : folder of `radio_coverage` or a GeoTIFF;  layers : instead, a CSV of several with operator, band,
    standalone;  regions : a file of areas or a raster of codes;  level : province or prefecture of the outlines in
    use;  options : fields of `ServedOptions`.  Raises BadInput and its kin, MissingExtra.
    """
    from setsail.base.extras import require

    for module in ("rasterio", "pyproj", "pyogrio"):
        require(module, "radio")
    from setsail.base.errors import BadInput
    from setsail.radio.served.layers import layer, read_layers
    from setsail.radio.served.options import ServedOptions
    from setsail.radio.served.regions import outlines, read_regions
    from setsail.radio.served.study import served
    from setsail.store.regions import in_use

    if (coverage is None) == (layers is None):
        raise BadInput("needs one of the two", where="coverage, layers", allowed="--coverage or --layers")
    if regions is not None and level is not None:
        raise BadInput("are both given", where="regions, level", allowed="one of the two")
    chosen = ServedOptions(tuple(thresholds_dbm), **options)
    found = read_layers(layers, chosen) if layers is not None else (layer(Path(coverage or ""), chosen),)
    where = read_regions(regions, region_key) if regions is not None else None
    if level is not None:
        where = outlines(in_use(workspace, level))
    return served(found, chosen, population=population, vectors=lines, kind_column=kind_column, regions=where)


def radio_plan(
    candidates: Path,
    demand: Path,
    *,
    costs: Path | None = None,
    budget: float | None = None,
    share: float | None = None,
    method: str = "milp",
    sharing: str = "none",
    money: str = "present",
    time_limit_s: float = 60.0,
    capacity: Mapping[str, float] | None = None,
    **radio: Any,
) -> Record:
    """Sites, bands and tilts that cover the demand: coverage, cost, bound and gap; `reached` says whether a share was.

    budget or share : exactly one of them;  radio : the fields of `RadioChoice`.
    Raises BadInput and its kin, MissingExtra, NotComputable (too large for HiGHS).
    """
    from setsail.base.extras import require

    for module in ("pyproj", "highspy"):
        require(module, "radio")
    from setsail.design.cost import items
    from setsail.design.siting import inputs, options, results, study

    aim = options.aim(
        budget=budget, share=share, method=method, money=money, time_limit_s=time_limit_s, capacity=capacity or {}
    )
    strategy = items.sharing(sharing)
    done = study.study(
        inputs.candidates(candidates), inputs.demand(demand), costs=items.read(costs) if costs else items.shipped(),
        sharing=strategy, aim=aim, radio=options.RadioChoice(**radio),
    )  # fmt: skip
    return results.record(done)


def radio_plan_columns() -> list[Record]:
    """The columns of the tables of candidates and demand."""
    from setsail.design.siting.inputs import columns

    return [dict(row) for row in columns()]


def radio_plan_costs(costs: Path | None = None) -> Record:
    """Every cost input with its source, in which strategies it is shared, and the cost of one new site in each."""
    from setsail.design.cost import items, records

    return records.costs_record(items.read(costs) if costs else items.shipped())

"""A map of the regions of a nation beside its table, from the shipped sample outlines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from setsail.report.blocks import Block, Cell, Table, columns
from setsail.report.figures import choropleth
from setsail.report.figures.choropleth import Area, Choropleth, Legend
from setsail.report.words import Words
from setsail.standards import boundaries

Record = Mapping[str, Any]
STEP = 0.1
FEWEST = 3
"""Below so many values classes say nothing, and no map is drawn."""


def block(rows: Sequence[Record], name: str, words: Words) -> Block | None:
    """The map of one indicator by province; none where too few provinces have a value."""
    known = {int(r["region"]): r for r in rows if r["value"] is not None and r["region"].isdigit()}
    if len(known) < FEWEST:
        return None
    outlines = boundaries.shipped("province")
    unit = next(iter(known.values()))["unit"]
    borders = choropleth.breaks([r["value"] for r in known.values()])
    labels = _labels(borders, words)

    def label_of(value: float) -> str:
        return labels[choropleth.class_of(value, borders)]

    names = _names(outlines, words)
    areas = {code: Area(*_area(known.get(code), names[code], words)) for code in names}
    low, high = (min(known.values(), key=_value), max(known.values(), key=_value))
    parts = {"name": name, "top": names[int(high["region"])], "bottom": names[int(low["region"])]}
    parts |= {"most": _told(high, words), "least": _told(low, words)}
    unknown = [names[c] for c in names if c not in known]
    desc = words("figure.map_desc", n=len(known), **parts)
    title = words("figure.map", name=name)
    legend = Legend(words.unit(unit) or name, labels, words("legend.unknown"))
    figure = choropleth.draw(Choropleth("map-figure", title, desc, outlines, areas, borders, legend))
    small = [words("small.map")]
    if unknown:
        small.append(words("small.map_unknown", names=words("list.comma").join(unknown)))
    return Block(
        "map",
        words("says.map", **parts),
        figure=figure,
        table=_table(known, names, {r: label_of(v["value"]) for r, v in known.items()}, name, words),
        small_print=tuple(small),
    )


def _names(outlines: boundaries.Regions, words: Words) -> dict[int, str]:
    told = outlines.name_zh if words.language == "zh" else outlines.name_en
    return {int(code): name for code, name in zip(outlines.adcode, told, strict=True)}


def _value(record: Record) -> float:
    return float(record["value"])


def _told(record: Record, words: Words) -> str:
    return words.value(record["value"], record["unit"], STEP)


def _area(record: Record | None, name: str, words: Words) -> tuple[float | None, str]:
    if record is None:
        return None, f"{name}: {words('no_figure')}"
    return record["value"], f"{name}: {_told(record, words)} ({words.period(record['period'])})"


def _labels(borders: Sequence[float], words: Words) -> tuple[str, ...]:
    told = [words.number(b) for b in borders]
    between = [words("class.between", low=a, high=b) for a, b in pairwise(told)]
    return (words("class.below", high=told[0]), *between, words("class.from", low=told[-1]))


def _table(
    known: Mapping[int, Record],
    names: Mapping[int, str],
    labels: Mapping[int, str],
    name: str,
    words: Words,
) -> Table:
    rows = []
    for code in sorted(names, key=lambda c: (c not in known, -known[c]["value"] if c in known else 0.0)):
        record = known.get(code)
        if record is None:
            rows.append(
                (Cell(names[code], head=True), Cell(words("no_figure")), Cell(words("none")), Cell(words("none")))
            )
            continue
        value = Cell(words.number(record["value"], STEP))
        rows.append((Cell(names[code], head=True), value, Cell(labels[code]), Cell(record["period"])))
    heads = [words("column.region"), name, words("column.class"), words("column.period")]
    return Table("map-table", words("table.map", name=name), columns(heads, (1,)), tuple(rows))

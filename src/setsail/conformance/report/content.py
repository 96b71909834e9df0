"""Everything a report says, as plain values for its template, which only lays them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from setsail.base.record import Record
from setsail.conformance.certificate import worst
from setsail.conformance.evidence import design_hash
from setsail.conformance.findings import VERDICTS, Finding
from setsail.conformance.profile import Dimension
from setsail.conformance.report.budgets import budget, worst_budgets
from setsail.conformance.report.inputs import BillLine, Inputs
from setsail.conformance.report.names import Names
from setsail.conformance.report.plans import Drawing, plan
from setsail.conformance.report.words import Words, catalogue, number
from setsail.conformance.status import time_text
from setsail.site.model import Floor

MOST_SUBJECTS = 12
"""Subjects of one check that are listed; the rest is counted, and stands in the JSON."""
MOST_REASONS = 3
LONGEST = 220
"""Characters of a cause; the whole stands in the JSON."""
LAYERS = ("rsrp", "sinr", "rate_dl", "rate_ul")
MAPS_OF_A_FLOOR = 2
ORDER = {"fail": 0, "inconclusive": 1, "not_measurable": 2, "pass": 3}


def content(inputs: Inputs, words: Words, fonts: Sequence[str] = ()) -> Record:
    """What the template `report.typ` reads. fonts : families of the letters in plans."""
    groups = _groups(inputs.judged.findings)
    names = Names(inputs.site, inputs.network)
    letters = ", ".join(f"'{family}'" for family in fonts) or "sans-serif"
    return {
        "w": plain_words(words),
        "lang": words.language,
        "cover": _cover(inputs, words),
        "summary": [_dimension(inputs, d, words) for d in inputs.judged.profile.dimensions],
        "totals": inputs.judged.totals(),
        "shares": _shares(inputs, words),
        "keys": _key_figures(inputs, words),
        "floors": [_floor(inputs, floor, words, letters) for floor in _shown_floors(inputs)],
        "failed": [_failed(fs, names, words) for fs in groups if worst_of(fs) == "fail"],
        "unsettled": [_unsettled(fs, words) for fs in groups if worst_of(fs) == "inconclusive"],
        "passed": [_passed(fs, words) for fs in groups if worst_of(fs) == "pass"],
        "open": _open(inputs, groups, words),
        "budgets": [budget(b, names, words) for b in worst_budgets(inputs.budgets)],
        "bill": _bill(inputs, words),
        "told": _told(inputs, words),
        "stamp": _stamp(inputs, words),
    }


def plain_words(words: Words) -> dict[str, str]:
    """The entries that a template shows as they are."""
    return {k: v for k, v in catalogue(words.language).items() if "{" not in k and not k.startswith("phrase")}


def worst_of(findings: Sequence[Finding]) -> str:
    """The verdict that speaks for the subjects of one check."""
    return worst(Counter(f.verdict for f in findings))


def _groups(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings of each check, the worst checks first, violations before missed targets."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.rule, []).append(finding)

    def rank(fs: list[Finding]) -> tuple[int, int, int]:
        return ORDER[worst_of(fs)], fs[0].severity != "violation", -sum(f.verdict == "fail" for f in fs)

    return sorted(found.values(), key=rank)


def _cover(inputs: Inputs, words: Words) -> Record:
    judged, site = inputs.judged, inputs.site
    totals = judged.totals()
    failed = len({f.rule for f in judged.findings if f.verdict == "fail"})
    open_ = totals["inconclusive"] + totals["not_measurable"]
    answer = words("answer.fail", n=failed) if failed else words("answer.pass" if totals["pass"] else "answer.none")
    return {
        "site": site.name or site.site,
        "kind": words.or_else(f"kind.{site.kind}", site.kind),
        "stage": words(f"stage.{judged.stage}"),
        "profile": judged.profile.name_zh if words.language == "zh" else judged.profile.name_en,
        "version": judged.profile.version,
        "note": judged.profile.note_zh if words.language == "zh" else judged.profile.note_en,
        "answer": answer,
        "bad": bool(failed),
        "open": words("answer.open", n=open_) if open_ else "",
        "made": time_text(inputs.made).replace("T", " ").replace("Z", " UTC"),
        "synthetic": site.synthetic,
        "software": inputs.software,
    }


def _dimension(inputs: Inputs, dimension: Dimension, words: Words) -> Record:
    row = inputs.judged.counts()[dimension.dimension]
    checks = {f.rule for f in inputs.judged.findings if f.dimension == dimension.dimension}
    return {"name": dimension.name(words.language), "counts": [row[v] for v in VERDICTS], "checks": len(checks)}


def _shares(inputs: Inputs, words: Words) -> list[Record]:
    shares = inputs.judged.profile.shares()
    total = max(1, sum(shares.values()))
    return [{"name": words(f"method.{k}"), "n": n, "share": n / total} for k, n in shares.items()]


def _key_figures(inputs: Inputs, words: Words) -> list[Record]:
    site, network = inputs.site, inputs.network
    indoor = [r for r in site.rooms() if r.indoor]
    figures = [
        ("key.floors", str(len(site.floors))),
        ("key.rooms", number(len(indoor))),
        ("key.area", f"{number(sum(r.area_m2 for r in indoor), 4)} m²"),
        ("key.heads", str(len(network.heads))),
        ("key.cells", str(len(network.cells))),
        ("key.carriers", ", ".join(_carrier(c.band, c.bandwidth_hz) for c in network.carriers) or "–"),
        ("key.flows", number(len(network.flows))),
        ("key.slices", str(len(network.slices))),
    ]
    if inputs.bill is not None:
        figures.append(("key.cost", f"{number(round(inputs.bill.capital))} {inputs.bill.currency}"))
    return [{"name": words(key), "value": value} for key, value in figures]


def _carrier(band: str, bandwidth_hz: float) -> str:
    return f"{band} {number(bandwidth_hz / 1e6)} MHz"


def _shown_floors(inputs: Inputs) -> list[Floor]:
    """Floors with something to show: a room indoors, a wall or a head."""
    with_heads = {h.floor for h in inputs.network.heads}
    return [f for f in inputs.site.floors if f.walls or f.floor in with_heads or any(r.indoor for r in f.rooms)]


def _floor(inputs: Inputs, floor: Floor, words: Words, fonts: str) -> Record:
    heads = [h for h in inputs.network.heads if h.floor == floor.floor]
    marked = _marked_rooms(inputs)
    raster = next((m for m in inputs.maps if m.floor == floor.floor), None)
    layers = [layer for layer in LAYERS if raster is not None and layer in raster.layers][:MAPS_OF_A_FLOOR]
    plans = [_drawing(plan(floor, heads, marked=marked, fonts=fonts), "", words)]
    plans += [_drawing(plan(floor, heads, raster=raster, layer=layer, fonts=fonts), layer, words) for layer in layers]
    indoor = [r for r in floor.rooms if r.indoor]
    return {
        "name": floor.name or floor.floor,
        "told": words(
            "floor.told", rooms=len(indoor), area=number(sum(r.area_m2 for r in indoor), 4), heads=len(heads)
        ),
        "plans": plans,
        "failed": sum(marked.get(r.room) == "fail" for r in floor.rooms),
    }


def _marked_rooms(inputs: Inputs) -> dict[str, str]:
    """The worst verdict of each room, by its own findings and those of its flows, where it is no pass."""
    rooms = {f"flow:{f.flow}": f.room for f in inputs.network.flows}
    found: dict[str, str] = {}
    for finding in inputs.judged.findings:
        kind, _, name = finding.subject.partition(":")
        room = name if kind == "room" else rooms.get(finding.subject, "")
        if room and finding.verdict in {"fail", "inconclusive"} and found.get(room) != "fail":
            found[room] = finding.verdict
    return {room: verdict for room, verdict in found.items() if verdict == "fail"}


def _drawing(drawing: Drawing, layer: str, words: Words) -> Record:
    return {
        "svg": drawing.svg,
        "title": words(f"layer.{layer}") if layer else words("layer.plan"),
        "aspect": drawing.height_m / drawing.width_m,
        "unit": drawing.unit,
        "legend": [{"colour": c, "label": t, "share": f"{100 * share:.0f} %"} for c, t, share in drawing.legend],
    }


def _head_of(findings: Sequence[Finding], words: Words) -> Record:
    """What stands over the subjects of a check."""
    check = findings[0].check
    verdicts = Counter(f.verdict for f in findings)
    return {
        "rule": check.check,
        "label": check.label(words.language),
        "dimension": check.dimension,
        "kind": words(f"kind_of.{findings[0].kind}"),
        "severity": words(f"severity.{findings[0].severity}"),
        "violation": findings[0].severity == "violation",
        "source": "; ".join(dict.fromkeys(f.source for f in findings[:MOST_REASONS])),
        "mark": "" if check.mark in {"seen", "own"} else words(f"mark.{check.mark}"),
        "remedy": check.remedy(words.language),
        "counts": [verdicts[v] for v in VERDICTS],
        "subjects": len(findings),
    }


def _failed(findings: Sequence[Finding], names: Names, words: Words) -> Record:
    """A check with failures: the subjects with the largest shortfall, each with its cause."""
    failures = sorted((f for f in findings if f.verdict == "fail"), key=_shortfall)
    rest = len(failures) - MOST_SUBJECTS
    return _head_of(findings, words) | {
        "rows": [_row(f, names, words) for f in failures[:MOST_SUBJECTS]],
        "rest": words("findings.rest", n=rest) if rest > 0 else "",
    }


def _shortfall(finding: Finding) -> tuple[float, str]:
    return (finding.margin if finding.margin is not None else 0.0, finding.subject)


def _row(finding: Finding, names: Names, words: Words) -> Record:
    unit = finding.check.unit
    sign = "+" if finding.margin is not None and finding.margin > 0 else ""
    op = words.or_else(f"op.{finding.check.op}", finding.check.op)
    return {
        "subject": names.of(finding.subject),
        "met": words.value(finding.met, unit),
        "required": f"{op} {words.value(finding.required, unit)}".strip(),
        "margin": sign + words.value(finding.margin, unit) if finding.margin is not None else "–",
        "cause": short(words.phrase(finding.cause)),
        "sources": short(", ".join(finding.fact.sources)),
        "verified": finding.verified,
        "n": "" if finding.fact.n is None else f"n = {number(finding.fact.n)}",
    }


def _unsettled(findings: Sequence[Finding], words: Words) -> Record:
    return _head_of(findings, words) | {"reasons": reasons(findings, "inconclusive", words)}


def reasons(findings: Sequence[Finding], verdict: str, words: Words) -> list[str]:
    """The commonest reasons of a verdict, each with how often it was met."""
    met = Counter(words.phrase(f.cause) for f in findings if f.verdict == verdict and f.cause)
    return [f"{short(text)} ({n}×)" if n > 1 else short(text) for text, n in met.most_common(MOST_REASONS)]


def _passed(findings: Sequence[Finding], words: Words) -> Record:
    """A check that nothing failed, with its least margin."""
    with_margin = [f for f in findings if f.verdict == "pass" and f.margin is not None]
    least = min(with_margin, key=_shortfall, default=None)
    met = least or findings[0]
    return _head_of(findings, words) | {
        "margin": "–" if least is None else words.value(least.margin, least.check.unit),
        "required": f"{words.or_else(f'op.{met.check.op}', met.check.op)} {words.value(met.required, met.check.unit)}",
        "n": number(sum(f.fact.n or 0 for f in findings)) if any(f.fact.n for f in findings) else "",
    }


def _open(inputs: Inputs, groups: Sequence[Sequence[Finding]], words: Words) -> Record:
    """What this stage cannot measure, slots that wait for a threshold, and checks that ask nothing here."""
    judged = inputs.judged
    slots = [c for c in (judged.profile.check(rule) for rule in judged.open_slots) if c is not None]
    whole = [n for n in judged.not_applicable if not n.subject]
    return {
        "unmeasured": [
            _head_of(fs, words) | {"reasons": reasons(fs, "not_measurable", words)}
            for fs in groups
            if any(f.verdict == "not_measurable" for f in fs)
        ],
        "slots": [{"rule": c.check, "label": c.label(words.language), "source": c.source} for c in slots],
        "not_applicable": [
            {"rule": n.check.check, "label": n.check.label(words.language), "reason": short(words.phrase(n.reason))}
            for n in whole
        ],
    }


def _bill(inputs: Inputs, words: Words) -> Record | None:
    bill = inputs.bill
    if bill is None:
        return None
    figures = [(words(f"figure.{key}"), words.value(v, unit)) for key, v, unit in bill.figures]
    return {
        "lines": [_bill_line(line, words) for line in bill.lines],
        "total": number(round(bill.capital), 12),
        "currency": bill.currency,
        "figures": [{"name": name, "value": value} for name, value in figures],
        "steps": [short(step) for step in bill.steps],
        "note": words("bill.assumed") if any(line.assumed for line in bill.lines) else "",
        "notes": [short(note) for note in bill.notes],
    }


def _bill_line(line: BillLine, words: Words) -> Record:
    marks = [words("bill.yearly")] if line.yearly else []
    marks += [words("mark.assumed")] if line.assumed else []
    return {
        "item": (line.item_zh if words.language == "zh" else "") or line.item,
        "count": f"{number(line.count, 4)} {words.or_else(f'unit.{line.unit}', line.unit)}".strip(),
        "price": number(round(line.price, 2), 6),
        "amount": number(round(line.amount), 9),
        "note": short(", ".join((*marks, *filter(None, [line.note])))),
    }


def _told(inputs: Inputs, words: Words) -> Record:
    """What the import inferred or refused, in counts by what, and the notes of the design."""
    site = inputs.site
    inferred = Counter(words.phrase(t.reason) for t in site.inferred)
    refused = [f"{t.subject}: {t.what} ({t.reason})" for t in site.refused]
    return {
        "inferred": [f"{short(text)} ({n}×)" for text, n in inferred.most_common(12)],
        "refused": [short(text) for text in refused[:20]],
        "refused_rest": max(0, len(refused) - 20),
        "notes": [short(words.phrase(note)) for note in (*inputs.network.notes, *inputs.notes)],
    }


def _stamp(inputs: Inputs, words: Words) -> Record:
    documents = {(c.document, c.edition) for c in (f.check for f in inputs.judged.findings) if c.document}
    return {
        "software": inputs.software,
        "made": time_text(inputs.made),
        "profile": f"{inputs.judged.profile.profile} {inputs.judged.profile.version}",
        "design": design_hash(inputs.files) if inputs.files else "–",
        "files": [{"path": f.path, "sha256": f.sha256, "size": f"{number(f.size_bytes)} B"} for f in inputs.files],
        "standards": sorted(" ".join(part for part in pair if part) for pair in documents),
        "unverified": words("stamp.unverified", n=sum(not f.verified for f in inputs.judged.findings)),
    }


def short(text: str) -> str:
    """A text cut to what a cell holds."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"

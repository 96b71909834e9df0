"""What a judgement says of each room and of each application: the worst of what was found of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from setsail.base.record import Record
from setsail.conformance.findings import VERDICTS, Finding, Judged, Verdict
from setsail.conformance.verify_facts import Assessed
from setsail.design.network.model import Network
from setsail.standards.applications import application

ORDER: tuple[Verdict, ...] = ("fail", "inconclusive", "pass", "not_measurable")
"""The first that occurs speaks for the subject: what no method states at this stage outweighs nothing."""


def verdict_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that speaks for all of them."""
    found = set(verdicts)
    return next((v for v in ORDER if v in found), "not_measurable")


def rooms(judged: Judged, network: Network) -> dict[str, Verdict]:
    """The verdict of every room that anything was found of, its flows included."""
    place = {f"flow:{f.flow}": f.room for f in network.flows}
    found: defaultdict[str, set[Verdict]] = defaultdict(set)
    for finding in judged.findings:
        kind, _, name = finding.subject.partition(":")
        room = name if kind == "room" else place.get(finding.subject, "")
        if room:
            found[room].add(finding.verdict)
    return {room: verdict_of(verdicts) for room, verdicts in found.items()}


def room_findings(judged: Judged, network: Network, room: str) -> list[Finding]:
    """What was found of a room and of the flows in it, the worst first."""
    own = {f"room:{room}", *(f"flow:{f.flow}" for f in network.flows if f.room == room)}
    return sorted((f for f in judged.findings if f.subject in own), key=lambda f: ORDER.index(f.verdict))


def applications(assessed: Assessed, lang: str = "en") -> list[Record]:
    """Each application of the design: its verdict, flows by verdict, and what decides it with cause and remedy.

    An application is carried where no finding of any of its flows fails; it is proved where all of them pass.
    """
    by_flow: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in assessed.judged.findings:
        kind, _, name = finding.subject.partition(":")
        if kind == "flow":
            by_flow[name].append(finding)
    flows: defaultdict[str, list[str]] = defaultdict(list)
    for flow in assessed.network.flows:
        flows[flow.application].append(flow.flow)
    room = {flow.flow: flow.room for flow in assessed.network.flows}
    return [_application(name, own, by_flow, room, lang) for name, own in sorted(flows.items())]


def _application(
    name: str, flows: list[str], found: dict[str, list[Finding]], room: dict[str, str], lang: str
) -> Record:
    profile = application(name)
    verdicts = {flow: verdict_of(f.verdict for f in found.get(flow, ())) for flow in flows}
    whole = verdict_of(verdicts.values())
    counts = Counter(verdicts.values())
    deciding: dict[str, Finding] = {}
    for flow in flows:
        for finding in found.get(flow, ()):
            if finding.verdict == whole and whole != "pass":
                deciding.setdefault(finding.rule, finding)
    return {
        "application": name, "name": profile.name, "direction": profile.flow, "verdict": whole, "flows": len(flows),
        "verified": profile.verified, "source": profile.source,
        "rooms": sorted({room[f] for f in flows}), "failed_rooms": sorted({room[f] for f in flows
                                                                          if verdicts[f] == "fail"}),
        "why": [f.record(lang) for f in deciding.values()],
    } | {v: counts.get(v, 0) for v in VERDICTS}  # fmt: skip

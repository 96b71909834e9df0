"""A network judged by a profile: each check on each fact it reads, or only on those that changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from setsail.base.errors import BadInput
from setsail.conformance.checks import judge, missing, plain_bound
from setsail.conformance.findings import Bound, Finding, Judged, NotApplicable
from setsail.conformance.profile import STAGES, Check, Profile, Stage
from setsail.conformance.rules import Scope, is_reference
from setsail.design.assess.facts import Fact
from setsail.design.network.model import Network
from setsail.site.model import Site

DECLARED = "declared."
Kept = Mapping[tuple[str, str], Finding]


def verify(
    site: Site,
    network: Network,
    profile: Profile,
    facts: Iterable[Fact],
    stage: Stage = "design",
    *,
    before: Judged | None = None,
) -> Judged:
    """What `profile` says of the network at one stage of its life.

    facts : as `design.assess` states them; what the owner declares is read from the site;  before : findings of an
    earlier run that are kept where check, fact and bound are the same (`judged` counts the others).
    Raises BadInput for a fact in another unit than its check, or stated twice.
    """
    run = _Run(site, network, stage, _by_key([*facts, *declared_facts(site)]), _kept(before))
    for check in profile.checks:
        run.add(check)
    return Judged(
        site.site, profile, stage, tuple(run.findings), tuple(run.passed_over), tuple(run.open_slots), run.judged
    )


def declared_facts(site: Site) -> tuple[Fact, ...]:
    """What the owner of the site states, as facts `declared.KEY`."""
    subject = f"site:{site.site}"
    return tuple(
        Fact(f"{DECLARED}{key}", subject, value, "", "declared", cause="as the owner declares", sources=("site.toml",))
        for key, value in sorted(site.declared.items())
    )


def _by_key(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    found: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.key].append(fact)
    return found


def _kept(before: Judged | None) -> Kept:
    return {(f.check.check, f.fact.subject): f for f in before.findings} if before else {}


class _Run:
    """The findings of one run, check after check."""

    def __init__(self, site: Site, network: Network, stage: Stage, facts: Mapping[str, list[Fact]], kept: Kept) -> None:
        self.site, self.stage, self.facts, self.kept = site, stage, facts, kept
        self.scope = Scope(site, network)
        self.findings: list[Finding] = []
        self.passed_over: list[NotApplicable] = []
        self.open_slots: list[str] = []
        self.judged = 0

    def add(self, check: Check) -> None:
        """Judges one check on all its subjects, or says why not."""
        if check.open_slot:
            self.open_slots.append(check.check)
        elif self.stage not in check.stages:
            self._elsewhere(check)
        elif not (subjects := self.scope.subjects(check)):
            self.passed_over.append(NotApplicable(check, "", f"the design has no such {check.subject}"))
        elif not (facts := self.facts.get(check.fact)):
            self._without_facts(check, len(subjects))
        else:
            _require_units(check, facts)
            self._subjects(check, {f.subject: f for f in facts}, subjects)

    def _elsewhere(self, check: Check) -> None:
        """A check of another stage is open when that stage is still to come, and not asked when it is over."""
        later = [s for s in check.stages if STAGES.index(s) > STAGES.index(self.stage)]
        if not later:
            self.passed_over.append(NotApplicable(check, "", f"judged at stage {check.stages[-1]}"))
            return
        self._open(check, f"judged at stage {later[0]}")

    def _without_facts(self, check: Check, subjects: int) -> None:
        if check.fact.startswith(DECLARED):
            subject = f"site:{self.site.site}"
            hint = f"state {check.fact[len(DECLARED) :]} under [declared] of the site"
            fact = Fact(check.fact, subject, None, check.unit, "declared", cause=hint)
            self._keep(check, missing(check, fact, None if is_reference(check.limit) else plain_bound(check)))
            return
        self._open(check, f"no method states {check.fact} of {subjects} {check.subject}{'s' * (subjects > 1)}")

    def _open(self, check: Check, cause: str) -> None:
        fact = Fact(check.fact, f"site:{self.site.site}", None, check.unit, check.method, cause=cause)
        self._keep(check, Finding(check, fact, "not_measurable", None, None))

    def _subjects(self, check: Check, facts: Mapping[str, Fact], subjects: Mapping[str, object]) -> None:
        """Judges the facts of the subjects in question; one without a fact or without a need is told apart."""
        fixed = None if is_reference(check.limit) else plain_bound(check)
        for subject in subjects:
            fact = facts.get(subject)
            if fact is None:
                self.passed_over.append(NotApplicable(check, subject, f"{check.fact} is not stated of it"))
                continue
            bound = fixed or self.scope.bound(check, subject)
            if bound is None:
                self.passed_over.append(NotApplicable(check, subject, f"{check.limit} is not stated"))
            else:
                self._one(check, fact, bound)

    def _one(self, check: Check, fact: Fact, bound: Bound) -> None:
        old = self.kept.get((check.check, fact.subject)) if self.kept else None
        if old is not None and _same(old, check, fact, bound):
            self.findings.append(old)
            return
        self._keep(check, judge(check, fact, bound))

    def _keep(self, check: Check, finding: Finding) -> None:
        old = self.kept.get((check.check, finding.fact.subject)) if self.kept else None
        if old == finding:
            self.findings.append(old)
            return
        self.judged += 1
        self.findings.append(finding)


def _same(old: Finding, check: Check, fact: Fact, bound: Bound) -> bool:
    return (old.check is check or old.check == check) and (old.fact is fact or old.fact == fact) and old.bound == bound


def _require_units(check: Check, facts: Sequence[Fact]) -> None:
    """Raises BadInput where a fact is in another unit than its check, or stated twice of one subject."""
    strange = {f.unit for f in facts} - {check.unit}
    if strange and not check.fact.startswith(DECLARED):
        raise BadInput(f"is in {sorted(strange)[0]!r}", where=f"fact {check.fact}", allowed=repr(check.unit))
    if len({f.subject for f in facts}) < len(facts):
        raise BadInput("is stated twice of one subject", where=f"fact {check.fact}", allowed="once")

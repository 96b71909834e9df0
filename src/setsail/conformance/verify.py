"""A network judged by a profile: each check on each fact it reads, or only on those that changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from setsail.base.errors import BadInput
from setsail.conformance.checks import judge, judge_all, missing, plain_bound
from setsail.conformance.findings import Bound, Finding, Judged, NotApplicable
from setsail.conformance.profile import STAGES, Check, Profile, Stage
from setsail.conformance.rules import Scope, is_reference
from setsail.design.assess.facts import Fact
from setsail.design.network.model import Network
from setsail.site.model import Site

DECLARED = "declared."
Kept = Mapping[tuple[str, str], Finding]
Facts = Mapping[str, Mapping[str, Fact]]


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
    run = _Run(site, network, stage, _by_key([*_without_declared(facts), *declared_facts(site)]), _kept(before))
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


def _without_declared(facts: Iterable[Fact]) -> Iterable[Fact]:
    """The facts that are not read from the site itself, where what is declared stands."""
    return (f for f in facts if not f.key.startswith(DECLARED))


def _by_key(facts: Iterable[Fact]) -> dict[str, dict[str, Fact]]:
    """The facts by key and subject. Raises BadInput where one is stated twice of one subject."""
    found: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.key].append(fact)
    tables = {key: {f.subject: f for f in listed} for key, listed in found.items()}
    for key, table in tables.items():
        if len(table) < len(found[key]):
            raise BadInput("is stated twice of one subject", where=f"fact {key}", allowed="once")
    return tables


def _kept(before: Judged | None) -> Kept:
    return {(f.check.check, f.fact.subject): f for f in before.findings} if before else {}


class _Run:
    """The findings of one run, check after check."""

    def __init__(self, site: Site, network: Network, stage: Stage, facts: Facts, kept: Kept) -> None:
        self.site, self.stage, self.facts, self.kept = site, stage, facts, kept
        self.scope = Scope(site, network)
        self.findings: list[Finding] = []
        self.passed_over: list[NotApplicable] = []
        self.open_slots: list[str] = []
        self.measured_in: set[str] = set()
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
            self._require_unit(check, facts)
            self._subjects(check, facts, subjects)

    def _require_unit(self, check: Check, facts: Mapping[str, Fact]) -> None:
        """Raises BadInput where a fact is in another unit than its check."""
        if check.fact in self.measured_in or check.fact.startswith(DECLARED):
            return
        strange = {f.unit for f in facts.values()} - {check.unit}
        if strange:
            raise BadInput(f"is in {sorted(strange)[0]!r}", where=f"fact {check.fact}", allowed=repr(check.unit))
        self.measured_in.add(check.fact)

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
        missed = [s for s in subjects if s not in facts]
        self.passed_over += [NotApplicable(check, s, f"{check.fact} is not stated of it") for s in missed]
        asked = [facts[s] for s in subjects if s in facts] if missed else [facts[s] for s in subjects]
        if len(asked) > 1 and _all_silent(asked):
            self._open(check, f"{asked[0].cause} ({check.subject}: all {len(asked)})")
            return
        if not is_reference(check.limit):
            self._fixed(check, asked)
            return
        for fact in asked:
            subject = fact.subject
            bound = self.scope.bound(check, subject)
            if bound is None:
                self.passed_over.append(NotApplicable(check, subject, f"{check.limit} is not stated"))
            else:
                self._one(check, fact, bound)

    def _fixed(self, check: Check, facts: Sequence[Fact]) -> None:
        """Judges the facts against the one limit that is written in the profile."""
        bound = plain_bound(check)
        if self.kept:
            for fact in facts:
                self._one(check, fact, bound)
            return
        self.findings += judge_all(check, facts, bound)
        self.judged += len(facts)

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


def _all_silent(facts: Sequence[Fact]) -> bool:
    """True where no subject has a value, for one and the same reason: told once."""
    first = facts[0]
    return first.value is None and all(
        f.value is None and f.n is None and f.evidence == "computed" and f.verified and f.cause == first.cause
        for f in facts
    )


def _same(old: Finding, check: Check, fact: Fact, bound: Bound) -> bool:
    return (old.check is check or old.check == check) and (old.fact is fact or old.fact == fact) and old.bound == bound

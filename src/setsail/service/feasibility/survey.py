"""All applications at once: how many fit no standard 5QI, how many need a larger burst, and what changed since."""

from __future__ import annotations

from dataclasses import dataclass

from setsail.base.record import Record
from setsail.service.need import burst_by_rate_bytes, burst_bytes, delay_fits, loss_fits, timely_share_asked
from setsail.service.qos import QosChoice, choose, what_fails
from setsail.standards.applications import Application, applications
from setsail.standards.qos import SOFT_SHARE, FiveQi, fiveqis

RULE = (
    "two radio legs for UE to UE, losses of both add up; both directions for a sum of uplink and downlink; reliability "
    "only, not availability; MDBV need of the natural 5QI = rate x (PDB - static core part of the PDB), or the message "
    "size"
)
NO_STANDARD, LARGER = "no standard 5QI", "signal MDBV"
FIRST = 1
"""Edition of the table whose numbers the published counts rest on."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One application. fits : None where no bound is stated;  burst : need on the natural 5QI with its basis.

    larger : the need exceeds the default of the natural 5QI;  larger_first : so already with the numbers that the first
    edition held;  soft : the natural 5QI speaks of 98 % only, and more is asked.
    """

    application: Application
    fits: bool | None
    failing: str
    burst: tuple[float, str] | None
    larger: bool
    larger_first: bool
    soft: bool
    natural_fits: bool | None
    choice: QosChoice


@dataclass(frozen=True, slots=True)
class Survey:
    """All applications, in the order of the table."""

    rows: tuple[Surveyed, ...]

    def counts(self) -> dict[str, int]:
        """Totals by the rule, with the numbers of the first edition; what later numbers add is counted apart."""
        rows = self.rows
        first = sum(r.larger_first for r in rows)
        return {
            "applications": len(rows),
            "without_standard_fiveqi": sum(r.fits is False for r in rows),
            "larger_mdbv": first,
            "larger_mdbv_by_later_messages": sum(r.larger for r in rows) - first,
            "soft_bound": sum(r.soft for r in rows),
            "without_latency_bound": sum(r.application.latency_s is None for r in rows),
            "unverified": sum(not r.application.verified for r in rows),
        }

    def first_edition(self) -> dict[str, int]:
        """The same two totals as the checks in words of the first edition say them."""
        texts = [r.application.first_edition for r in self.rows]
        return {
            "without_standard_fiveqi": sum(NO_STANDARD in text for text in texts),
            "larger_mdbv": sum(LARGER in text for text in texts),
        }

    def differences(self) -> list[Record]:
        """Every row whose result is not that of the first edition, with the reason."""
        return [told for row in self.rows for told in _differences(row)]

    def record(self) -> Record:
        """Counts, rule, differences and one line per application."""
        return {
            "rule": RULE, "counts": self.counts(), "first_edition": self.first_edition(),
            "differences": self.differences(), "applications": [_row(r) for r in self.rows],
        }  # fmt: skip


def survey() -> Survey:
    """Every application against every standard 5QI."""
    return Survey(tuple(_surveyed(app) for app in applications().values()))


def _surveyed(app: Application) -> Surveyed:
    natural = fiveqis().get(app.fiveqi) if app.fiveqi is not None else None
    judged = app.qos_flow and app.latency_s is not None
    failing = what_fails(app, app.legs) if judged else ""
    return Surveyed(
        app, not failing if judged else None, failing, _burst(app, natural), _larger(app, natural),
        _larger_first(app, natural), _soft(app, natural), _natural_fits(app, natural), choose(app),
    )  # fmt: skip


def _burst(app: Application, q: FiveQi | None) -> tuple[float, str] | None:
    return burst_bytes(app, q) if q is not None and q.mdbv_bytes is not None else None


def _larger(app: Application, q: FiveQi | None) -> bool:
    need = _burst(app, q)
    return need is not None and q is not None and need[0] > (q.mdbv_bytes or 0)


def _larger_first(app: Application, q: FiveQi | None) -> bool:
    """The same with the message sizes that the first edition held as numbers."""
    if q is None or q.mdbv_bytes is None:
        return False
    message = app.message_bytes if app.message_edition == FIRST else None
    return max(burst_by_rate_bytes(app, q), float(message or 0)) > q.mdbv_bytes


def _soft(app: Application, q: FiveQi | None) -> bool:
    asked = timely_share_asked(app)
    return q is not None and asked is not None and not q.delay_critical and asked[0] > SOFT_SHARE


def _natural_fits(app: Application, q: FiveQi | None) -> bool | None:
    if q is None or app.latency_s is None or not app.qos_flow:
        return None
    return delay_fits(app, q) is not False and loss_fits(app, q) is not False


def _differences(row: Surveyed) -> list[Record]:
    app, told = row.application, []
    first = app.first_edition
    if (NO_STANDARD in first) != (row.fits is False):
        told.append(("standard 5QI", first, "none fits" if row.fits is False else "one fits", row.choice.reason))
    if (LARGER in first) != row.larger:
        told.append(("MDBV", first, f"{(row.burst or (0, ''))[0]:.0f} byte needed", _burst_reason(row)))
    if row.natural_fits is False and NO_STANDARD not in first:
        reason = (
            f"losses of {app.legs} legs add up to more than the reliability leaves"
            if delay_fits(app, fiveqis()[app.fiveqi or 0])
            else "the delay budget exceeds the bound"
        )
        told.append(("natural 5QI", first, f"5QI {app.fiveqi} does not fit; {row.choice.fiveqi} does", reason))
    return [
        {"application": app.application, "subject": subject, "first_edition": was, "now": now, "reason": reason}
        for subject, was, now, reason in told
    ]


def _burst_reason(row: Surveyed) -> str:
    app = row.application
    size = f"a message of {app.message_bytes} byte exceeds the default MDBV of 5QI {app.fiveqi}"
    return f"{size}; the first edition held the size in words only and judged by the rate"


def _row(row: Surveyed) -> Record:
    app = row.application
    return {
        "application": app.application, "name": app.name, "natural_fiveqi": app.fiveqi, "fits": row.fits,
        "failing": row.failing, "fiveqi": row.choice.fiveqi,
        "mdbv_need_bytes": row.burst[0] if row.burst else None, "mdbv_basis": row.burst[1] if row.burst else None,
        "larger_mdbv": row.larger, "soft_bound": row.soft, "verified": app.verified, "first_edition": app.first_edition,
        "reason": row.choice.reason,
    }  # fmt: skip

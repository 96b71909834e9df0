"""What every pair of sites on a call got of each other, from the counts of the processes that play them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from setsail.base.record import Record
from setsail.conference.call import tones
from setsail.conference.call.facts import PairFacts

SUMMED = ("seconds", "frames", "frames_lost", "packets", "gaps", "lost", "marks", "marks_wrong", "freezes")


def paired(rows: Sequence[Record], receivers: Sequence[str], sites: Mapping[str, int],
           heard: Mapping[str, Mapping[str, int]], *, listened: int, mix: int) -> tuple[PairFacts, ...]:  # fmt: skip
    """Every pair of sites on the call: turns of one pair added up, and whether its tone was heard most times."""
    of_pair: dict[tuple[str, str], list[Record]] = {}
    for row in rows:
        of_pair.setdefault((row["of"], row["to"]), []).append(row)
    pairs = []
    for to in receivers:
        for of, number in sites.items():
            if of == to:
                continue
            parts = of_pair.get((of, to), [])
            delays = [part["delay_s"] for part in parts if part["delay_s"] is not None]
            sums = {name: sum(part[name] for part in parts) for name in SUMMED}
            times = heard.get(to, {}).get(str(number), 0)
            tone = times > 0 and times * 2 >= listened if mix and number <= tones.PLACES else None
            pairs.append(
                PairFacts(of, to, **sums, longest_gap_s=max((p["longest_gap_s"] for p in parts), default=0.0),
                          delay_s=sum(delays) / len(delays) if delays else None, heard=tone)
            )  # fmt: skip
    return tuple(pairs)

"""Small networks for tests: synthetic, of no real site."""

from __future__ import annotations

from setsail.design.network.model import Carrier, Cell, Flow, Head, Link, Network, Share, Slice, Upf


def small() -> Network:
    """Two cells, one slice, two flows, one of them without a standard 5QI."""
    return Network(
        site="Synthetic clinic",
        carriers=(Carrier("c1", "n78", 3.5e9, 100e6, 30e3),),
        cells=(Cell("A", "c1"), Cell("B", "c1", 0.25)),
        heads=(Head("h1", "F0", 1.25, 2.0, 2.7, "A", 24.0, 4, 2.0, "placed"), Head("h2", "F0", 9, 2, 2.7, "B", 24, 4)),
        slices=(Slice("control", 2, "00000A", 0.3, 0.8, "I3", "surgery", "u1"),),
        flows=(
            Flow("f1", "1A10", "APP-124", 3, 0.5, 3, "control", 5e5, reason='a "quoted", text, 中文', upf="u1",
                 cell="A", prb_ul_ratio=1 / 3, critical=True),
            Flow("f2", "1A11", "APP-118", 1, 1.0, None, "control", pdb_s=0.002, per=1e-6),
        ),
        upfs=(Upf("u1", "on-site", 0.0, 0, 1e5, 4.0),),
        links=(Link("l1", "site", "u1", 100.0, 1e9),),
        notes=("one", "two"),
        settings={"seed": 5, "step_m": 0.1, "profile": "hospital", "placed": True},
        shares=(Share("A", "control", "ul", 0.3, 0.8, 0.1),),
    )  # fmt: skip

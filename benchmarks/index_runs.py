"""Monte Carlo runs of an index of 51 units by 49 indicators: all at once, against the method run again for each run.

The peer is the plain twin: every run goes through all steps from the raw columns. A second row times R's COINr on
its own data set of the same size, where Rscript and COINr are installed.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from setsail.base.arrays import F64
from setsail.monitor.index.choices import Choices, design, picks
from setsail.monitor.index.options import default_pipeline
from setsail.monitor.index.robustness import run_all
from setsail.monitor.index.source import Changes, Inputs, changed
from setsail.monitor.index.study import compute, ranks
from setsail.monitor.index.tables import IndexData
from setsail.standards.frameworks import Framework, parse

RUNS = {"smoke": 20, "full": 1000}
PILLARS, UNITS, INDICATORS = 8, 51, 49
CHOICES = Choices(
    winmax=(1, 2, 3, 4, 5),
    normalise=("minmax:1,100", "zscore:10,2"),
    aggregate=("arithmetic", "geometric"),
    weights_by=0.25,
)


def run(size: str) -> list[dict[str, Any]]:
    """Rows of the benchmark; `runs_per_second_*` from the warm times. size : smoke or full."""
    runs = RUNS[size]
    inputs = synthetic()
    rng = np.random.default_rng(1)
    made = design(inputs, CHOICES, rng)
    picked, factors = picks(rng, made, runs), made.draw_weights(rng, runs)

    def ours() -> F64:
        fresh = design(inputs, CHOICES, rng)  # nothing is kept from an earlier call
        index, _ = run_all(fresh, picked, factors)
        return ranks(index, fresh.place)

    def peer() -> F64:
        return np.stack([plain_run(inputs, made.told(tuple(row)), factors, k) for k, row in enumerate(picked.tolist())])

    first, warm, peak, found = measured(ours, 3)
    peer_first, peer_warm, peer_peak, expected = measured(peer, 1)
    np.testing.assert_array_equal(found, expected)
    row = {
        "case": "index_monte_carlo", "size": size, "runs": runs, "peer": "plain twin",
        "seconds_ours_first": first, "seconds_ours_warm": warm, "seconds_peer_first": peer_first,
        "seconds_peer_warm": peer_warm, "ratio": peer_warm / warm, "peak_mb_ours": peak, "peak_mb_peer": peer_peak,
        "runs_per_second_ours": runs / warm, "runs_per_second_peer": runs / peer_warm,
    }  # fmt: skip
    return [row, {**row, **against_coinr(runs, warm)}]


def plain_run(inputs: Inputs, told: dict[str, str], factors: dict[str, F64], k: int) -> F64:
    """Ranks of one run, by the whole method on a framework with the weights of that run."""
    changes = Changes(winmax=int(told["winmax"]), normalise=told["normalise"], aggregate=told["aggregate"])
    weighted = tuple(
        replace(a, weight=a.weight * float(factors[a.code][k])) if a.code in factors else a
        for a in inputs.framework.aggregates
    )
    framework = replace(inputs.framework, aggregates=weighted)
    return compute(framework, inputs.data, changed(inputs.pipeline, changes)).ranks


def measured(work: Callable[[], F64], repeats: int) -> tuple[float, float, float, F64]:
    """Seconds of the first call, of the quickest later one, peak MB of a call apart from these, and the result."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return times[0], min(times[1:]), peak, result


def synthetic() -> Inputs:
    """Synthetic values, some of them skewed, in a framework of 49 indicators, 8 pillars and 2 halves."""
    rng = np.random.default_rng(38901)
    skewed, even = rng.lognormal(0, 1.2, (UNITS, INDICATORS)), rng.uniform(1, 9, (UNITS, INDICATORS))
    x = np.where(np.arange(INDICATORS) % 4 == 0, skewed, even)
    names = tuple(f"u{k:02d}" for k in range(UNITS))
    data = IndexData(units=names, names=names, times=("",) * UNITS, values=x, source="synthetic")
    steps = default_pipeline([], panel=False).without("denominate").without("impute")
    return Inputs(shape(), data, steps)


def shape() -> Framework:
    """A synthetic framework of three levels."""
    lines = ['id = "synthetic"', 'title = "Synthetic, of the shape of ASEM"']
    for k in range(INDICATORS):
        lines += [
            "[[indicator]]",
            f'code = "i{k}"',
            f'parent = "p{k % PILLARS}"',
            f"direction = {-1 if k % 3 == 0 else 1}",
        ]
    for k in range(PILLARS):
        lines += ["[[aggregate]]", f'code = "p{k}"', f'parent = "h{k % 2}"']
    for code, parent in (("h0", "Index"), ("h1", "Index"), ("Index", "")):
        lines += ["[[aggregate]]", f'code = "{code}"', f'parent = "{parent}"']
    return parse("\n".join(lines), "synthetic")


COINR = """
suppressMessages(library(COINr))
coin <- suppressMessages(build_example_coin(quietly = TRUE))
noise <- data.frame(Level = c(2, 3), NoiseFactor = c(0.25, 0.25))
specs <- list(
  Winmax = list(Address = "$Log$Treat$global_specs$f1_para$winmax", Distribution = 1:5, Type = "discrete"),
  Normalisation = list(Address = "$Log$Normalise$global_specs", Type = "discrete", Distribution = list(
    list(f_n = "n_minmax", f_n_para = list(c(1, 100))), list(f_n = "n_zscore", f_n_para = list(c(10, 2))))),
  Weights = list(Address = "$Log$Aggregate$w", Type = "discrete",
    Distribution = get_noisy_weights(coin$Meta$Weights$Original, noise_specs = noise, Nrep = 100)),
  Aggregation = list(Address = "$Log$Aggregate$f_ag", Distribution = c("a_amean", "a_gmean"), Type = "discrete"))
start <- proc.time()[[3]]
invisible(get_sensitivity(coin, SA_specs = specs, N = RUNS, SA_type = "UA", dset = "Aggregated", iCode = "Index",
  quietly = TRUE, check_addresses = FALSE))
cat(proc.time()[[3]] - start)
"""


def against_coinr(runs: int, warm: float) -> dict[str, Any]:
    """The part of a row that COINr's time fills; the reason where it is not installed."""
    row: dict[str, Any] = {
        "case": "index_monte_carlo_against_coinr", "peer": "COINr", "seconds_peer_first": None,
        "seconds_peer_warm": None, "ratio": None, "peak_mb_peer": None, "runs_per_second_peer": None,
    }  # fmt: skip
    program = shutil.which("Rscript")
    if program is None:
        return {**row, "note": "skipped: Rscript is not installed here"}
    # The program is the one found on the path, and the script is the text above.
    done = subprocess.run(
        [program, "-e", COINR.replace("RUNS", str(runs))], capture_output=True, text=True, check=False, timeout=3600
    )
    if done.returncode != 0:
        return {**row, "note": f"skipped: COINr did not run ({done.stderr.strip().splitlines()[-1:]})"}
    seconds = float(done.stdout)
    return {
        **row, "seconds_peer_first": seconds, "seconds_peer_warm": seconds, "ratio": seconds / warm,
        "runs_per_second_peer": runs / seconds, "note": "COINr on its ASEM data, one call",
    }  # fmt: skip

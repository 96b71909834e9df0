"""A link budget line by line, as a door shows it."""

from __future__ import annotations

import math

from setsail.base.record import Record
from setsail.radio.link.budget import LinkBudget


def budget_record(budget: LinkBudget, path_loss_db: float, *, dl_sinr_db: float, ul_sinr_db: float) -> Record:
    """Every line of a budget over one path loss, with the margins to the required SINR of both directions.

    A limit that no path loss meets, or that none ends, is `None`.
    """
    dl_limit = budget.greatest_path_loss_db(dl_sinr_db)
    ul_limit = budget.ul_greatest_path_loss_db(ul_sinr_db)
    return {
        "fc_hz": budget.carrier.fc_hz,
        "bandwidth_hz": budget.carrier.bandwidth_hz,
        "scs_hz": budget.carrier.scs_hz,
        "n_rb": budget.carrier.n_rb,
        "tx_power_dbm": budget.tx_power_dbm,
        "power_per_re_dbm": budget.power_per_re_dbm,
        "eirp_dbm": budget.eirp_dbm,
        "eirp_per_re_dbm": budget.eirp_per_re_dbm,
        "gains_db": budget.gains_db,
        "path_loss_db": path_loss_db,
        "coupling_loss_db": float(budget.coupling_loss_db(path_loss_db)),
        "rsrp_dbm": float(budget.rsrp_dbm(path_loss_db)),
        "noise_per_re_dbm": budget.noise_per_re_dbm,
        "noise_dbm": budget.noise_dbm,
        "snr_db": float(budget.snr_db(path_loss_db)),
        "margin_db": budget.margin_db,
        "dl_required_sinr_db": dl_sinr_db,
        "dl_greatest_path_loss_db": dl_limit,
        "dl_link_margin_db": dl_limit - path_loss_db,
        "ul_n_rb": budget.ul_rb,
        "ul_power_dbm": float(budget.ul_power_dbm(path_loss_db)),
        "ul_snr_db": float(budget.ul_sinr_db(path_loss_db)),
        "ul_required_sinr_db": ul_sinr_db,
        "ul_greatest_path_loss_db": ul_limit if math.isfinite(ul_limit) else None,
        "ul_link_margin_db": ul_limit - path_loss_db if math.isfinite(ul_limit) else None,
        "limiting": "ul" if ul_limit < dl_limit else "dl",
    }

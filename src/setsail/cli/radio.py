"""`setsail radio`: propagation, link budget, rates, coverage, positioning, exposure."""

from __future__ import annotations

from setsail.cli import (
    _radio_calibrate,
    _radio_coverage,
    _radio_draw,
    _radio_hotspot,
    _radio_link,
    _radio_path_loss,
    _radio_plan,
    _radio_rates,
    _radio_safety,
    _radio_served,
)
from setsail.cli.common import app

commands = app("Radio: path loss, link budget, rates, coverage, positioning, exposure.")
_radio_path_loss.register(commands)
_radio_rates.register(commands)
_radio_safety.register(commands)
_radio_coverage.register(commands)
_radio_draw.register(commands)
_radio_link.register(commands)
_radio_hotspot.register(commands)
_radio_calibrate.register(commands)
_radio_plan.register(commands)
_radio_served.register(commands)

"""`setsail radio`: propagation, link budget, rates, coverage, positioning, exposure."""

from __future__ import annotations

from setsail.cli import _radio_path_loss
from setsail.cli.common import app

commands = app("Radio: path loss, link budget, rates, coverage, positioning, exposure.")
_radio_path_loss.register(commands)

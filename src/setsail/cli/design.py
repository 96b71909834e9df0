"""`setsail design`: each subject registers its commands."""

from __future__ import annotations

from setsail.cli import _design_bill, _design_handover, _design_radio, _design_run, _design_verify
from setsail.cli.common import app

commands = app("A site's network: design, verify, compare, hand over.")
_design_run.register(commands)
_design_verify.register(commands)
_design_bill.register(commands)
_design_radio.register(commands)
_design_handover.register(commands)

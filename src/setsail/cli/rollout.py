"""`setsail rollout`: each subject registers its commands."""

from __future__ import annotations

from setsail.cli import _rollout_demo, _rollout_folder, _rollout_live, _rollout_plan, _rollout_provision, _rollout_solve
from setsail.cli.common import app

commands = app("Emergency rollout: sites, crews, routes, schedule, live changes.")
_rollout_folder.register(commands)
_rollout_plan.register(commands)
_rollout_live.register(commands)
_rollout_provision.register(commands)
_rollout_solve.register(commands)
_rollout_demo.register(commands)

"""`setsail site`: each subject registers its commands."""

from __future__ import annotations

from setsail.cli import _site, _site_backdrop
from setsail.cli.common import app

commands = app("Buildings: import floor plans, check and show a site.")
_site.register(commands)
_site_backdrop.register(commands)

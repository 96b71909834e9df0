"""`setsail site`: each subject registers its commands."""

from __future__ import annotations

from setsail.cli import _site
from setsail.cli.common import app

commands = app("Buildings: import floor plans, check and show a site.")
_site.register(commands)

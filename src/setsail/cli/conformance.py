"""`setsail conformance`: each subject registers its commands."""

from __future__ import annotations

from setsail.cli.common import app

commands = app("Profiles, reports and certificates.")

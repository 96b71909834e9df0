"""`setsail conformance`: each subject registers its commands."""

from __future__ import annotations

from setsail.cli import _conformance_accept, _conformance_certificate, _conformance_profile, _conformance_report
from setsail.cli.common import app

commands = app("Profiles, reports and certificates.")
_conformance_report.register(commands)
_conformance_certificate.register(commands)
_conformance_profile.register(commands)
_conformance_accept.register(commands)

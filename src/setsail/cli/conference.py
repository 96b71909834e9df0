"""`setsail conference`: each subject registers its commands."""

from __future__ import annotations

from setsail.cli import _conference_accept, _conference_call, _conference_server, _conference_size
from setsail.cli.common import app

commands = app("Video conference of a rollout: server, test calls, acceptance, bandwidth.")
_conference_server.register(commands)
_conference_call.register(commands)
_conference_accept.register(commands)
_conference_size.register(commands)

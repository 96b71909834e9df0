"""What the first visitor asks for, computed before anyone asks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from setsail import api
from setsail.web.routes import overview
from setsail.web.state import State

LOG = logging.getLogger("setsail.server")


def warm(server: State) -> None:
    """Keeps the words, the plans and their verdicts of today; the data sets of a demonstration are counted too.

    What fails here is left to fail before the person who asks for it, with its reason.
    """
    steps: list[Callable[[], object]] = [
        partial(overview.kept_words, server, language) for language in overview.LANGUAGES
    ]
    steps.append(partial(overview.kept_plans, server))
    steps += [partial(overview.kept_verdicts, server, plan["id"], forecast=False) for plan in api.plan_list()]
    if server.settings.demonstration:
        workspace = server.settings.workspace
        steps += [partial(api.map_facets, kept["name"], workspace) for kept in api.map_data_sets(workspace)]
    for step in steps:
        try:
            step()
        except Exception:
            LOG.warning("could not be prepared: %s", step, exc_info=True)

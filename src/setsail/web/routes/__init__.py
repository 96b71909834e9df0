"""Routes by subject; each names the role that it asks for and calls one function of `setsail.api`."""

from fastapi import APIRouter

from setsail.web.routes import (
    admin,
    calls,
    conformance,
    data,
    index,
    jobs,
    map,
    oidc,
    overview,
    rollout_files,
    rollout_making,
    rollouts,
    session,
    sites,
)

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    oidc.router,
    overview.router,
    map.router,
    index.router,
    jobs.router,
    sites.router,
    conformance.router,
    rollouts.router,
    rollout_making.router,
    rollout_files.router,
    calls.router,
    data.router,
    admin.router,
)

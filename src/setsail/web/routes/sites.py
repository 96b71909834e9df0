"""Sites: list, drawings, designs with maps and verdicts, what-if, saving, comparing, jobs."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from setsail import api
from setsail.base.errors import BadInput, StoreConflict, UnknownName
from setsail.web import places
from setsail.web.access import MAY, Session, requires
from setsail.web.designs import Designs, designs_of, revision_of
from setsail.web.noting import note
from setsail.web.queueing import queue
from setsail.web.site_tasks import UPLOADS
from setsail.web.site_uploads import received
from setsail.web.state import State, state_of

router = APIRouter(prefix="/sites", tags=["sites"])
Server = Annotated[State, Depends(state_of)]
Kept = Annotated[Designs, Depends(designs_of)]
Viewer = Annotated[Session, Depends(requires("viewer"))]
Engineer = Annotated[Session, Depends(requires("engineer"))]
Lang = Annotated[Literal["en", "zh"], Query(description="Language of labels and remedies.")]
Profile = Annotated[str, Query(max_length=60, description="A shipped profile.")]
Text = Annotated[str, Query(max_length=200)]
CACHED = "private, max-age=3600, immutable"
SITE_BYTES = 64 * 1024 * 1024
KEPT = timedelta(days=1)
"""Files of sites wait for their job."""
SUFFIXES = (".xlsx", ".dxf", ".geojson", ".json", ".ifc")


class SiteRow(BaseModel):
    """One site of a list. `error`: why its folder cannot be read."""

    organisation: str
    site: str
    name: str = ""
    kind: str = ""
    synthetic: bool = False
    source: str = ""
    floors: int = 0
    rooms: int = 0
    area_m2: float = 0.0
    needs: int = 0
    designed: bool = False
    heads: int | None = None
    floor_list: list[dict[str, Any]] = []
    error: str = ""


class SiteOut(SiteRow):
    """One site: what a person may do with it, and the revision of its design (None where there is none)."""

    may_edit: bool = False
    may_assess: bool = False
    revision: str | None = None


class Edit(BaseModel):
    """A changed design: all heads, and the drawings of the changed floors."""

    model_config = ConfigDict(extra="forbid")
    revision: str = Field(min_length=1, max_length=64)
    profile: str = Field(default="hospital", max_length=60)
    heads: list[dict[str, Any]] = Field(min_length=1, max_length=5_000)
    floors: dict[str, dict[str, Any]] = Field(default_factory=dict, max_length=200)


class JobRef(BaseModel):
    """A job that was queued."""

    job: int


class Saved(BaseModel):
    """A design that was saved."""

    site: str
    heads: int
    floors_changed: bool
    revision: str


def folder_of(organisation: str, site: str, server: Server, session: Viewer) -> Path:
    """The folder of a site that the person may see."""
    return places.folder(places.sites_in(server.settings.sites_folder()), session, organisation, site)


Folder = Annotated[Path, Depends(folder_of)]


def shipped_profile(profile: str) -> str:
    """The name of a shipped profile; a folder on the server is none. Raises UnknownName."""
    known = [one["profile"] for one in api.conformance_profiles()]
    if profile not in known:
        raise UnknownName(f"is {profile[:60]!r}", where="profile", allowed=", ".join(known))
    return profile


@router.get("")
def listed(server: Server, session: Viewer) -> list[SiteRow]:
    """The sites of one's organisation; an administrator sees all."""
    shelf = places.sites_in(server.settings.sites_folder())
    return [SiteRow(**_row(shelf.root / whose / site, whose)) for whose, site in places.seen(shelf, session)]


@router.post("", status_code=202)
async def upload(
    *,
    request: Request,
    server: Server,
    session: Engineer,
    name: Annotated[str, Query(min_length=1, max_length=80)],
    file: Annotated[str, Query(max_length=255, description="Name of the file, whose suffix tells its kind.")],
    kind: Literal["hospital", "factory", "port"] = "hospital",
) -> JobRef:
    """Makes a site from a COBie, DXF, GeoJSON or IFC file, by a job. The body is the file (octet-stream)."""
    suffix = Path(file).suffix.casefold()
    if suffix not in SUFFIXES:
        raise BadInput(f"ends in {suffix[:12]!r}", where="file", allowed=", ".join(SUFFIXES))
    out = places.new_folder(places.sites_in(server.settings.sites_folder()), session, name)
    until = server.settings.now() - KEPT
    kept = await received(request, server.settings.workspace / UPLOADS, suffix, SITE_BYTES, until=until)
    arguments = {"organisation": places.organisation_of(session), "site": out.name, "name": name, "kind": kind,
                 "upload": kept.name}  # fmt: skip
    return _queued(server, session, "site-import", arguments)


@router.get("/wall-classes", dependencies=[Depends(requires("viewer"))])
def wall_classes(lang: Lang = "en") -> list[dict[str, Any]]:
    """Classes of walls, doors and windows."""
    return api.site_wall_classes(lang)


@router.get("/functions", dependencies=[Depends(requires("viewer"))])
def functions(lang: Lang = "en") -> dict[str, str]:
    """Words of the functions of rooms."""
    return {one["function"]: one[f"name_{lang}"] for one in api.site_functions()}


@router.get("/{organisation}/{site}")
def one(organisation: str, folder: Folder, session: Viewer, profile: Profile = "hospital") -> SiteOut:
    """One site."""
    row = _row(folder, organisation)
    revision = revision_of(folder, shipped_profile(profile)) if row["designed"] else None
    return SiteOut(
        **row, may_edit=session.person.role in MAY["engineer"], may_assess=session.person.role in MAY["assessor"],
        revision=revision,
    )  # fmt: skip


@router.get("/{organisation}/{site}/floors/{floor}")
def drawing(floor: str, folder: Folder) -> dict[str, Any]:
    """One floor as GeoJSON in local metres."""
    return api.site_drawing(folder, floor)


@router.get("/{organisation}/{site}/design")
def design(folder: Folder, designs: Kept, profile: Profile = "hospital") -> dict[str, Any]:
    """The network as tables, with its bill."""
    revision, opened = designs.of(folder, shipped_profile(profile))
    return api.design_tables(opened) | {"revision": revision}


@router.get("/{organisation}/{site}/verdicts")
def verdicts(folder: Folder, designs: Kept, profile: Profile = "hospital", lang: Lang = "en") -> dict[str, Any]:
    """What a profile says: totals, dimensions, rooms, applications."""
    revision, opened = designs.of(folder, shipped_profile(profile))
    return api.design_verdicts(opened, lang=lang) | {"revision": revision}


@router.get("/{organisation}/{site}/findings")
def findings(
    *,
    folder: Folder,
    designs: Kept,
    profile: Profile = "hospital",
    lang: Lang = "en",
    revision: Annotated[str, Query(max_length=64, description="Of a what-if; the saved design where empty.")] = "",
    room: Text = "",
    flow: Text = "",
    dimension: Text = "",
    verdict: Text = "",
    rule: Text = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Findings with clause, met, required, margin, cause, remedy and sources; the worst first."""
    name = shipped_profile(profile)
    opened = designs.at(folder, revision, name) if revision else designs.of(folder, name)[1]
    return api.design_findings(
        opened, room=room, flow=flow, dimension=dimension, verdict=verdict, rule=rule, lang=lang, offset=offset,
        limit=limit,
    )  # fmt: skip


@router.get("/{organisation}/{site}/budgets")
def budgets(folder: Folder, designs: Kept, flow: Text, profile: Profile = "hospital", lang: Lang = "en") -> list[
    dict[str, Any]
]:  # fmt: skip
    """The delay budget of one flow, term by term."""
    return api.design_budgets(designs.of(folder, shipped_profile(profile))[1], flow, lang=lang)


@router.get("/{organisation}/{site}/maps/{floor}")
def layers(floor: str, folder: Folder, designs: Kept, profile: Profile = "hospital") -> dict[str, Any]:
    """Frame and layers of the maps of a floor, with their classes."""
    revision, opened = designs.of(folder, shipped_profile(profile))
    return api.design_layers(opened, floor) | {"revision": revision}


@router.get("/{organisation}/{site}/maps/{floor}/{layer}", response_class=Response)
def raster(
    *,
    floor: str,
    layer: str,
    folder: Folder,
    designs: Kept,
    revision: Annotated[str, Query(min_length=1, max_length=64)],
    profile: Profile = "hospital",
    if_none_match: Annotated[str, Header(max_length=200)] = "",
) -> Response:
    """One layer: float32, little-endian, row by row from the north-west; NaN where nothing is known."""
    tag = f'"{revision}-{layer}"'
    opened = designs.at(folder, revision, shipped_profile(profile))
    headers = {"etag": tag, "cache-control": CACHED}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)
    content = api.design_raster(opened, floor, layer).tobytes()
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get("/{organisation}/{site}/maps/{floor}/{layer}/rooms")
def layer_rooms(
    *,
    floor: str,
    layer: str,
    folder: Folder,
    designs: Kept,
    revision: Annotated[str, Query(min_length=1, max_length=64)],
    profile: Profile = "hospital",
) -> list[dict[str, Any]]:
    """One layer room by room: the table beside the picture."""
    return api.design_layer_rooms(designs.at(folder, revision, shipped_profile(profile)), floor, layer)


@router.post("/{organisation}/{site}/what-if")
def what_if(edit: Edit, folder: Folder, designs: Kept, session: Viewer, lang: Lang = "en") -> dict[str, Any]:
    """What a changed design gives: verdicts better and worse, rooms, cost, and the revision of its maps. Nothing is
    saved.
    """
    del session
    base = designs.at(folder, edit.revision, shipped_profile(edit.profile))
    revision = _edited_revision(edit)
    made = designs.made(revision, folder, lambda: api.design_edited(base, edit.heads, edit.floors))
    return api.design_changes(base, made, lang=lang) | {"revision": revision}


@router.put("/{organisation}/{site}/design")
def save(*, edit: Edit, organisation: str, folder: Folder, designs: Kept, server: Server, session: Engineer) -> Saved:
    """Saves a changed design in place of that of the revision it was made from; the audit trail notes who did."""
    base = designs.at(folder, edit.revision, shipped_profile(edit.profile))
    profile = base.judged.profile.profile
    if revision_of(folder, profile) != edit.revision:
        raise StoreConflict(
            "was changed meanwhile", where="design", hint="load the design again; your edit is kept here"
        )
    made = designs.made(_edited_revision(edit), folder, lambda: api.design_edited(base, edit.heads, edit.floors))
    done = api.design_save(folder, base, made)
    detail = {"organisation": organisation, "heads": done["heads"], "floors": sorted(edit.floors)}
    note(server, session, "save-design", f"{organisation}/{folder.name}", detail)
    return Saved(**done, revision=revision_of(folder, profile))


@router.get("/{organisation}/{site}/compare")
def compare(
    *,
    folder: Folder,
    designs: Kept,
    server: Server,
    session: Viewer,
    other_organisation: Annotated[str, Query(max_length=80)],
    other: Annotated[str, Query(max_length=80)],
    profile: Profile = "hospital",
    lang: Lang = "en",
) -> dict[str, Any]:
    """What another design judges otherwise than this one."""
    there = places.folder(places.sites_in(server.settings.sites_folder()), session, other_organisation, other)
    name = shipped_profile(profile)
    return api.design_changes(designs.of(folder, name)[1], designs.of(there, name)[1], lang=lang)


@router.post("/{organisation}/{site}/design-jobs", status_code=202)
def design_again(
    *, organisation: str, folder: Folder, server: Server, session: Engineer, profile: Profile = "hospital",
    only_placed: bool = False,
) -> JobRef:  # fmt: skip
    """Designs the site anew by a job; `only_placed` dimensions the heads that stand there and adds none."""
    arguments = {"organisation": organisation, "site": folder.name, "profile": shipped_profile(profile),
                 "only_placed": only_placed}  # fmt: skip
    return _queued(server, session, "site-design", arguments)


def _queued(server: State, session: Session, task: str, arguments: dict[str, Any]) -> JobRef:
    job = queue(server, session, task, arguments)
    note(server, session, f"queue-{task}", f"{arguments['organisation']}/{arguments['site']}", {"job": job.id})
    return JobRef(job=job.id)


def _row(folder: Path, organisation: str) -> dict[str, Any]:
    """A site as a row; a broken folder is told, and does not hide the others."""
    try:
        return api.site_summary(folder) | {"organisation": organisation}
    except BadInput as err:
        return {"organisation": organisation, "site": folder.name, "error": f"{Path(err.where).name}: {err.what}",
                "designed": False}  # fmt: skip


def _edited_revision(edit: Edit) -> str:
    text = json.dumps(edit.model_dump(), sort_keys=True)
    return "w" + hashlib.sha256(text.encode()).hexdigest()[:24]

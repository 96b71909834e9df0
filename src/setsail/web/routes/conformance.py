"""Profiles, reports, certificates; and the public page on which anyone verifies a certificate, offline."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from setsail import api
from setsail.base.errors import BadInput
from setsail.web import places, site_tasks
from setsail.web.access import Session, public, requires
from setsail.web.noting import note
from setsail.web.queueing import queue
from setsail.web.routes.sites import Folder, JobRef, Lang, Server, shipped_profile

router = APIRouter(tags=["conformance"])
Assessor = Annotated[Session, Depends(requires("assessor"))]
Viewer = Annotated[Session, Depends(requires("viewer"))]
CERTIFICATE_BYTES = 8 * 1024 * 1024
TRUST_BYTES = 256 * 1024


class ReportAsked(BaseModel):
    """A report to be made."""

    model_config = ConfigDict(extra="forbid")
    profile: str = Field(default="hospital", max_length=60)
    language: Literal["en", "zh"] = "en"


class CertificateAsked(ReportAsked):
    """A certificate to be signed with a key of the person's organisation."""

    level: Literal["first", "second", "third"]
    key: str = Field(min_length=1, max_length=120)


class ResultOut(BaseModel):
    """A file that a job has made."""

    name: str
    bytes: int


@router.get("/conformance/profiles", dependencies=[Depends(requires("viewer"))])
def profiles() -> list[dict[str, Any]]:
    """The shipped profiles."""
    return api.conformance_profiles()


@router.get("/conformance/profiles/{profile}", dependencies=[Depends(requires("viewer"))])
def profile(profile: str, lang: Lang = "en") -> dict[str, Any]:
    """One profile with every check and its source."""
    return api.conformance_profile_show(shipped_profile(profile), lang=lang)


@router.get("/conformance/keys")
def keys(server: Server, session: Assessor) -> list[str]:
    """Names of the signing keys of one's organisation on the server."""
    return site_tasks.keys(server.settings.workspace, places.organisation_of(session))


@router.get("/sites/{organisation}/{site}/results")
def results(organisation: str, folder: Folder, server: Server) -> list[ResultOut]:
    """Reports and certificates of a site."""
    return [ResultOut(**one) for one in site_tasks.results(server.settings.workspace, organisation, folder.name)]


@router.get("/sites/{organisation}/{site}/results/{name}", response_class=Response)
def result(organisation: str, name: str, folder: Folder, server: Server) -> FileResponse:
    """One report or certificate, to be kept as a file."""
    path = site_tasks.result_of(server.settings.workspace, organisation, folder.name, name)
    kind = "application/pdf" if path.suffix == ".pdf" else "application/json"
    return FileResponse(path, media_type=kind, filename=path.name)


@router.post("/sites/{organisation}/{site}/reports", status_code=202)
def report(asked: ReportAsked, organisation: str, folder: Folder, server: Server, session: Viewer) -> JobRef:
    """Makes the report of a site as PDF and JSON, by a job."""
    arguments = {"organisation": organisation, "site": folder.name, "profile": shipped_profile(asked.profile),
                 "language": asked.language}  # fmt: skip
    return JobRef(job=queue(server, session, "site-report", arguments).id)


@router.post("/sites/{organisation}/{site}/certificates", status_code=202)
def certify(asked: CertificateAsked, organisation: str, folder: Folder, server: Server, session: Assessor) -> JobRef:
    """Attests a site with a key of one's organisation, by a job; refused by the job where a check fails."""
    signer = places.organisation_of(session)
    site_tasks.key_of(server.settings.workspace, signer, asked.key)
    arguments = {
        "organisation": organisation, "site": folder.name, "profile": shipped_profile(asked.profile),
        "language": asked.language, "level": asked.level, "key": asked.key, "signer": signer,
    }  # fmt: skip
    job = queue(server, session, "site-certificate", arguments)
    detail = {"job": job.id, "key": asked.key, "level": asked.level}
    note(server, session, "queue-site-certificate", f"{organisation}/{folder.name}", detail)
    return JobRef(job=job.id)


@router.post("/conformance/verify", dependencies=[Depends(public)])
def verify(
    server: Server,
    certificate: Annotated[UploadFile, File(description="The certificate, JSON or PDF.")],
    trust: Annotated[UploadFile, File(description="Public keys that you hold to be trusted.")],
    status: Annotated[UploadFile | None, File(description="The signer's status list.")] = None,
) -> dict[str, Any]:
    """What can be said of a certificate: signature, signer, status, scope; nothing that is sent is kept."""
    with tempfile.TemporaryDirectory(prefix="setsail-verify-") as name:
        folder = Path(name)
        paths = [
            _written(folder / "certificate", certificate, CERTIFICATE_BYTES),
            _written(folder / "trust", trust, TRUST_BYTES),
            _written(folder / "status", status, CERTIFICATE_BYTES) if status is not None and status.filename else None,
        ]
        try:
            return api.conformance_verify_certificate(
                paths[0] or folder, trust=[paths[1] or folder], status=paths[2], now=server.settings.now()
            )
        except BadInput as err:
            where = err.where.replace(f"{folder}/", "")
            raise type(err)(
                err.what.replace(f"{folder}/", ""), where=where, allowed=err.allowed, hint=err.hint
            ) from err


def _written(path: Path, given: UploadFile, most: int) -> Path:
    """The upload as a file. Raises BadInput where it is empty or too long."""
    content = given.file.read(most + 1)
    if not 0 < len(content) <= most:
        raise BadInput("is empty" if not content else "is too long", where=path.name, allowed=f"1 to {most} bytes")
    path.write_bytes(content)
    return path

"""Background work on sites: import, design, report, certificate. Files of results lie below the workspace."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from setsail import api
from setsail.base.errors import BadInput, UnknownName
from setsail.web import places
from setsail.web.worker import Context

RESULT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.(?:pdf|json)")
UPLOADS = "site-uploads"
UPLOAD = re.compile(r"[0-9a-f]{32}\.[a-z]{3,7}")


def results_folder(workspace: Path, organisation: str, site: str) -> Path:
    """Where reports and certificates of a site are kept."""
    return workspace / "results" / organisation / site


def keys_folder(workspace: Path, organisation: str) -> Path:
    """Where an organisation's signing keys lie: put there by who runs the server, never uploaded."""
    return workspace / "keys" / organisation


def site_import(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - kept as JSON
    """A site from an uploaded file, which is removed."""
    upload = str(arguments["upload"])
    if not UPLOAD.fullmatch(upload):
        raise UnknownName(f"is {upload[:60]!r}", where="upload")
    path = context.workspace / UPLOADS / upload
    out = _root(context) / str(arguments["organisation"]) / str(arguments["site"])
    if (out / "site.toml").is_file():  # an earlier worker made it and died before it could say so
        path.unlink(missing_ok=True)
        return {"site": out.name}
    context.tell(0.1, "reading the building")
    try:
        made = api.site_import(path, out, name=str(arguments["name"]), kind=str(arguments["kind"]))
    finally:
        path.unlink(missing_ok=True)
    return {key: made[key] for key in ("site", "name", "spaces", "area_indoor_m2", "needs", "inferred", "refused")}


def site_design(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - kept as JSON
    """The network of a site, designed anew."""
    context.tell(0.05, "placing heads, dimensioning slices and flows")
    made = api.design_run(
        _folder(context, arguments), profile=str(arguments["profile"]),
        only_placed=bool(arguments.get("only_placed", False)), clock=time.perf_counter,
    )  # fmt: skip
    kept = ("site", "rooms", "gap_ratio", "covered_ratio", "binding", "refused", "notes", "seconds")
    return {key: made[key] for key in kept} | {"heads": len(made["heads"]), "flows": len(made["flows"])}


def site_demonstration(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - kept as JSON
    """The demonstration hospital, made and designed where it is not there yet."""
    out = _root(context) / places.DEMONSTRATION / "demonstration-hospital"
    if not (out / "site.toml").is_file():
        context.tell(0.05, "drawing the hospital")
        api.site_demonstration(out)
    if (out / "network.toml").is_file():
        return {"site": out.name}
    return site_design(context, {"organisation": places.DEMONSTRATION, "site": out.name, **arguments})


def site_report(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - kept as JSON
    """The report of a site as PDF and JSON."""
    folder, language = _folder(context, arguments), str(arguments["language"])
    stem = f"report-{arguments['profile']}-{language}-{context.now():%Y%m%dT%H%M%SZ}"
    out = results_folder(context.workspace, str(arguments["organisation"]), folder.name)
    context.tell(0.1, "judging and drawing")
    made = api.conformance_report(
        folder, now=context.now(), out=out / f"{stem}.pdf", json=out / f"{stem}.json",
        profile=str(arguments["profile"]), language=language,
    )  # fmt: skip
    return {**made, "report": f"{stem}.pdf", "json": f"{stem}.json"}


def site_certificate(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - kept as JSON
    """The certificate of a site, or what stands against one."""
    folder, language = _folder(context, arguments), str(arguments["language"])
    key = key_of(context.workspace, str(arguments["signer"]), str(arguments["key"]))
    stem = f"certificate-{arguments['profile']}-{context.now():%Y%m%dT%H%M%SZ}"
    out = results_folder(context.workspace, str(arguments["organisation"]), folder.name)
    context.tell(0.1, "judging")
    made = api.conformance_certify(
        folder, level=str(arguments["level"]), key=key, out=out / f"{stem}.json", pdf=out / f"{stem}.pdf",
        now=context.now(), profile=str(arguments["profile"]), language=language,
    )  # fmt: skip
    files = {"certificate": f"{stem}.json", "pdf": f"{stem}.pdf"} if made["issued"] else {}
    return {k: v for k, v in made.items() if k not in ("certificate", "pdf")} | files


def keys(workspace: Path, organisation: str) -> list[str]:
    """Names of an organisation's signing keys."""
    folder = keys_folder(workspace, organisation)
    found = folder.glob("*.json") if folder.is_dir() and not folder.is_symlink() else ()
    return sorted(p.name for p in found if not p.name.endswith(".pub.json") and not p.is_symlink())


def key_of(workspace: Path, organisation: str, name: str) -> Path:
    """The file of a key by its name. Raises UnknownName."""
    if name not in keys(workspace, organisation):
        raise UnknownName(f"is {name[:60]!r}", where="key", allowed="a key of your organisation on the server")
    return keys_folder(workspace, organisation) / name


def result_of(workspace: Path, organisation: str, site: str, name: str) -> Path:
    """The file of a result by its name. Raises UnknownName."""
    path = results_folder(workspace, organisation, site) / name if RESULT.fullmatch(name) else None
    if path is None or path.is_symlink() or not path.is_file():
        raise UnknownName(f"is {name[:60]!r}", where="result", allowed="a report or certificate of the site")
    return path


def results(workspace: Path, organisation: str, site: str) -> list[dict[str, Any]]:
    """Reports and certificates of a site, the newest first."""
    folder = results_folder(workspace, organisation, site)
    found = [p for p in (folder.iterdir() if folder.is_dir() else ()) if RESULT.fullmatch(p.name) and p.is_file()]
    found.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    return [{"name": p.name, "bytes": p.stat().st_size} for p in found]


def _root(context: Context) -> Path:
    return context.sites or context.workspace / "sites"


def _folder(context: Context, arguments: Mapping[str, Any]) -> Path:
    """The site of a job, whose names were looked up when it was queued and are looked up again."""
    root, organisation, site = _root(context), str(arguments["organisation"]), str(arguments["site"])
    if (
        "/" in organisation
        or organisation.startswith(".")
        or site not in places.names(places.sites_in(root), organisation)
    ):
        raise BadInput("is not there any more", where=f"site {site[:80]!r}")
    return root / organisation / site

"""`setsail conformance key create | certify | verify-certificate | status set`: who attests what, and its check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.cli._conformance_report import LanguageOption, LogOption, ProbeOption
from setsail.cli._design_verify import FolderArgument, ProfileOption, SlotsOption
from setsail.cli.common import Format, FormatOption, app, emit, now, say

KEY_COLUMNS = ("party", "key", "algorithm", "levels", "private", "public")
STATUS_COLUMNS = ("certificate", "status", "since", "list", "next_update")
KeyOption = Annotated[Path, typer.Option("--key", help="Private key of `setsail conformance key create`.")]


def key_create(
    party: Annotated[str, typer.Option("--party", help="Name of the party, as it is printed.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Private key, such as a.json; public half in a.pub.json.")],
    levels: Annotated[
        str, typer.Option("--levels", help="Attestation levels proposed in the public half; its holder decides.")
    ] = "first,second,third",
    algorithm: Annotated[str, typer.Option("--algorithm", help="Ed25519, or ES256 for older PDF viewers.")] = "Ed25519",
    fmt: FormatOption = Format.table,
) -> None:
    """Make the key of a party: private half with mode 0600, public half beside it. Never overwrites."""
    named = [one.strip() for one in levels.split(",") if one.strip()]
    done = api.conformance_key_create(out, party=party, levels=named, algorithm=algorithm)
    emit(done, fmt, None, columns=KEY_COLUMNS if fmt is not Format.json else ())
    say(f"note: {done['public']} proposes levels; whoever verifies decides them in his own copy of that file")


def certify(
    folder: FolderArgument,
    level: Annotated[str, typer.Option("--party", help="Who attests: first, second or third party.")],
    key: KeyOption,
    out: Annotated[Path, typer.Option("--out", "-o", help="Signed JSON file to write.")],
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Also write a signed PDF that carries the JSON.")] = None,
    profile: ProfileOption = "hospital",
    slots: SlotsOption = None,
    stage: Annotated[
        str, typer.Option("--scope", help="Stage that is attested: design, accept or operate.")
    ] = "design",
    log: LogOption = None,
    probe: ProbeOption = None,
    valid_days: Annotated[float, typer.Option("--valid-days", help="Days until it expires.")] = 365,
    status_at: Annotated[str, typer.Option("--status-at", help="Address or file name of your status list.")] = "",
    deviation: Annotated[
        list[str] | None, typer.Option("--deviation", help="A deviation to state; repeatable.")
    ] = None,
    accreditation: Annotated[str, typer.Option("--accreditation", help="Your accreditation, as you state it.")] = "",
    language: LanguageOption = "en",
    fmt: FormatOption = Format.table,
) -> None:
    """Attest a design without failed checks; exit code 1, and no file, where any check fails."""
    done = api.conformance_certify(
        folder, level=level, key=key, out=out, now=now(), pdf=pdf, profile=profile, slots=slots, stage=stage,
        log=log, probe=probe, valid_days=valid_days, status_at=status_at, deviations=deviation or (),
        accreditation=accreditation, language=language,
    )  # fmt: skip
    if fmt is Format.json:
        emit(done, fmt, None)
    elif done["issued"]:
        emit(
            {k: done[k] for k in ("kind", "scope", "level", "party", "id", "valid_until", "open", "certificate")},
            fmt,
            None,
        )
    else:
        emit([_hindrance(h) for h in done["hindrances"]], fmt, None, title=f"No {done['kind']}: what stands against it")
    if not done["issued"]:
        say("note: a design with failed checks gets a report; try: setsail conformance report")
        raise typer.Exit(1)
    if done["kind"] == "report":
        say("note: what the owner signs of his own design is a report, not a certificate")


def verify_certificate(
    certificate: Annotated[Path, typer.Argument(help="Certificate or signed report, JSON or PDF.")],
    trust: Annotated[list[Path], typer.Option("--trust", help="Public key that you hold and trust; repeatable.")],
    status: Annotated[Path | None, typer.Option("--status", help="Status list of the signer.")] = None,
    site: Annotated[Path | None, typer.Option("--site", help="Site folder to compare with the evidence.")] = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Signature, signer, status, scope and evidence, each by itself, offline; exit code 1 unless all are good."""
    found = api.conformance_verify_certificate(certificate, trust=trust, now=now(), status=status, site=site)
    if fmt is Format.json:
        emit(found, fmt, None)
    else:
        emit(_answers(found), fmt, None, title=f"{certificate}: {'good' if found['good'] else 'NOT good'}")
    if not found["good"]:
        raise typer.Exit(1)


def status_set(
    path: Annotated[Path, typer.Option("--list", help="Your signed status list; made where there is none.")],
    certificate: Annotated[str, typer.Option("--certificate", help="Its file, or its identifier urn:uuid:...")],
    state: Annotated[str, typer.Option("--status", help="valid, suspended or withdrawn.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever relies on it.")],
    key: KeyOption,
    fresh_days: Annotated[float, typer.Option("--fresh-days", help="Days for which the list may be relied on.")] = 30,
    fmt: FormatOption = Format.table,
) -> None:
    """Suspend, withdraw or restore what you signed, in a signed list; a withdrawal is final."""
    done = api.conformance_status_set(
        path, certificate=certificate, state=state, reason=reason, key=key, now=now(), fresh_days=fresh_days
    )
    emit(done, fmt, None, columns=STATUS_COLUMNS if fmt is not Format.json else ())


def _hindrance(one: dict[str, Any]) -> dict[str, Any]:
    subjects = one["subjects"]
    shown = subjects[:3] + ([f"and {len(subjects) - 3} more"] if len(subjects) > 3 else [])
    return {"rule": one["rule"], "reason": one["reason"], "label": one["label"], "subjects": ", ".join(shown)}


def _answers(found: dict[str, Any]) -> list[dict[str, Any]]:
    """One line for each question, as a person asks it."""
    totals = found["totals"] or {}
    judged = ", ".join(f"{n} {verdict.replace('_', ' ')}" for verdict, n in totals.items())
    rows = [
        ("signature", found["signature"], found["signature_reason"]),
        ("signer trusted", "yes" if found["trusted"] else "no", found["trusted_reason"]),
        ("status", found["status"], found["status_reason"]),
        ("evidence", found["evidence"], found["evidence_reason"]),
    ]
    if found["scope"]:
        named = (found["profile"] or {}).get("id"), (found["profile"] or {}).get("version")
        rows.append(("what was judged", f"scope: {found['scope']}", f"{named[0]} {named[1]}: {judged}"))
        rows.append(("what it is", f"{found['level']}-party {found['kind']}", f"{len(found['open'])} open items"))
    return [{"question": q, "answer": a, "why": w} for q, a, w in rows]


def register(commands: typer.Typer) -> None:
    """Adds the commands to the group."""
    keys = app("Keys of parties that attest.")
    keys.callback()(_group)
    keys.command("create")(key_create)
    commands.add_typer(keys, name="key")
    commands.command("certify")(certify)
    commands.command("verify-certificate")(verify_certificate)
    lists = app("Status lists: suspension and withdrawal of what you signed.")
    lists.callback()(_group)
    lists.command("set")(status_set)
    commands.add_typer(lists, name="status")


def _group() -> None:
    """Keeps a group of one command a group."""

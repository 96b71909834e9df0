"""`setsail rollout`: configuration of terminals and links, and work orders."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, emit, now, say

FolderArgument = Annotated[Path, typer.Argument(help="Folder of the rollout.")]


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command("provision")(provision)
    commands.command("orders")(orders)
    commands.command("flows")(flows)


def provision(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; it must be new or empty.")],
    templates: Annotated[
        Path | None, typer.Option("--templates", help="Your own families of devices: KIND/FAMILY/family.toml.")
    ] = None,
    rotate: Annotated[bool, typer.Option("--rotate", help="Make all secrets anew.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an older provisioning in --out.")] = False,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Tell the PIN of the room.")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Files of every site: terminal, account, room and PIN, marking, 5G router, switch; and of the servers."""
    found = api.rollout_provision(
        folder, out, now=now(), random_bytes=secrets.token_bytes, own_templates=templates, rotate=rotate,
        replace=replace, show_secrets=show_secrets,
    )  # fmt: skip
    if found["assumed"]:
        say(f"note: {', '.join(found['assumed'])} as shipped, which is assumed: put your own in provision.toml")
    emit(found, fmt, None)


def orders(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="PDF to write.")],
    site: Annotated[list[str] | None, typer.Option("--site", help="Only this site; may be repeated.")] = None,
    language: Annotated[str, typer.Option("--language", help="en or zh.")] = "en",
    with_pin: Annotated[bool, typer.Option("--with-pin", help="Print the PIN of the room.")] = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Work orders as PDF: a page for each site with its QR codes, and a sheet for each crew."""
    found = api.rollout_orders(folder, out, now=now(), language=language, sites=site or (), with_pin=with_pin)
    if not found["planned"]:
        say("note: no plan in the log, so the pages hold no crew and no times: setsail rollout plan first")
    emit(found, fmt, None)


def flows(
    folder: FolderArgument,
    site: Annotated[str, typer.Option("--site", help="Of the rollout.")],
    into: Annotated[
        Path | None, typer.Option("--into", help="Site folder whose needs get the flows; setsail design run reads it.")
    ] = None,
    room: Annotated[str, typer.Option("--room", help="Room of that site where the terminal stands.")] = "",
    function: Annotated[str, typer.Option("--function", help="Or the function of its rooms.")] = "",
    application: Annotated[
        str, typer.Option("--application", help="Whose delay and loss they are to keep; APP-152 asks for 99.9 %.")
    ] = "APP-131",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """The call as guaranteed flows of 5QI 2, handed to the design of a site."""
    found = api.rollout_flows(folder, site, into=into, room=room, function=function, application=application)
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    columns = ("flow", "application", "count", "fiveqi", "gbr_ul_bps", "gbr_dl_bps", "arp", "pdb_ms", "per")
    emit(found["flows"], fmt, out, columns=columns)
    say(f"note: {found['signalling']}")

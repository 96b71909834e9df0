"""`setsail admin`: upkeep of a workspace."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import (
    DEFAULT_WORKSPACE,
    ActorOption,
    Format,
    FormatOption,
    OutOption,
    WorkspaceOption,
    actor_or_user,
    app,
    emit,
    now,
    say,
    spinner,
)

commands = app("Workspace upkeep: audit trail, database.")

ENTRY_COLUMNS = ("seq", "at", "actor", "action", "subject", "detail", "hash")
FINDING_COLUMNS = ("code", "where", "found", "recorded")


@commands.command()
def audit(
    verify: Annotated[bool, typer.Option("--verify", help="Check the chain instead of listing it.")] = False,
    noted: Annotated[
        str | None, typer.Option("--noted", metavar="HASH", help="With --verify: a hash noted earlier must be there.")
    ] = None,
    after: Annotated[int, typer.Option("--after", help="List from the entry after this number.")] = 0,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """List the audit trail, or check that no entry was changed, removed or put in."""
    if not verify and noted is None:
        emit(api.admin_audit(workspace, after=after), fmt, out, columns=ENTRY_COLUMNS)
        return
    result = api.admin_audit_verify(workspace, noted=noted)
    say(f"{result['verdict']}: {result['entries']} entries; last hash {result['head'] or '-'}")
    _judge(result, fmt, out)


@commands.command()
def check(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, fmt: FormatOption = Format.table, out: OutOption = None
) -> None:
    """Check every file against its manifest, every manifest and run against the audit trail, and the trail."""
    with spinner("checking"):
        result = api.admin_check(workspace)
    looked = (
        f"{result[key]} {key.replace('_', ' ')}" for key in ("data_sets", "files", "rows", "runs", "audit_entries")
    )
    say(f"{result['verdict']}: {', '.join(looked)}")
    _judge(result, fmt, out)


@commands.command()
def sweep(
    actor: ActorOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Remove what dead processes left behind; a living process is never touched."""
    result = api.admin_sweep(workspace, now=now(), actor=actor_or_user(actor))
    say(f"{len(result['removed'])} leftovers removed")
    if fmt is Format.json:
        emit(result, fmt, out)
    elif result["removed"]:
        emit([{"removed": path} for path in result["removed"]], fmt, out)


@commands.command()
def database(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, fmt: FormatOption = Format.table, out: OutOption = None
) -> None:
    """Show the registry: address without password, revision, rows."""
    emit(api.admin_database(workspace), fmt, out)


def _judge(result: api.Record, fmt: Format, out: Path | None) -> None:
    """Shows a verdict with its findings; ends with 1 where there are any."""
    if fmt is Format.json:
        emit(result, fmt, out)
    elif result["findings"] or out is not None:
        emit(result["findings"], fmt, out, columns=FINDING_COLUMNS)
    if result["findings"]:
        raise typer.Exit(1)


@commands.command("create-user")
def create_user(
    name: Annotated[str, typer.Argument(help="Name to sign in with: a-z, 0-9, . _ @ -")],
    organisation: Annotated[str, typer.Option("--organisation", help="Whose sites the person sees.")],
    role: Annotated[
        str, typer.Option("--role", help="viewer, analyst, engineer, assessor, dispatcher or administrator.")
    ],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    actor: ActorOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Make an account for the web application; the first one is the administrator's."""
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    )
    made = api.admin_create_user(
        workspace, name, organisation=organisation, role=role, password=password, actor=actor_or_user(actor), now=now()
    )
    emit(made, fmt, out)


@commands.command("change-user")
def change_user(
    name: Annotated[str, typer.Argument(help="Name of the account.")],
    organisation: Annotated[str | None, typer.Option("--organisation", help="Another organisation.")] = None,
    role: Annotated[
        str | None, typer.Option("--role", help="viewer, analyst, engineer, assessor, dispatcher or administrator.")
    ] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether the person may sign in.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Set the password that standard input gives.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    actor: ActorOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Change an account of the web application, as when its password is lost; its sessions end."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    changed = api.admin_change_user(
        workspace, name, organisation=organisation, role=role, active=active, password=password,
        actor=actor_or_user(actor), now=now(),
    )  # fmt: skip
    emit(changed, fmt, out)


@commands.command()
def users(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, fmt: FormatOption = Format.table, out: OutOption = None
) -> None:
    """List the accounts of the web application."""
    emit(api.admin_users(workspace), fmt, out)

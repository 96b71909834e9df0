"""The command `setsail`: groups named after the user's subjects, one table from error to exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from importlib import import_module
from typing import Annotated, NoReturn

import typer

from setsail import __version__
from setsail.base.errors import BadInput, MissingExtra, NotComputable, SetSailError, StoreConflict
from setsail.cli.common import say

EXIT = {BadInput: 2, NotComputable: 2, MissingExtra: 2, StoreConflict: 2, SetSailError: 3}
"""The nearest class wins; anything that is not ours is our fault: 3."""

OLD_NAMES = {"--lang": "--language"}
"""Options by the name under which they were first known; it is understood and shown nowhere."""

STOPPED = 130
"""Exit code of a run that the user stopped, as shells give it."""

PLACES_FAULT = frozenset(
    {
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.ENOSPC,
        errno.EDQUOT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.ENAMETOOLONG,
    }
)
"""Errors of the place where something is read or written: for the user to mend."""

COMMANDS = {
    "serve": "The web application on a workspace.",
    "worker": "Works off the jobs of a workspace.",
    "demo": "Verdicts of the plan of 2021, index of 31 provinces, a hospital's network designed and judged, the pages.",
}
"""Commands without a group; each is the function of that name in its module."""

GROUPS = {
    "monitor": "Judge a plan on observations: verdicts, reconciliation, repairs.",
    "plan": "Plans as data: list, show, compare.",
    "index": "Composite index: compute, test its robustness, find levers.",
    "data": "Data sets of the workspace: ingest, list, check, synthesise.",
    "radio": "Radio: path loss, link budget, rates, coverage, positioning, exposure.",
    "site": "Buildings: import floor plans, check and show a site.",
    "service": "Services: feasibility by clause, latency, queueing, availability.",
    "design": "A site's network: design, verify, compare, hand over.",
    "conformance": "Profiles, reports and certificates.",
    "rollout": "Emergency rollout: sites, crews, routes, schedule, live changes.",
    "conference": "Video conference of a rollout: server, test calls, acceptance, bandwidth.",
    "admin": "Workspace upkeep: audit trail, database.",
}


HELP = "Set Sail: from a national plan for 5G applications to networks that work, with the proof."


def application(arguments: list[str]) -> typer.Typer:
    """The command tree, with only the group that `arguments` call loaded: this keeps `--help` quick."""
    tree = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=HELP)
    tree.callback()(root)
    called = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        command = getattr(import_module(f"setsail.cli.{name}"), name) if name == called else _listed_only
        tree.command(name, help=summary)(command)
    for name, summary in GROUPS.items():
        if name == called:
            tree.add_typer(import_module(f"setsail.cli.{name}").commands, name=name)
        else:
            tree.add_typer(_stand_in(), name=name, help=summary)
    return tree


def _stand_in() -> typer.Typer:
    """A group that is only listed."""
    group = typer.Typer(add_completion=False)
    group.callback()(_listed_only)
    return group


def _listed_only() -> None:
    """Stands where a command is listed and not called."""


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"setsail {__version__}")
        raise typer.Exit


def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Set Sail: from a national plan for 5G applications to networks that work, with the proof."""


def main() -> NoReturn:
    """Runs the command and ends the process: 0 done, 1 negative judgement, 2 bad input, 3 our fault."""
    sys.exit(run(sys.argv[1:]))


def _renamed(arguments: list[str]) -> list[str]:
    """The same words with options by their names of today."""
    cuts = [word.partition("=") for word in arguments]
    return [OLD_NAMES.get(name, name) + sign + value for name, sign, value in cuts]


def run(arguments: list[str]) -> int:
    """The exit code of one call."""
    arguments = _renamed(arguments)
    try:
        outcome = application(arguments)(arguments, standalone_mode=False, prog_name="setsail")
        sys.stdout.flush()
    except SetSailError as err:
        say(f"error [{err.code}] {' '.join(str(err).splitlines())}")
        return next(EXIT[c] for c in type(err).__mro__ if c in EXIT)
    except typer.Exit as err:
        return err.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return _stopped()
    except SystemExit as err:  # the way in which typer meets a reader that went away
        return 0 if isinstance(err.__context__, BrokenPipeError) else 3
    except typer.TyperException as err:
        asked_nothing = type(err).__name__ == "NoArgsIsHelpError"
        say(err.format_message() if asked_nothing else f"error [usage] {err.format_message()}; try: setsail --help")
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as err:
        if err.errno in PLACES_FAULT:
            say(f"error [bad-input] {err.filename or 'output'}: {err.strerror}; try: another folder, or free some room")
            return 2
        return _fault(err)
    except Exception as err:  # the last border: whatever is not foreseen is our fault
        return _fault(err)
    if outcome == STOPPED:  # typer turns the stop of a command into its result
        return _stopped()
    return outcome if isinstance(outcome, int) else 0


def _stopped() -> int:
    say("stopped; nothing half-written")
    return STOPPED


def _fault(err: Exception) -> int:
    told = " ".join(str(err).splitlines())
    say(f"error [fault] {type(err).__name__}: {told}; this is our fault; try: SETSAIL_DEBUG=1 for a report")
    if os.environ.get("SETSAIL_DEBUG"):
        traceback.print_exception(err)
    return 3

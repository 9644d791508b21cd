"""The `relais` command: one table of all commands, each behind the reader who types it.

A command is a function in `services/cli/<reader>/<module>.py` that imports what it runs inside
itself, so that `relais --help` starts fast. To add one, write the function and name it here.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from services.cli.operator.serve import Serve, serve


class Group(NamedTuple):
    """Commands below one word."""

    name: str
    help: str
    commands: tuple[str, ...]


# Reader -> functions as `module:name` below services.cli, in the order of `relais --help`. What is
# typed is a function's name, without the underscore that keeps it from being a name of Python's.
COMMANDS: Final[dict[str, tuple[str | Group, ...]]] = {
    "Try it": ("play.demo:demo", "play.up:up", "play.sandbox:sandbox"),
    "Partner": (
        "partner.send:send",
        "partner.inbox:inbox",
        Group("partner", "Join the bus and check the connection.", (
            "partner.joining:new", "partner.joining:answer", "partner.joining:join",
            "partner.joining:check",
        )),
        "partner.conformance:conformance",
    ),
    "Operator": (
        "operator.status:status",
        "operator.serve:serve",
        "play.setup:setup",
        Group("kafka", "Start Kafka here; compare and set topics and rights.", (
            "play.kafka:up", "play.kafka:down", "operator.kafka_check:apply",
        )),
        Group("keys", "Make, replace and revoke keys and certificates.", (
            "operator.keys:new", "operator.keys:rotate", "operator.keys:destroy",
            "operator.keys:tls",
        )),
        Group("directory", "Sign and adopt the directory of desks and keys.", (
            "operator.directory:sign", "operator.directory:adopt", "operator.directory:end",
        )),
        "operator.layout:layout",
        Group("quarantine", "Release or discard records that were not routed.", (
            "operator.quarantine:list_", "operator.quarantine:decide",
        )),
        "operator.erase:erase",
    ),
    "Auditor": (
        Group("audit", "Replay the log and prove what was shared.", (
            "auditor.audit:replay", "auditor.proofs:prove", "auditor.proofs:check",
            "auditor.audit:mirror", "auditor.evidence:export", "auditor.evidence:verify",
            "auditor.audit:who",
        )),
    ),
    "Committee": (
        Group("convention", "Read, check, compare, sign and adopt a convention.", (
            "committee.convention:lint", "committee.convention:matrix",
            "committee.convention:explain", "committee.convention:diff",
            "committee.sign:sign", "committee.sign:adopt",
        )),
        "committee.report:report",
    ),
}  # fmt: skip
EXIT_CODES: Final = "Exit codes: 0 good, 1 finding or refusal, 2 wrong use, 3 unreachable."
MORE: Final = "Options: --version, --install-completion. More: relais COMMAND --help"


# 32 bytes in base64url: every 64th begins with a hyphen, which is no option's.
_DASHED: Final = re.compile(r"-[A-Za-z0-9_-]{42}")


class TakesTokens(TyperCommand):
    """Takes such a word for an argument; without one, a mistyped option is told as that."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words of a command line."""
        ctx.ignore_unknown_options = any(map(_DASHED.fullmatch, args))
        return super().parse_args(ctx, args)


def typed(row: str | Group) -> str:
    """What is typed after `relais`, or after its group."""
    return row.name if isinstance(row, Group) else row.partition(":")[2].rstrip("_")


class Root(TyperGroup):
    """`relais` itself."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write a line a command, behind the reader whose first command it is."""
        self.format_usage(ctx, formatter)
        formatter.write_paragraph()
        for reader, rows in COMMANDS.items():
            for place, name in enumerate(map(typed, rows)):
                text = self.commands[name].get_short_help_str(formatter.width)
                formatter.write(f"{'' if place else reader:11}{name:13}{text}\n")
        formatter.write(f"\n{EXIT_CODES}\n{MORE}\n")


def create_app() -> typer.Typer:
    """Build the command with all that the table names."""
    cli = typer.Typer(
        name="relais",
        help="Interagency referral message bus for child protection.",
        no_args_is_help=True,
        add_completion=True,  # bash, zsh, fish: `relais --install-completion`
        pretty_exceptions_enable=False,  # a traceback with locals could show personal data
        rich_markup_mode=None,
    )
    cli.callback(cls=Root)(_root)
    for row in (row for rows in COMMANDS.values() for row in rows):
        if isinstance(row, Group):
            group = typer.Typer(help=row.help, no_args_is_help=True)
            for place in row.commands:
                _add(group, place)
            cli.add_typer(group, name=row.name)
        else:
            _add(cli, row)
    return cli


def _add(to: typer.Typer, place: str) -> None:
    module, _colon, name = place.partition(":")
    function = getattr(import_module(f"services.cli.{module}"), name)
    to.command(typed(place), cls=Serve if function is serve else TakesTokens)(function)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"relais {version('relais')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_version),
    ] = False,
) -> None:
    """Interagency referral message bus for child protection."""


app = create_app()

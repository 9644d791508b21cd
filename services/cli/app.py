"""The `relais` command: lists its command modules and lets each register itself.

A command lives in `services/cli/<reader>/<name>.py`, which offers `register(app: typer.Typer)` and
imports what it runs inside its functions, so that `relais --help` starts fast. To add one, write
the module and add its name to `COMMANDS`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

# Modules of services.cli in the order in which `relais --help` shows them.
COMMANDS: Final = (
    "play.demo",
    "play.up",
    "operator.serve",
    "play.setup",
    "partner.send",
    "partner.inbox",
    "partner.reply",
    "partner.duties",
    "play.kafka",
    "operator.topics",
    "operator.acl",
    "operator.keys",
    "operator.directory",
    "operator.layout",
    "committee.convention",
    "auditor.audit",
    "operator.quarantine",
)

EXIT_CODES: Final = (
    "Exit codes: 0 good; 1 a check found something, or a record was refused; 2 wrong use; "
    "3 Kafka or a service cannot be reached; "
    "serve alone: 4 another process took its place, 5 the log is damaged, 6 another layout was ordered."
)


class Group(TyperGroup):
    """Commands with their first paragraph whole: typer's own list cuts it at the end of the line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write name and help of each command."""
        commands = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        rows = [
            (name, _first_paragraph(one.help or "")) for name, one in commands if not one.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _first_paragraph(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())


def create_app() -> typer.Typer:
    """Build the command with every command module that exists."""
    cli = typer.Typer(
        name="relais",
        help="Interagency referral message bus for child protection.",
        no_args_is_help=True,
        add_completion=True,  # bash, zsh, fish: `relais --install-completion`
        pretty_exceptions_enable=False,  # a traceback with locals could show personal data
        rich_markup_mode=None,
    )
    cli.callback(epilog=EXIT_CODES)(_root)
    for name in COMMANDS:
        module = f"services.cli.{name}"
        if find_spec(module):
            import_module(module).register(cli)
    cli.info.cls = Group
    for group in cli.registered_groups:
        group.cls = Group
    return cli


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

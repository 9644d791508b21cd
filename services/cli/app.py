"""The `relais` command: lists its command modules and lets each register itself.

A command lives in `services/cli/<reader>/<name>.py`, which offers `register(app: typer.Typer)` and
imports what it runs inside its functions, so that `relais --help` starts fast. To add one, write
the module and add its name to `COMMANDS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

# Who types which commands.
READERS: Final = {
    "Try it": ("demo", "up", "sandbox"),
    "Partner": (
        "send", "referrals", "inbox", "acknowledge", "outcome", "duties", "partner", "conformance",
    ),
    "Operator": (
        "status", "serve", "setup", "kafka", "keys", "directory", "layout",
        "quarantine", "erase",
    ),
    "Auditor": ("audit",),
    "Committee": ("convention",),
}  # fmt: skip
EXIT_CODES: Final = "Exit codes: 0 good, 1 finding or refusal, 2 wrong use, 3 unreachable."
MORE: Final = "Options: --version, --install-completion. More: relais COMMAND --help"


class Root(TyperGroup):
    """`relais` itself."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write a line a command, behind the reader whose first command it is."""
        self.format_usage(ctx, formatter)
        formatter.write_paragraph()
        for reader, names in READERS.items():
            for name in names:
                text = self.commands[name].get_short_help_str(formatter.width)
                formatter.write(f"{reader if name == names[0] else '':11}{name:13}{text}\n")
        formatter.write(f"\n{EXIT_CODES}\n{MORE}\n")


# Modules of services.cli in the order in which `relais --help` shows them.
COMMANDS: Final = (
    "play.demo",
    "play.up",
    "play.sandbox",
    "operator.status",
    "operator.serve",
    "play.setup",
    "partner.send",
    "partner.referrals",
    "partner.inbox",
    "partner.reply",
    "partner.check",
    "partner.conformance",
    "play.kafka",
    "operator.keys",
    "operator.directory",
    "operator.layout",
    "committee.convention",
    "auditor.audit",
    "operator.quarantine",
    "operator.erase",
)


def create_app() -> typer.Typer:
    """Build the command with every command module."""
    cli = typer.Typer(
        name="relais",
        help="Interagency referral message bus for child protection.",
        no_args_is_help=True,
        add_completion=True,  # bash, zsh, fish: `relais --install-completion`
        pretty_exceptions_enable=False,  # a traceback with locals could show personal data
        rich_markup_mode=None,
    )
    cli.callback(cls=Root)(_root)
    for name in COMMANDS:
        import_module(f"services.cli.{name}").register(cli)
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

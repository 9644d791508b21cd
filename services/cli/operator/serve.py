"""`relais serve ROLE` is `python -m services.ROLE`, and shows what it reads of the environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from runpy import run_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand

from contracts.errors import UsageError
from contracts.vocabulary.principals import CONSOLE
from services.agency.folders import PARTNER, agencies
from services.cli.common.output import errors_become_exit_codes

ROLES: Final = (*agencies(), PARTNER, "routing", "audit", CONSOLE)


class Serve(TyperCommand):
    """Lists the environment variables in its help, and reads the settings only for that."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the variables of every service, then those of each kind."""
        super().format_epilog(ctx, formatter)
        for title, rows in _variables():
            with formatter.section(title):
                formatter.write_dl(rows)


def serve(
    role: Annotated[str, typer.Argument(help=" | ".join(ROLES), metavar="ROLE")],
) -> None:
    """Run one service until SIGTERM.

    An agency's, a partner's (RELAIS_AGENCY names it), routing, audit or the console.

    Settings come from the environment, logs go to standard output as JSON lines. Exit code 0: as
    asked (SIGTERM); 1: a fault of Relais; 2: a setting is wrong; 3: Kafka or a key cannot be
    reached; 4: another process took its place; 5: the log is damaged (docs/how-to/log-alarms.md);
    6: another layout was ordered.

    Example: relais serve education
    """
    with errors_become_exit_codes():
        if role not in ROLES:
            raise UsageError("role_unknown", "another role", ", ".join(ROLES))
        run_module(f"services.{role}", run_name="__main__")


def _variables() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Every environment variable, for `--help`; reading settings costs nothing else."""
    from services.console.settings import ConsoleSettings
    from services.platform import settings

    common = settings.describe(settings.ServiceSettings)
    yield "Environment, every service", _shown(common)
    kinds = (
        ("Environment, agencies", settings.AgencySettings),
        ("Environment, routing", settings.RoutingSettings),
        ("Environment, audit", settings.AuditSettings),
        ("Environment, console", ConsoleSettings),
    )
    for title, kind in kinds:
        yield title, _shown(row for row in settings.describe(kind) if row not in common)


def _shown(rows: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Name, then meaning and default, as typer writes those of an option."""
    named = {"required": "  [required]", "": ""}
    return [
        (name, text + named.get(default, f"  [default: {default}]")) for name, default, text in rows
    ]

"""`relais serve ROLE` is `python -m services.ROLE`, and shows what it reads of the environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from runpy import run_module
from typing import Annotated, Any, Final

import typer

from contracts.errors import UsageError
from contracts.vocabulary.principals import CONSOLE
from services.agency.folders import PARTNER, agencies
from services.cli.common.help_page import Command, lang_of, told, write_rows
from services.cli.common.output import errors_become_exit_codes
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

ROLES: Final = (*agencies(), PARTNER, "routing", "audit", CONSOLE)


def register(app: typer.Typer) -> None:
    """Add the command `serve`."""
    app.command("serve", cls=_Serve)(serve)


class _Serve(Command):
    """Lists the environment variables in its help, and reads the settings only for that."""

    def texts(self) -> Iterator[str]:
        """And what each setting means."""
        yield from super().texts()
        yield from (text for _title, rows in _variables() for _name, _brackets, text in rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the variables of every service, then those of each kind."""
        lang = lang_of(ctx)
        for title, rows in _variables():
            said = [(name, told(text, brackets, lang)) for name, brackets, text in rows]
            write_rows(formatter, title, said, lang)


def serve(
    asked: typer.Context,
    role: Annotated[str, typer.Argument(help=" | ".join(ROLES), metavar="ROLE")],
) -> None:
    """Run one service: an agency's, a partner's (RELAIS_AGENCY names it), routing or audit.

    Settings come from the environment, logs go to standard output as JSON lines. SIGTERM ends it
    cleanly; exit code 3: Kafka never came; 4: another process has taken its place;
    5: the log is damaged (docs/how-to/log-alarms.md); 6: another layout was ordered.
    """
    with errors_become_exit_codes(lang_of(asked)):
        if role not in ROLES:
            raise UsageError("role_unknown", _("another role"), ", ".join(ROLES))
        run_module(f"services.{role}", run_name="__main__")


def _variables() -> Iterator[tuple[Text, list[tuple[str, str, str]]]]:
    """Every environment variable, for `--help`; reading settings costs nothing else."""
    from services.console.settings import ConsoleSettings
    from services.platform import settings

    common = settings.describe(settings.ServiceSettings)
    yield _("Environment, every service:"), _shown(common)
    kinds = (
        (_("Environment, agencies:"), settings.AgencySettings),
        (_("Environment, routing:"), settings.RoutingSettings),
        (_("Environment, audit:"), settings.AuditSettings),
        (_("Environment, console:"), ConsoleSettings),
    )
    for title, kind in kinds:
        yield title, _shown(row for row in settings.describe(kind) if row not in common)


def _shown(rows: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [(name, _brackets(default), text) for name, default, text in rows]


def _brackets(default: str) -> str:
    """As typer says of an option whence its value comes."""
    named = {"required": "[required]", "": ""}
    return named.get(default, f"[default: {default}]")

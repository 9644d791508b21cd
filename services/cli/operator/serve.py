"""`relais serve ROLE`: one service from environment variables, until SIGTERM."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from importlib import import_module
from typing import Annotated, Any, Final

import typer

from contracts.errors import UsageError
from contracts.vocabulary.principals import CONSOLE
from services.agency.folders import PARTNER, agencies
from services.cli.common.help_page import Command, lang_of, told, write_rows
from services.cli.common.output import errors_become_exit_codes
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

Serve = Callable[[asyncio.Event], Awaitable[int | None]]

ROLES: Final = (*agencies(), PARTNER, "routing", "audit", CONSOLE)
_PROGRAMS: Final = {
    "routing": "routing",
    "audit": "audit",
    CONSOLE: "console",
}  # every other role is an agency's


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
    5: the log is damaged (docs/operate.md, "A damaged log"); 6: another layout was ordered.
    """
    from services.platform import settings
    from services.platform.process import exit_codes, logs

    with errors_become_exit_codes(lang_of(asked)):
        if role not in ROLES:
            raise UsageError("role_unknown", _("another role"), ", ".join(ROLES))
        if role in agencies():
            given: Any = settings.load(settings.AgencySettings, agency=role)
        else:
            given = settings.load(_settings(role))
        logs.configure(getattr(given, "agency", role), given.log_level)
        code = exit_codes.run(_main(role, given))
    raise typer.Exit(code)


def _main(role: str, given: Any) -> Serve:
    """What runs: keys and owners are read before anything is started."""
    app = import_module(f"services.{_PROGRAMS.get(role, 'agency')}.app")
    if role not in _PROGRAMS or role == CONSOLE:
        return lambda stop: app.serve(given, stop)
    from services.platform.keys.owners import read_owners

    owners = read_owners(given.home)
    if role == "routing":
        from services.platform.keys.keystore import router_keys

        keys = router_keys(given.keys_dir, given.realm)
        return lambda stop: app.serve(given, keys, owners, stop)
    return lambda stop: app.serve(given, owners, stop)


def _settings(role: str) -> Any:
    from services.console.settings import ConsoleSettings
    from services.platform import settings

    known: dict[str, Any] = {
        PARTNER: settings.AgencySettings, "routing": settings.RoutingSettings, CONSOLE: ConsoleSettings,
    }  # fmt: skip
    return known.get(role, settings.AuditSettings)


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

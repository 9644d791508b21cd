"""What `relais up` shows: services and addresses, desks in words, their tokens, what to try."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from contracts.vocabulary.principals import CONSOLE
from services.console.settings import ACCOUNTS
from services.operate.home.folder import as_typed
from services.play.kafka import brokers
from services.play.run.launch import Federation
from services.sandbox.records import EXAMPLE

COLUMNS: Final = ("service", "address", "process")

DESK_PAGE: Final = "/desk"
DEFAULT_HOME: Final = Path(".relais")
AUTHOR: Final = "education"  # whose first desk sends the example; R01 lets it
READER: Final = "crip"  # who gets it


def facts(federation: Federation) -> dict[str, Any]:
    """The same for machines."""
    return {
        "home": str(federation.home.path),
        "kafka": federation.bootstrap,
        "tokens": str(federation.home.path / "tokens"),
        "services": [
            {
                "service": service.name,
                "url": service.url,
                "pid": federation.pids.get(service.name),
                "desks": list(service.desks),
                **({"desk_page": f"{service.url}{DESK_PAGE}"} if service.desks else {}),
            }
            for service in federation.services
        ],
        "try": commands(federation),
    }


def show(console: Console, federation: Federation) -> None:
    """Print the table, the desks, and three commands."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in COLUMNS:
        table.add_column(column, overflow="fold", no_wrap=True)
    for row in facts(federation)["services"]:
        table.add_row(row["service"], row["url"], str(row["pid"]))
    nodes = brokers.status(federation.home.kafka)
    for name, pid in nodes.pids.items():
        table.add_row(name, nodes.addresses.get(name, ""), str(pid))
    console.print(table)
    for line in lines(federation):
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def lines(federation: Federation) -> Iterator[str]:
    """What stands below the table."""
    home = federation.home
    yield ""
    yield f"Logs: {as_typed(home.path / 'logs')}/<service>.log, JSON lines"
    yield "Documents: /docs, /openapi.json and /asyncapi.json of every agency"
    yield f"Console: {federation.urls[CONSOLE]}"
    for name, password in federation.passwords.items():
        yield f"  account {name}, password {password} (shown once: note it)"
    yield f"  For new passwords: Ctrl-C, then rm {as_typed(home.path / ACCOUNTS)} and start again."
    yield ""
    yield "Desks, each with a page for who has no software of their own. There the account is the"
    yield f"desk, the password its token: {as_typed(home.path / 'tokens')}/<desk>, one file a desk."
    for service in federation.services:
        if service.desks:
            yield f"  {service.url}{DESK_PAGE}"
            for desk in home.agencies[service.name]:
                label = desk.label or home.convention.roles[desk.role].label
                yield f"    {desk.desk:11} {label['en']}"
    yield ""
    yield "Try, in another terminal:"
    for command in commands(federation):
        yield f"  {command}"
    yield ""
    yield "Ctrl-C stops everything; the home keeps the state."


def commands(federation: Federation) -> list[str]:
    """A school's concern, its arrival at the CRIP, what the CRIP owes: as README has them."""
    home = federation.home
    at = "" if home.path == DEFAULT_HOME.resolve() else f" --home {home.path}"
    return [
        f"relais send{at} --agency {AUTHOR} {as_typed(home.path / EXAMPLE)}",
        f"relais inbox{at} --desk {READER}",
        f"relais inbox{at} --desk {READER} --owed",
    ]

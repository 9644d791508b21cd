"""What `relais up` shows: services, addresses and desks, where the tokens lie, what to try."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from contracts.vocabulary.principals import CONSOLE
from services.console.settings import ACCOUNTS
from services.operate.home.folder import as_typed
from services.operate.home.home import Home
from services.platform.sign_in_settings import DESK_ACCOUNTS
from services.play.kafka import brokers
from services.play.run.launch import Federation
from services.sandbox.records import EXAMPLE

DESKS: Final = "desks"
COLUMNS: Final = ("service", "address", DESKS, "process")  # only desks may take two lines

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
    """Print the table, the tokens' place and three commands."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in COLUMNS:
        table.add_column(column, overflow="fold", no_wrap=column is not DESKS)
    for row in facts(federation)["services"]:
        desks = " ".join(desk.upper() for desk in row["desks"])
        table.add_row(row["service"], row["url"], desks, str(row["pid"]))
    nodes = brokers.status(federation.home.kafka)
    for name, pid in nodes.pids.items():
        table.add_row(name, nodes.addresses.get(name, ""), "", str(pid))
    console.print(table)
    home = federation.home.path
    console.print()
    for text in (
        f"Tokens: {as_typed(home / 'tokens')}/<desk>, one file a desk",
        f"Logs: {as_typed(home / 'logs')}/<service>.log, JSON lines",
    ):
        console.print(text, soft_wrap=True, markup=False)
    console.print("Documents: /docs, /openapi.json and /asyncapi.json of every agency")
    console.print(f"Console: {federation.urls[CONSOLE]}")
    for name, password in federation.passwords.items():
        line = f"  account {name}, password {password} (told this once)"
        console.print(line, markup=False, highlight=False)
    _show_desks(console, federation)
    for line in accounts_again(federation.home):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    console.print("\nTry, in another terminal:")
    for command in commands(federation):
        console.print(f"  {command}", soft_wrap=True, markup=False, highlight=False)
    console.print("\nCtrl-C stops everything; the home keeps the state.")


def _show_desks(console: Console, federation: Federation) -> None:
    """The address of each agency's desks' page, and accounts that were made just now."""
    console.print("\nPages for desks without software of their own:")
    made = federation.desk_passwords
    for service in federation.services:
        if service.desks:
            console.print(f"  {service.url}{DESK_PAGE}", highlight=False)
        for name in (desk for desk in service.desks if desk in made):
            line = f"    account {name}, password {made[name]} (told this once)"
            console.print(line, markup=False, highlight=False)


def accounts_again(home: Home) -> list[str]:
    """How passwords are got again that were told when their accounts were made."""
    return [
        "Passwords are told once, when accounts are made. For new ones: Ctrl-C, then",
        f"  rm {as_typed(home.path / ACCOUNTS)} {as_typed(home.path / DESK_ACCOUNTS)}",
        "and start again.",
    ]


def commands(federation: Federation) -> list[str]:
    """A school's concern, its arrival at the CRIP, what the CRIP owes: as README has them."""
    home = federation.home
    at = "" if home.path == DEFAULT_HOME.resolve() else f" --home {home.path}"
    return [
        f"relais send{at} --agency {AUTHOR} {as_typed(home.path / EXAMPLE)}",
        f"relais inbox{at} --desk {READER}",
        f"relais inbox{at} --desk {READER} --owed",
    ]

"""`relais quarantine list|release|discard`: what could not be routed; its bytes are never read.

The list is read from the log, as an auditor reads it: only routing opens quarantine itself.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import typer

from services.cli.common.asked import TAKES_DIGESTS, OnBus, command
from services.cli.common.output import print_json, print_table
from services.cli.operator import quarantine_orders

KeptOption = Annotated[bool, typer.Option("--kept", help="Only what is still to be ruled on.")]
_LABELS: Final = {
    "decision": "decision", "code": "code", "state": "state", "why": "why",
    "bytes": "bytes", "sha256": "sha256", "topic": "topic", "offset": "offset",
    "partition": "partition", "index": "index", "at": "at", "by": "by",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the group `quarantine`."""
    group = typer.Typer(
        help="Release or discard records that were not routed.", no_args_is_help=True
    )
    group.command("list", context_settings=TAKES_DIGESTS)(list_)
    group.command("release")(quarantine_orders.release)
    group.command("discard")(quarantine_orders.discard)
    app.add_typer(group, name="quarantine")


@command
def list_(
    asked: OnBus,
    decision: Annotated[str, typer.Argument(help="One alone, in full; else all.")] = "",
    kept: KeptOption = False,
) -> None:
    """List quarantined records, without their content.

    With a DECISION all that is known of that one; exit 1 if it is not there.

    Example: relais quarantine list --kept
    """
    listed = [
        entry
        for entry in asyncio.run(_entries(asked))
        if (entry["state"] == "kept" or not kept)
        and decision in ("", entry["decision"], quarantine_orders.named(entry))
    ]
    if decision and not listed:
        none, expected = quarantine_orders.NONE, "one that `list` shows"
        quarantine_orders.not_so(quarantine_orders.NotKeptError(decision, none, expected))
    if asked.json:
        print_json(listed)
    elif decision:
        for name, value in listed[0].items():
            asked.say(f"{_LABELS[name]}: {value}")
    else:
        _print_all(asked, listed, kept=kept)


def _print_all(asked: OnBus, listed: list[dict[str, Any]], *, kept: bool) -> None:
    names = ("code", "state", "why", "bytes", "sha256")
    heads = [_LABELS[name] for name in ("decision", *names)]
    rows = [
        [quarantine_orders.named(entry), *(str(entry[name]) for name in names)] for entry in listed
    ]
    print_table(heads, rows)
    if not listed:  # an empty table might be a mistake of ours
        asked.note("nothing to be ruled on" if kept else "nothing in quarantine")


async def _entries(asked: OnBus) -> list[dict[str, Any]]:
    from contracts.vocabulary import principals
    from services.routing.kept import entries

    bootstrap, client = asked.reach(principals.audit(asked.realm))
    return await entries(bootstrap, asked.realm, **client)

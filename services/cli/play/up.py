"""`relais up`: the whole federation on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.vocabulary.topics import MOST_PARTITIONS
from services.cli.common.asked import AtHome, command
from services.cli.common.output import print_json
from services.cli.operator.layout import PartitionsOption
from services.cli.play.kafka import NodesOption, TlsOption

if TYPE_CHECKING:
    from services.play.run.plan import Plan


@command
def up(
    asked: AtHome,
    shards: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_PARTITIONS,
            help="Routing processes of the civil realm; else as last time, or one.",
        ),
    ] = None,
    nodes: NodesOption = None,
    tls: TlsOption = None,
    partitions: PartitionsOption = None,
) -> None:
    """Start Kafka and every service; Ctrl-C stops them.

    The home keeps the state: a second `up` continues where the first stopped.

    Example: relais up --shards 2
    """
    from services.cli.play import progress
    from services.operate.home.home import Home
    from services.operate.home.lock import alone
    from services.play.run.plan import chosen

    plan = chosen(asked.home, shards=shards, nodes=nodes, tls=tls)
    Home(asked.home).choose_partitions(partitions, plan.shards)
    with alone(asked.home):  # else a second `up` would fetch Kafka before it is refused
        progress.fetch()
    progress.log_to(asked.home / "logs" / "up.log")
    progress.run(lambda stop: _hold(stop, asked, plan))


async def _hold(stop: asyncio.Event, asked: AtHome, plan: Plan) -> None:
    """Keep the federation until told to stop."""
    from rich.console import Console

    from services.cli.play import progress
    from services.platform.process.clock import FileClock
    from services.play.run import summary, words
    from services.play.run.launch import Federation, launched, until_stopped
    from services.sandbox.records import EXAMPLE, write_example

    def tell(federation: Federation) -> None:
        home = federation.home
        if not (home.path / EXAMPLE).exists():
            write_example(home.path, FileClock(home.clock).now())
        if asked.json:
            print_json(summary.facts(federation))
        else:
            summary.show(Console(), federation)

    say = progress.teller()

    async def hold() -> None:
        async with launched(asked.home, plan, say) as federation:
            tell(federation)
            await asyncio.Event().wait()

    await until_stopped(stop, hold())
    say("federation", words.STOPPED)

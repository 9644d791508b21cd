"""`relais up`: the whole federation on this machine, until Ctrl-C."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.common.output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    Lang,
    LangOption,
    errors_become_exit_codes,
    print_json,
)
from services.cli.play.kafka import NodesOption, TlsOption, wanted

if TYPE_CHECKING:
    from services.play.run.plan import Plan


def register(app: typer.Typer) -> None:
    """Add the command `up`."""
    app.command("up")(up)


def up(
    home: HomeOption = HOME,
    shards: Annotated[
        int, typer.Option(min=1, max=6, help="Routing processes of the civil realm.")
    ] = 1,
    port: Annotated[
        int | None,
        typer.Option(
            min=1024, max=65000, help="Of the first service; else the last, or free ones."
        ),
    ] = None,
    nodes: NodesOption = None,
    tls: TlsOption = None,
    lang: LangOption = Lang.FR,
    output: FormatOption = Format.TEXT,
) -> None:
    """Start Apache Kafka and every service, and stay; a second `up` goes on where it was."""
    from services.cli.play import progress
    from services.play.run.plan import Plan

    with errors_become_exit_codes():
        progress.fetch()
        progress.log_to(home / "logs" / "up.log")
        count, secured = wanted(home, nodes, tls)
        plan = Plan(shards=shards, port=port, nodes=count, tls=secured)
        progress.run(lambda stop: _hold(stop, home, plan, lang, output))


async def _hold(stop: asyncio.Event, home: Path, plan: Plan, lang: Lang, output: Format) -> None:
    """Keep the federation until told to stop."""
    from rich.console import Console

    from services.cli.play import progress
    from services.platform.process.clock import FileClock
    from services.play.run import summary, words
    from services.play.run.launch import Federation, launched, until_stopped

    def tell(federation: Federation) -> None:
        if not summary.example_file(federation.home).exists():
            summary.write_example(federation.home, FileClock(federation.home.clock).now())
        if output is Format.JSON:
            print_json(summary.facts(federation))
        else:
            summary.show(Console(), federation, lang.value)

    say = progress.teller(lang)

    async def hold() -> None:
        async with launched(home, plan, say) as federation:
            tell(federation)
            await asyncio.Event().wait()

    await until_stopped(stop, hold())
    say("federation", words.STOPPED)

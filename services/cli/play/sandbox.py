"""`relais sandbox`: one agency's service to try software against, in one process, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.common.asked import Asked, command
from services.cli.common.output import print_json

if TYPE_CHECKING:
    import asyncio

    from services.sandbox.app import Listening

HOME: Final = Path(".relais-sandbox")


@command
def sandbox(
    asked: Asked,
    agency: Annotated[
        str, typer.Option(help="Whose service it is: you play its desks.")
    ] = "education",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where it answers; 0: a free port.")
    ] = 8420,
    empty: Annotated[
        bool, typer.Option("--empty", help="Begin with nothing in the inboxes.")
    ] = False,
    webhook: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DESK=URL",
            help=(
                "Post a webhook for each arrival of a desk to an address of this machine; "
                "again for another desk."
            ),
        ),
    ] = None,
    home: Annotated[
        Path,
        typer.Option(
            "--home", envvar="RELAIS_HOME", help="Folder of its keys and tokens, its own."
        ),
    ] = HOME,
) -> None:
    """Start one agency's service with simulated partners.

    No Kafka, nothing is kept; the other desks answer by themselves.

    Example: relais sandbox --agency justice
    """
    from contracts.errors import RelaisError
    from services.operate.home.home import Home
    from services.operate.home.keys import private_folder
    from services.operate.home.lock import alone
    from services.platform.process import exit_codes, logs
    from services.sandbox.app import serve
    from services.sandbox.webhooks import read_receivers

    receivers, place = read_receivers(webhook or ()), home.resolve()

    failed: list[RelaisError] = []

    async def serving(stop: asyncio.Event) -> None:
        try:
            await serve(
                Home(place), agency, port, lambda listening: _tell(asked, listening), stop,
                empty=empty, receivers=receivers,
            )  # fmt: skip
        except RelaisError as error:
            failed.append(error)

    with alone(place):
        private_folder(place / "logs")
        with (place / "logs" / "sandbox.log").open("a", encoding="utf-8") as lines:
            logs.configure("relais", stream=lines)
            exit_codes.run(serving)
    if failed:
        raise failed[0]


def _tell(asked: Asked, listening: Listening) -> None:
    from services.platform.process.clock import FileClock
    from services.sandbox import summary
    from services.sandbox.records import write_example

    write_example(listening.home.path, FileClock(listening.home.clock).now())
    if asked.json:
        print_json(summary.facts(listening))
    else:
        typer.echo("\n".join(summary.lines(listening)))

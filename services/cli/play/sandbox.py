"""`relais sandbox`: one agency's service to try software against, in one process, until Ctrl-C."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.common.asked import Asked, command
from services.cli.common.output import print_json

HOME: Final = Path(".relais-sandbox")
PORT: Final = 8420


def register(app: typer.Typer) -> None:
    """Add the command `sandbox`."""
    app.command("sandbox")(sandbox)


@command
def sandbox(
    asked: Asked,
    agency: Annotated[
        str, typer.Option(help="Whose service it is: you play its desks.")
    ] = "education",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where it answers; 0: any that is free.")
    ] = PORT,
    faults: Annotated[
        Path | None,
        typer.Option(help="What befalls records: YAML, a list of steer, every, kind, desk."),
    ] = None,
    home: Annotated[
        Path,
        typer.Option(
            "--home", envvar="RELAIS_HOME", help="Folder of its keys and tokens, its own."
        ),
    ] = HOME,
) -> None:
    """Answer as a federation would, alone: no Kafka, nothing that lasts; the other desks answer by themselves."""
    from services.cli.play import progress
    from services.operate.home.home import Home
    from services.operate.home.lock import alone
    from services.platform.process.clock import FileClock
    from services.sandbox import app, summary
    from services.sandbox.example import write_example
    from services.sandbox.faults_file import read_faults

    def tell(listening: app.Listening) -> None:
        write_example(listening.home, FileClock(listening.home.clock).now())
        if asked.json:
            print_json(summary.facts(listening))
        else:
            typer.echo("\n".join(summary.lines(listening, asked.lang)))

    async def serve(stop: asyncio.Event) -> int:
        return await app.serve(Home(home.resolve()), agency, port, tell, stop, rules)

    rules = read_faults(faults)
    with alone(home):
        progress.log_to(home / "logs" / "sandbox.log")
        progress.run(serve)

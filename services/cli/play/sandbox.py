"""`relais sandbox`: one agency's service to try software against, in one process, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.common.asked import Asked, command

HOME: Final = Path(".relais-sandbox")


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
        int | None,
        typer.Option(
            min=0, max=65535, help="Where it answers; else 8420 or, if taken, a free one."
        ),
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option(help="What befalls records: YAML, a list of steer, every, kind, desk."),
    ] = None,
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
    import os

    from services.cli.play.sandbox_process import SandboxOptions

    options = SandboxOptions(
        agency,
        port,
        str(home),
        str(faults or ""),
        empty,
        tuple(webhook or ()),
        asked.json,
    )
    os.execv(options.command[0], options.command)  # noqa: S606 (ourselves, without the command line)

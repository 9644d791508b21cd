"""`relais kafka up|down|status`: Apache Kafka itself, one node on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands._output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    byte_progress,
    errors_become_exit_codes,
    print_json,
    stderr,
)

if TYPE_CHECKING:
    from services.local.node import Status


def register(app: typer.Typer) -> None:
    """Add the group `kafka`."""
    group = typer.Typer(help="Apache Kafka itself, on this machine.", no_args_is_help=True)
    group.command("up")(up)
    group.command("down")(down)
    group.command("status")(status)
    app.add_typer(group, name="kafka")


def up(
    home: HomeOption = HOME,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Else the last one, or a free one.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Start the node and leave it running; fetch what it needs the first time."""
    from services.local.fetch import fetch_jars
    from services.local.node import start

    with errors_become_exit_codes():
        with byte_progress("Apache Kafka") as progress:
            fetch_jars(progress)
        with stderr().status("starting Apache Kafka …"):
            node = start(home / "kafka", port)
    _print(node, output)


def down(home: HomeOption = HOME, output: FormatOption = Format.TEXT) -> None:
    """Stop the node; its data stays."""
    from services.local.node import status as look
    from services.local.node import stop

    with errors_become_exit_codes():
        stop(home / "kafka")
    _print(look(home / "kafka"), output)


def status(home: HomeOption = HOME, output: FormatOption = Format.TEXT) -> None:
    """Say whether the node runs and answers; exit 3 if not."""
    import asyncio

    from services.local.node import status as look
    from services.shell.startup import UNREACHABLE, UnreachableError, wait_for_kafka

    node = look(home / "kafka")
    answers = False
    if node.running:
        try:
            asyncio.run(wait_for_kafka(node.bootstrap, limit_s=5))
            answers = True
        except UnreachableError:
            pass
    _print(node, output)
    if not answers:
        raise typer.Exit(UNREACHABLE)


def _print(node: Status, output: Format) -> None:
    if output is Format.JSON:
        print_json(asdict(node))
    elif node.running:
        typer.echo(f"Apache Kafka runs at {node.bootstrap} (process {node.pid})")
    else:
        typer.echo("Apache Kafka does not run")

"""`relais kafka up|down|status`: Apache Kafka itself on this machine, one node or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.common.output import (
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
    from pathlib import Path

    from services.play.kafka.brokers import Brokers

NodesOption = Annotated[
    int | None,
    typer.Option(min=1, max=9, help="Kafka nodes, e.g. 3; else as many as last time, or one."),
]
TlsOption = Annotated[
    bool | None,
    typer.Option(
        "--tls/--no-tls",
        help="Mutual TLS and ACLs, with certificates of the home's own CA; else as last time.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group `kafka`."""
    group = typer.Typer(help="Apache Kafka itself, on this machine.", no_args_is_help=True)
    group.command("up")(up)
    group.command("down")(down)
    group.command("status")(status)
    app.add_typer(group, name="kafka")


def up(
    home: HomeOption = HOME,
    nodes: NodesOption = None,
    tls: TlsOption = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Of one plain node; else the last one, or a free one."),
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Start the nodes and leave them running; fetch what they need the first time."""
    from services.play.kafka import brokers
    from services.play.kafka.fetch import fetch_jars

    with errors_become_exit_codes():
        with byte_progress("Apache Kafka") as progress:
            fetch_jars(progress)
        count, secured = wanted(home, nodes, tls)
        with stderr().status("starting Apache Kafka …"):
            found = brokers.start(
                home / "kafka", nodes=count, tls=home / "tls" if secured else None, port=port
            )
    _print(found, output)


def down(home: HomeOption = HOME, output: FormatOption = Format.TEXT) -> None:
    """Stop every node; the data stays. Not under a federation that runs, which stops its own."""
    from services.play.kafka import brokers

    with errors_become_exit_codes():
        _check_free(home)
        ran = len(brokers.status(home / "kafka").pids)
        brokers.stop(home / "kafka")
    if output is Format.JSON:
        _print(brokers.status(home / "kafka"), output)
    else:
        typer.echo(f"stopped {ran} node{'s' if ran > 1 else ''}" if ran else "nothing ran")


def status(home: HomeOption = HOME, output: FormatOption = Format.TEXT) -> None:
    """Say whether all nodes run and answer; exit 3 if not."""
    import asyncio

    from contracts.vocabulary.principals import ADMIN
    from services.cli.common.kafka_options import reach
    from services.platform.process.exit_codes import UNREACHABLE, UnreachableError, wait_for_kafka
    from services.play.kafka import brokers

    found = brokers.status(home / "kafka")
    answers = False
    with errors_become_exit_codes():
        if found.running:
            bootstrap, client = reach(home, "", ADMIN, None)
            try:
                asyncio.run(wait_for_kafka(bootstrap, limit_s=5, **client))
                answers = True
            except UnreachableError:
                pass
    _print(found, output, answers=answers)
    if not answers:
        raise typer.Exit(UNREACHABLE)


def wanted(home: Path, nodes: int | None, tls: bool | None) -> tuple[int, bool]:
    """Number of nodes and whether with TLS: as told, else as last time, else one plain node."""
    from services.play.kafka import brokers

    before = brokers.status(home / "kafka")
    return nodes or before.nodes or 1, bool(before.tls) if tls is None else tls


def _check_free(home: Path) -> None:
    """Refuse while a federation or a play holds the home: it would lose its Kafka under way.

    Raises:
        UsageError: `already_running`, with the process that holds it.
    """
    from contracts.errors import UsageError
    from services.operate.home.lock import alone

    if not (home / "up.lock").exists():  # never held, and none is made by looking
        return
    try:
        with alone(home):
            return
    except UsageError as error:
        if error.code != "already_running":
            raise
        expected = "Ctrl-C or SIGTERM there, which stops its Kafka too"
        raise UsageError(error.code, error.got, expected, str(home)) from None


def _print(found: Brokers, output: Format, *, answers: bool = True) -> None:
    if output is Format.JSON:
        print_json(_facts(found))
        return
    processes = ", ".join(f"{name} {pid}" for name, pid in found.pids.items())
    if found.running:
        how = "mutual TLS" if found.tls else "plaintext"
        state = "runs" if answers else "runs, but does not answer yet,"
        typer.echo(f"Apache Kafka {state} at {found.bootstrap} ({how}; processes: {processes})")
    elif found.pids:
        typer.echo(f"Apache Kafka runs in part: {len(found.pids)} of {found.nodes} ({processes})")
    else:
        typer.echo("Apache Kafka does not run")


def _facts(found: Brokers) -> dict[str, Any]:
    return {
        "running": found.running,
        "bootstrap": found.bootstrap,
        "nodes": found.nodes,
        "tls": str(found.tls) if found.tls else None,
        "pids": dict(found.pids),
    }

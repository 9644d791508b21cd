"""`relais kafka up|down`: Apache Kafka on this machine; `kafka apply` is for any cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.common.asked import AtHome, command
from services.cli.common.output import stderr
from services.cli.play.progress import fetch

if TYPE_CHECKING:
    from services.play.kafka.cluster import Cluster

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


@command
def up(
    asked: AtHome,
    nodes: NodesOption = None,
    tls: TlsOption = None,
) -> None:
    """Start the nodes and leave them running.

    Of nodes that run already it shows the address, and starts those that have ended.

    Example: relais kafka up --nodes 3
    """
    from services.play.kafka import brokers
    from services.play.run.plan import chosen

    plan = chosen(asked.home, nodes=nodes, tls=tls)
    fetch()
    with stderr().status("starting Apache Kafka …"):
        state = brokers.start(
            asked.home / "kafka",
            nodes=plan.nodes,
            tls=asked.home / "tls" if plan.tls else None,
            stays=True,
        )
    how = "mutual TLS" if state.tls else "plaintext"
    processes = ", ".join(f"{name} {pid}" for name, pid in state.pids.items())
    text = f"Apache Kafka runs at {state.bootstrap} ({how}; processes: {processes})"
    asked.print(_facts(state), text)


@command
def down(asked: AtHome) -> None:
    """Stop every node; the data stays.

    Example: relais kafka down
    """
    from services.play.kafka import brokers

    ran = len(brokers.status(asked.home / "kafka").pids)
    brokers.stop(asked.home / "kafka")
    facts = _facts(brokers.status(asked.home / "kafka"))
    asked.print(facts, f"stopped {ran} node(s)" if ran else "nothing ran")


def _facts(state: Cluster) -> dict[str, Any]:
    return {
        "running": state.running,
        "bootstrap": state.bootstrap,
        "nodes": len(state.nodes),
        "tls": str(state.tls) if state.tls else None,
        "pids": dict(state.pids),
    }

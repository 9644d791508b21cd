"""Whatever Kafka a home has: one plain node, or a cluster, with TLS or without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.play.kafka import cluster, node


@dataclass(frozen=True, slots=True)
class Brokers:
    """What is known of a home's Kafka; no nodes if it never ran.

    Attributes:
        bootstrap: `host:port`, several separated by commas.
        pids: `kafka`, or `kafka-1`, `kafka-2` … -> process id, of those that run.
        tls: folder of the certificates; None: plaintext.
        addresses: the same names -> each node's own `host:port`, whether it runs or not.
    """

    running: bool
    bootstrap: str = ""
    pids: Mapping[str, int] = field(default_factory=dict)
    nodes: int = 0
    tls: Path | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)


def status(path: Path) -> Brokers:
    """The Kafka whose state lies in `path`, running or not."""
    several = cluster.status(path)
    if several.nodes:
        pids = {f"kafka-{number}": pid for number, pid in several.pids.items()}
        places = {f"kafka-{node.number}": f"127.0.0.1:{node.port}" for node in several.nodes}
        return Brokers(
            several.running, several.bootstrap, pids, len(several.nodes), several.tls, places
        )
    single = node.status(path)
    pids = {"kafka": single.pid} if single.running else {}
    places = {"kafka": single.bootstrap} if single.port else {}
    return Brokers(single.running, single.bootstrap, pids, int(bool(single.port)), addresses=places)


def start(
    path: Path,
    *,
    nodes: int = 1,
    tls: Path | None = None,
    port: int | None = None,
    advertise: Mapping[int, int] | None = None,
    data: Mapping[int, Path] | None = None,
    stays: bool = False,
) -> Brokers:
    """Start what is wanted, or find it running. Blocks: from a coroutine, call it in a thread.

    Args:
        nodes: as many as last time: data is not spread anew.
        tls: folder of certificates; what brokers and `admin` need is made if missing.
        port: of a single plain node.
        advertise, data: as `cluster.start` takes them.
        stays: when this process ends; else the nodes end with it.

    Raises:
        UsageError, UnreachableError: those of `node.start` and `cluster.start`.
    """
    if nodes == 1 and tls is None:
        node.start(path, port, stays=stays)
    else:
        cluster.start(path, nodes=nodes, tls=tls, advertise=advertise, data=data, stays=stays)
    return status(path)


def start_again(path: Path, *, stays: bool = False) -> list[str]:
    """Start the nodes that have ended; their names. Does not wait for a node of several to answer.

    Args:
        stays: as `start` takes it.
    """
    several = cluster.status(path)
    ended = [one.number for one in several.nodes if not one.running]
    for number in ended:
        cluster.start_node(path, number, wait=False, stays=stays)
    if several.nodes:
        return [f"kafka-{number}" for number in ended]
    if node.status(path).running:
        return []
    node.start(path, stays=stays)
    return ["kafka"]


def stop(path: Path, limit_s: float | None = None) -> bool:
    """Stop whatever runs and wait for its end; whether there was something to stop."""
    limits = {} if limit_s is None else {"limit_s": limit_s}
    return any([cluster.stop(path, **limits), node.stop(path, **limits)])

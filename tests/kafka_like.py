"""What is known of a Kafka, without one: for commands that look at the home's own."""

from __future__ import annotations

from pathlib import Path

from services.play.kafka.cluster import Cluster, Node


def cluster_of(*ports: int, pids: tuple[int, ...] = (), tls: Path | None = None) -> Cluster:
    """A node at each port; those run that have a process id."""
    given = (*pids, *(0 for _ in ports[len(pids) :]))
    nodes = tuple(
        Node(number, Path(), port, 0, 0, pid)
        for number, (port, pid) in enumerate(zip(ports, given, strict=True), start=1)
    )
    return Cluster(Path(), nodes, tls)

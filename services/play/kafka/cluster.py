"""What is known of a home's Kafka: its nodes, one or several, with mutual TLS or in the clear."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    Attributes:
        number: from 1.
        port: where it listens for clients.
        pid: 0 if it does not run.
    """

    number: int
    folder: Path
    port: int
    broker_port: int
    controller_port: int
    pid: int = 0

    @property
    def data(self) -> Path:
        """Folder of its records."""
        return self.folder / "data"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Nodes that share a cluster's id; none if Kafka was never started here.

    Attributes:
        nodes: by number.
        tls: folder of the certificates; None: everything is in the clear.
    """

    path: Path
    nodes: tuple[Node, ...] = ()
    tls: Path | None = None
    cluster_id: str = ""

    @property
    def running(self) -> bool:
        """Whether all nodes run."""
        return bool(self.nodes) and all(node.pid for node in self.nodes)

    @property
    def bootstrap(self) -> str:
        """What clients are told: `127.0.0.1:p1,127.0.0.1:p2,…`."""
        return ",".join(self.addresses.values())

    @property
    def pids(self) -> dict[str, int]:
        """`kafka` of one node, else `kafka-1`, `kafka-2` … -> process id, of those that run."""
        return {self.name(node): node.pid for node in self.nodes if node.pid}

    @property
    def addresses(self) -> dict[str, str]:
        """The same names -> each node's own `host:port`, whether it runs or not."""
        return {self.name(node): f"127.0.0.1:{node.port}" for node in self.nodes}

    def name(self, node: Node) -> str:
        """What a node's process is called."""
        return "kafka" if len(self.nodes) == 1 else f"kafka-{node.number}"

    def node(self, number: int) -> Node:
        """One node by its number."""
        return self.nodes[number - 1]

"""Apache Kafka on this machine: one node or more, with mutual TLS or without.

State lies in one folder (`RELAIS_HOME/kafka`): `cluster.json` (the cluster's id, its ports) and one
folder a node with its settings, log, process id and data. The cluster is formatted once; ports stay
over restarts. Single nodes can be stopped or killed, as machines are.

Under TLS whoever connects shows a certificate of the home's own authority, and gets nothing but
what ACLs allow its principal; brokers and `admin` are superusers.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from contracts.vocabulary import principals
from services.operate.client import connect
from services.platform.kafka.connection.connection import Tls, tls_of
from services.platform.patience import patient
from services.platform.ports import monotonic, random_token
from services.platform.process.exit_codes import UnreachableError
from services.play.certificates.ca import ensure_ca, ensure_certificate
from services.play.kafka import fetch, ports, process
from services.play.kafka.cluster import Cluster, Node

START_S: Final = 180  # until all nodes answer; 10 s when the machine is idle
STOP_S: Final = 15  # for a clean end; when all end at once, the last ones cannot hand over
LOOK_S: Final = 0.2
ANSWER_S: Final = 2.0
PORTS: Final = ("port", "broker_port", "controller_port")
# Kafka's own, but a lone node that was stopped for some seconds must not be fenced by itself: for
# as long as a partition has no leader, Kafka 4.3.1 ends transactions without their markers, and
# what they wrote stays hidden.
SESSION_MS: Final = 9000
LONE_SESSION_MS: Final = 12_000


def status(path: Path) -> Cluster:
    """The Kafka whose state lies in `path`, running or not."""
    path = path.resolve()
    try:
        saved = json.loads((path / "cluster.json").read_text())
    except FileNotFoundError:
        return Cluster(path)
    nodes = tuple(_known(path, int(number), row) for number, row in saved["nodes"].items())
    tls = Path(saved["tls"]) if saved["tls"] else None
    return Cluster(path, nodes, tls, saved["cluster_id"])


def start(
    path: Path,
    *,
    nodes: int = 1,
    tls: Path | None = None,
    java: Sequence[str] = (),
    stays: bool = False,
) -> Cluster:
    """Start all nodes, or those that do not run. Blocks: from a coroutine, call it in a thread.

    Args:
        path: folder of the state, made if missing.
        nodes: as many as last time: data is not spread anew.
        tls: folder of certificates (`ca.py`); what brokers and `admin` need is made if missing.
        java: options for Java, besides ours.
        stays: when this process ends; else the nodes end with it.

    Raises:
        UsageError: what `fetch_jars` and `java` raise.
        UnreachableError: `kafka_did_not_start`; the end of a node's `broker.log` says why.
    """
    path = path.resolve()
    before = status(path)
    if tls is not None:
        ensure_ca(tls)
        for name in (principals.ADMIN, *map(principals.broker, range(1, nodes + 1))):
            ensure_certificate(tls, name)
    if not before.pids:
        _save(before, nodes, tls)
    cluster = status(path)
    missing = [node for node in cluster.nodes if not node.pid]
    with ThreadPoolExecutor(nodes, "start") as pool:
        list(pool.map(lambda node: _spawn(cluster, node, java, stays=stays), missing))
    try:
        _await(cluster, cluster.nodes, known=nodes)
    except BaseException:  # nodes that ran before go on
        stop(path, only=[node.number for node in missing])
        raise
    return status(path)


def stop(path: Path, limit_s: float = STOP_S, *, only: Container[int] | None = None) -> bool:
    """Stop all nodes, or some by number, and wait for their end; whether there was one to stop.

    Args:
        limit_s: before they are killed; 0: at once, like failing machines.
    """
    nodes = [node for node in status(path).nodes if only is None or node.number in only]
    running = [node for node in nodes if node.pid]
    with ThreadPoolExecutor(max(1, len(running)), "stop") as pool:
        list(pool.map(lambda node: process.end(node.pid, node.folder, limit_s), running))
    return bool(running)


def _known(path: Path, number: int, row: dict[str, Any]) -> Node:
    folder = path / f"node-{number}"
    try:
        pid = int((folder / "pid").read_text())
    except (OSError, ValueError):
        pid = 0
    known = {name: row[name] for name in PORTS}
    return Node(number, folder, pid=pid if process.is_ours(pid, folder) else 0, **known)


def _save(before: Cluster, nodes: int, tls: Path | None) -> None:
    """Write down id and ports: those of before where they are free."""
    known = {
        f"{node.number} {name}": getattr(node, name) for node in before.nodes for name in PORTS
    }
    numbers = range(1, nodes + 1)
    chosen = ports.choose([f"{number} {name}" for number in numbers for name in PORTS], known)
    saved = {
        "cluster_id": before.cluster_id or random_token(16),
        "tls": str(tls.resolve()) if tls else None,
        "nodes": {
            number: {name: chosen[f"{number} {name}"] for name in PORTS} for number in numbers
        },
    }
    before.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    (before.path / "cluster.json").write_text(json.dumps(saved, indent=1))


def _spawn(cluster: Cluster, node: Node, java: Sequence[str] = (), *, stays: bool = False) -> None:
    templates = ("cluster.properties", "tls.properties") if cluster.tls else ("cluster.properties",)
    process.write_settings(node.folder, templates, _settings(cluster, node))
    process.format_data(node.folder, node.data, cluster.cluster_id)
    (node.folder / "pid").write_text(str(process.spawn(node.folder, java, stays=stays)))


def _settings(cluster: Cluster, node: Node) -> dict[str, object]:
    count = len(cluster.nodes)
    users = [*(principals.broker(one.number) for one in cluster.nodes), principals.ADMIN]
    tls = cluster.tls or Path()
    return {
        "number": node.number,
        "voters": ",".join(
            f"{one.number}@127.0.0.1:{one.controller_port}" for one in cluster.nodes
        ),
        "port": node.port,
        "broker_port": node.broker_port,
        "controller_port": node.controller_port,
        "protocol": "SSL" if cluster.tls else "PLAINTEXT",
        "data": node.data,
        "copies": min(count, 3),
        "in_sync": min(count, 2) if count > 2 else 1,
        "session_ms": LONE_SESSION_MS if count == 1 else SESSION_MS,
        "keystore": tls / f"{principals.broker(node.number)}.keystore.pem",
        "authority": tls / "ca.pem",
        "superusers": ";".join(f"User:{name}" for name in users),
    }


def _await(cluster: Cluster, nodes: Sequence[Node], *, known: int) -> None:
    """Wait until each node knows of so many; at once an error if a process has ended."""
    limit_s = patient(START_S) + max(process.reading_s(node.data) for node in nodes)
    deadline = monotonic() + limit_s
    for node in nodes:
        tls = tls_of(cluster.tls, principals.ADMIN) if cluster.tls else None
        while ports.free(node.port) or brokers_known(f"127.0.0.1:{node.port}", tls) < known:
            runs = status(cluster.path).node(node.number).pid
            if not runs or monotonic() > deadline:
                what = f"no answer within {limit_s:g} s" if runs else "its process ended"
                got, log = f"node {node.number}: {what}", str(process.log_of(node.folder))
                raise UnreachableError("kafka_did_not_start", got, "a broker", log)
            time.sleep(LOOK_S)


def brokers_known(bootstrap: str, tls: Tls | None) -> int:
    """How many brokers one tells of: none before it joined, which needs a quorum."""
    from confluent_kafka import KafkaException

    try:
        return len(connect(bootstrap, tls).list_topics(timeout=ANSWER_S).brokers)
    except KafkaException:
        return 0


END_S: Final = 120  # Java writes the file when Kafka ends: some seconds of both cores


def is_kept() -> bool:
    """Whether an earlier start was kept for this Java and these jars."""
    return process.kept_start().exists()


def keep_one_start() -> None:
    """Start and end one Kafka whose classes are kept; nothing to do if that was done before.

    Java writes what a run has loaded and linked to a file (JEP 483, 514), and later runs with the
    same Java and jars take less than half the work. Without it Kafka starts as it always did.

    Raises:
        UsageError, UnreachableError: what `fetch_jars` and `java` raise; Kafka does not start or
            end.
    """
    kept = process.kept_start()
    kept.parent.mkdir(parents=True, exist_ok=True)
    with fetch.alone(kept.parent):
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
                made = Path(folder) / kept.name
                try:
                    start(Path(folder), java=[f"-XX:AOTCacheOutput={made}"])
                finally:
                    stop(Path(folder), END_S)
                made.rename(kept)

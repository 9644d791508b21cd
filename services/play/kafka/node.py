"""One Apache Kafka node on this machine, without TLS: start it, ask after it, stop it.

State lies in one folder (`RELAIS_HOME/kafka`): `node.json` (process id, ports), the broker's
settings, its log and its data. A second start finds the data and goes on with the same ports.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from contracts.errors import UsageError
from services.platform.kafka.connection.wait import wait_for_kafka
from services.platform.patience import patient
from services.platform.process.exit_codes import UnreachableError
from services.play.kafka import ports, process
from services.texts import Catalogue

_ = Catalogue(__name__)

START_S: Final = 90  # until the broker answers; 3 s when the machine is idle


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the node: its ports once it has been started, its process while it runs."""

    running: bool
    bootstrap: str = ""
    pid: int = 0
    port: int = 0
    controller_port: int = 0


def status(path: Path) -> Status:
    """The node whose state lies in `path`, running or not."""
    try:
        saved = json.loads((path / "node.json").read_text())
        known = Status(False, f"127.0.0.1:{saved['port']}", **saved)
    except (OSError, ValueError, KeyError, TypeError):
        return Status(False)
    return Status(**{**asdict(known), "running": process.is_ours(known.pid, path)})


def start(
    path: Path,
    port: int | None = None,
    limit_s: float | None = None,
    java: Sequence[str] = (),
    *,
    stays: bool = False,
) -> Status:
    """Start the node, or find it running. Blocks: from a coroutine, call it in a thread.

    Args:
        path: folder of its state, made if missing.
        port: to listen on; else the last one, or a free one.
        limit_s: seconds for the broker to answer, and a little for each partition that it has; None: `START_S`,
            as patient as we are.
        java: options for Java, besides ours.
        stays: when this process ends; else the node ends with it.

    Raises:
        UsageError: `port_taken`, `kafka_has_other_nodes`, or what `fetch_jars` and `java` raise.
        UnreachableError: `kafka_did_not_start`; the end of `broker.log` says why.
    """
    path, limit_s = path.resolve(), limit_s or patient(START_S)
    before = status(path)
    if before.running and port in (None, before.port):
        _await(path, before, limit_s)
        return before
    if before.running:
        at = _("port {port}")
        got, expected = at.of(port=str(before.port)), at.of(port=str(port))
        raise UsageError("kafka_runs_elsewhere", got, expected)
    if (path / "cluster.json").exists():
        data, ours = _("a cluster's data"), _("one node's")
        raise UsageError("kafka_has_other_nodes", data, ours, str(path))
    node = _listening(path, *_ports(before, port), java, stays=stays)
    try:
        _await(path, node, limit_s)
    except BaseException:
        stop(path)
        raise
    return node


def stop(path: Path, limit_s: float = process.STOP_S) -> bool:
    """Stop the node and wait for its end; whether there was one to stop."""
    path = path.resolve()
    return process.end(status(path).pid, path, limit_s)


@contextmanager
def running_broker(path: Path, port: int | None = None) -> Iterator[str]:
    """A broker for as long as the block lasts; yields its bootstrap address."""
    node = start(path, port)
    try:
        yield node.bootstrap
    finally:
        stop(path)


def _listening(
    path: Path, port: int, controller_port: int, java: Sequence[str], *, stays: bool
) -> Status:
    """Write the settings, format the data folder if it is new, and start the process."""
    data = path / "data"
    values = {"port": port, "controller_port": controller_port, "data": data}
    process.write_settings(path, ("broker.properties",), values)
    process.format_data(path, data, process.new_cluster())
    pid = process.spawn(path, java, stays=stays)
    saved = {"pid": pid, "port": port, "controller_port": controller_port}
    (path / "node.json").write_text(json.dumps(saved))
    return Status(True, f"127.0.0.1:{port}", **saved)


def _await(path: Path, node: Status, limit_s: float) -> None:
    """Wait until the broker answers; at once an error if its process has ended."""
    limit_s += process.reading_s(path / "data")

    async def answers() -> None:
        waiting = asyncio.ensure_future(wait_for_kafka(node.bootstrap, limit_s))
        while not waiting.done():
            await asyncio.wait([waiting], timeout=0.3)
            if not waiting.done() and not process.is_ours(node.pid, path):
                waiting.cancel()
                got, log = _("its process ended"), str(process.log_of(path))
                raise UnreachableError("kafka_did_not_start", got, _("a broker"), log)
        await waiting

    asyncio.run(answers())


def _ports(before: Status, asked: int | None) -> tuple[int, int]:
    """The broker's and the controller's port: the asked one, else the last ones, else free ones."""
    if asked and not ports.free(asked):
        got = _("port {port} in use").of(port=str(asked))
        raise UsageError("port_taken", got, _("a free port"))
    known = {"broker": asked or before.port, "controller": before.controller_port}
    chosen = ports.choose(known, known)
    return chosen["broker"], chosen["controller"]

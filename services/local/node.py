"""One Apache Kafka node on this machine: start it, ask after it, stop it.

State lies in one folder (`RELAIS_HOME/kafka`): `node.json` (process id, ports), the broker's
settings, its log and its data. A second start finds the data and goes on with the same ports. The
process is stopped by its id, after making sure that it is still ours.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from pathlib import Path
from string import Template
from typing import Final

from contracts.errors import UsageError
from services.local.fetch import fetch_jars, java
from services.shell.startup import UnreachableError, wait_for_kafka

START_S: Final = 90  # until the broker answers; 3 s when the machine is idle
STOP_S: Final = 30  # for a clean end, before it is killed
FORMAT_S: Final = 60
JVM: Final = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.awt.headless=true")
QUIET: Final = "--sun-misc-unsafe-memory-access=allow"  # Kafka frees buffers by it; no warning
MAIN: Final = "kafka.Kafka"
FILES: Final = files("services.local") / "kafka"
_CHILDREN: Final[dict[int, subprocess.Popen[bytes]]] = {}  # started by this very process


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
    return Status(**{**asdict(known), "running": _is_ours(known.pid, path)})


def start(path: Path, port: int | None = None, limit_s: float = START_S) -> Status:
    """Start the node, or find it running. Blocks: from a coroutine, call it in a thread.

    Args:
        path: folder of its state, made if missing.
        port: to listen on; else the last one, or a free one.
        limit_s: seconds for the broker to answer.

    Raises:
        UsageError: `port_taken`, or what `fetch_jars` and `java` raise.
        UnreachableError: `kafka_did_not_start`; the end of `broker.log` says why.
    """
    path = path.resolve()
    before = status(path)
    if before.running and port in (None, before.port):
        _await(path, before, limit_s)
        return before
    if before.running:
        raise UsageError("kafka_runs_elsewhere", f"port {before.port}", f"port {port}")
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    node = _listening(path, *_ports(port or before.port, asked=port is not None))
    try:
        _await(path, node, limit_s)
    except BaseException:
        stop(path)
        raise
    return node


def stop(path: Path, limit_s: float = STOP_S) -> bool:
    """Stop the node and wait for its end; whether there was one to stop."""
    path = path.resolve()
    node = status(path)
    if not node.running:
        return False
    for number, wait_s in ((signal.SIGTERM, limit_s), (signal.SIGKILL, limit_s)):
        with suppress(ProcessLookupError):
            os.kill(node.pid, number)
        if _ended(node.pid, path, wait_s):
            return True
    raise UnreachableError("kafka_did_not_stop", f"process {node.pid} alive", "its end")


@contextmanager
def running_broker(path: Path, port: int | None = None) -> Iterator[str]:
    """A broker for as long as the block lasts; yields its bootstrap address."""
    node = start(path, port)
    try:
        yield node.bootstrap
    finally:
        stop(path)


def _listening(path: Path, port: int, controller_port: int) -> Status:
    """Write the settings, format the data folder if it is new, and start the process."""
    settings, data = path / "broker.properties", path / "data"
    filled = Template((FILES / "broker.properties").read_text()).substitute(
        port=port, controller_port=controller_port, data=data
    )
    settings.write_text(filled)
    with as_file(FILES / "log4j2.yaml") as source:
        (path / "log4j2.yaml").write_text(source.read_text())
    if not (data / "meta.properties").exists():
        _format(path)
    with (path / "broker.log").open("ab") as log:
        process = subprocess.Popen(
            _command(path, MAIN, str(settings)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=path,
            start_new_session=True,  # Ctrl-C ends the command, which then ends the broker in order
        )
    _CHILDREN[process.pid] = process
    saved = {"pid": process.pid, "port": port, "controller_port": controller_port}
    (path / "node.json").write_text(json.dumps(saved))
    return Status(True, f"127.0.0.1:{port}", **saved)


def _format(path: Path) -> None:
    settings = str(path / "broker.properties")
    command = _command(
        path, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", settings
    )
    with (path / "broker.log").open("ab") as log:
        done = subprocess.run(command, stdout=log, stderr=log, check=False, timeout=FORMAT_S)
    if done.returncode:
        raise UnreachableError(
            "kafka_format_failed", f"exit code {done.returncode}", "0", _log(path)
        )


def _cluster_id() -> str:
    """22 characters of base64url, as Kafka has them: never with a `-` first, like an option."""
    text = "-"
    while text.startswith("-"):
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode("ascii")
    return text


def _command(path: Path, main: str, *arguments: str) -> list[str]:
    class_path = os.pathsep.join(str(jar) for jar in fetch_jars())
    log4j = f"-Dlog4j2.configurationFile={path / 'log4j2.yaml'}"
    return [str(java()), *JVM, QUIET, log4j, "-cp", class_path, main, *arguments]


def _await(path: Path, node: Status, limit_s: float) -> None:
    """Wait until the broker answers; at once an error if its process has ended."""

    async def answers() -> None:
        waiting = asyncio.ensure_future(wait_for_kafka(node.bootstrap, limit_s))
        while not waiting.done():
            await asyncio.wait([waiting], timeout=0.3)
            if not waiting.done() and not _is_ours(node.pid, path):
                waiting.cancel()
                raise UnreachableError(
                    "kafka_did_not_start", "its process ended", "a broker", _log(path)
                )
        await waiting

    asyncio.run(answers())


def _ports(wanted: int, *, asked: bool) -> tuple[int, int]:
    """The broker's and the controller's port: the wanted one if it is free."""
    chosen = _bound(wanted)
    if asked and not chosen:
        raise UsageError("port_taken", f"port {wanted} in use", "a free port")
    with chosen or _any_port() as first, _any_port() as second:
        return first.getsockname()[1], second.getsockname()[1]


def _any_port() -> socket.socket:
    listener = _bound(0)
    if not listener:
        raise UsageError("port_taken", "no free port", "two free ports")
    return listener


def _bound(port: int) -> socket.socket | None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        return None
    return listener


def _ended(pid: int, path: Path, limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while _is_ours(pid, path):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _is_ours(pid: int, path: Path) -> bool:
    """Whether `pid` is alive and is the broker of this folder, not a later process's number."""
    child = _CHILDREN.get(pid)
    if child:
        return child.poll() is None  # which also collects it: no zombie is left
    return str(path.resolve() / "broker.properties") in _command_line(pid)


def _command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    if Path("/proc/self").exists():
        return ""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]  # macOS
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _log(path: Path) -> str:
    return str(path / "broker.log")

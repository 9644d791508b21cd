"""One Kafka process: its folder, how it is formatted, started and ended.

A folder holds the settings (`broker.properties`), the log (`broker.log`) and usually the data. A
process is ended by its id, after making sure that it is still ours.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.resources import as_file, files
from pathlib import Path
from string import Template
from typing import Final

from services.platform.ports import monotonic
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.tether import tethered
from services.play.kafka.fetch import cache_dir, fetch_jars, java

STOP_S: Final = 30  # for a clean end, before it is killed
FORMAT_S: Final = 60
PARTITION_S: Final = 0.02  # some 3 ms each were seen, on an idle machine
# Out of memory, as a small batch may unpack to much, it ends and does not half live on.
JVM: Final = (
    "-Xms128m", "-Xmx512m", "-XX:+ExitOnOutOfMemoryError", "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
)  # fmt: skip
QUIET: Final = "--sun-misc-unsafe-memory-access=allow"  # Kafka frees buffers by it; no warning
MAIN: Final = "kafka.Kafka"
FILES: Final = files("services.play.kafka") / "files"
_CHILDREN: Final[dict[int, subprocess.Popen[bytes]]] = {}  # started by this very process
_STARTER: Final = ThreadPoolExecutor(1, "start")  # its thread lasts: a tethered child ends with it


def write_settings(folder: Path, templates: Iterable[str], values: Mapping[str, object]) -> None:
    """Fill in templates of the folder `kafka`, one after the other; make the folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = "".join((FILES / name).read_text() for name in templates)
    filled = Template(text).substitute(values)
    (folder / "broker.properties").write_text(filled)
    with as_file(FILES / "log4j2.yaml") as source:
        (folder / "log4j2.yaml").write_text(source.read_text())


def format_data(folder: Path, data: Path, cluster: str) -> None:
    """Make a data folder one of a cluster's; nothing to do if it is formatted.

    Raises:
        UnreachableError: `kafka_format_failed`; the end of `broker.log` says why.
    """
    if (data / "meta.properties").exists():
        return
    settings = folder / "broker.properties"
    # One word: an id may begin with a hyphen.
    words = "format", f"--cluster-id={cluster}", f"--config={settings}"
    command = _command(folder, "kafka.tools.StorageTool", *words)
    with log_of(folder).open("ab") as log:
        done = subprocess.run(command, stdout=log, stderr=log, check=False, timeout=FORMAT_S)
    if done.returncode:
        got = f"exit code {done.returncode}"
        raise UnreachableError("kafka_format_failed", got, "0", str(log_of(folder)))


def reading_s(data: Path) -> float:
    """Seconds more that a start may take for what it finds: a folder a partition."""
    return PARTITION_S * sum(1 for _ in data.glob("*-[0-9]*"))


def spawn(folder: Path, options: Sequence[str] = (), *, stays: bool = False) -> int:
    """Start the process of a folder whose settings are written; its id.

    Args:
        options: for Java, besides ours.
        stays: when this process ends; else it is killed, however that ends.
    """
    java, *arguments = _command(folder, MAIN, str(folder / "broker.properties"))
    command = [java, *options, *arguments]
    with log_of(folder).open("ab") as log:
        process = _STARTER.submit(
            subprocess.Popen,
            command if stays else tethered(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,  # Ctrl-C ends the command, which then ends the broker in order
        ).result()
    _CHILDREN[process.pid] = process
    return process.pid


def end(pid: int, folder: Path, limit_s: float = STOP_S) -> bool:
    """Ask a process to end, insist after `limit_s` seconds, and wait; whether there was one.

    Args:
        limit_s: 0: it is not asked, as by a failing machine.

    Raises:
        UnreachableError: `kafka_did_not_stop`.
    """
    if not is_ours(pid, folder):
        return False
    limits = {signal.SIGTERM: limit_s, signal.SIGKILL: STOP_S}
    for number in limits if limit_s else (signal.SIGKILL,):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = monotonic() + limits[number]
        while is_ours(pid, folder):
            if monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return True
    raise UnreachableError("kafka_did_not_stop", f"process {pid} alive", "its end")


def is_ours(pid: int, folder: Path) -> bool:
    """Whether `pid` is alive and is the broker of this folder, not a later process's number."""
    child = _CHILDREN.get(pid)
    if child:
        return child.poll() is None  # which also collects it: no zombie is left
    return str(folder.resolve() / "broker.properties") in _command_line(pid)


def log_of(folder: Path) -> Path:
    """Where the process writes what is wrong."""
    return folder / "broker.log"


def kept_start() -> Path:
    """Where classes of an earlier start are kept (`brokers.keep_one_start`), by Java and jars."""
    made_of = hashlib.sha256((java().parents[1] / "release").read_bytes())
    for jar in fetch_jars():
        made_of.update(bytes(jar) + b"\0")
    return cache_dir() / "starts" / f"kafka-{made_of.hexdigest()[:16]}.aot"


def _command(folder: Path, main: str, *arguments: str) -> list[str]:
    class_path = os.pathsep.join(str(jar) for jar in fetch_jars())
    log4j = f"-Dlog4j2.configurationFile={folder / 'log4j2.yaml'}"
    kept = kept_start()
    faster = [f"-XX:AOTCache={kept}"] if kept.exists() else []
    return [str(java()), *JVM, QUIET, *faster, log4j, "-cp", class_path, main, *arguments]


def _command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""

"""The process that all services of a federation are forked from: `python -m services.play.run.forks FD`.

Importing what a service runs on takes more than a second of CPU; here it is done once, and each
service begins as a copy. It is a process as any other then: its own id, group, log, environment and
name, and a child of the supervisor, not of ours: we fork twice, and Linux gives the orphan to the
nearest process that asked for such (`PR_SET_CHILD_SUBREAPER`, prctl(2)).

A request is one message on the socket: JSON {args, environment}, with the log's file descriptor
beside it; the answer is the process id in decimal. When the socket closes we end.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import socket
import sys
import time
import traceback
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from runpy import run_module
from typing import Any, Final, NoReturn

from services.platform.process.tether import end_with

MODULES: Final = (
    "services.cli.app", "services.agency.app", "services.agency.http.routes", "services.audit.app",
    "services.routing.app",
)  # fmt: skip
OURS: Final = 256  # descriptors below it may be ours
MAX_REQUEST: Final = 1 << 16
ADOPTED_S: Final = 5.0  # for the parent to change, which takes Linux some microseconds


def main() -> None:
    """Import, then fork whatever is asked for, until the socket closes."""
    supervisor = os.getppid()
    asked = socket.socket(fileno=int(sys.argv[1]))
    for name in MODULES:
        import_module(name)
    gc.collect()
    gc.freeze()  # copies share these pages for as long as nobody's collector touches them
    while True:
        request, descriptors, _flags, _address = socket.recv_fds(asked, MAX_REQUEST, 1)
        if not request:
            return
        asked.send(str(_fork(json.loads(request), descriptors[0], asked, supervisor)).encode())
        os.close(descriptors[0])


def _fork(request: dict[str, Any], log: int, asked: socket.socket, supervisor: int) -> int:
    """Fork a service by way of a process that ends at once; its id."""
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        service = os.fork()
        if service == 0:
            asked.detach()
            _become(request, log, supervisor)
        os.write(writing, str(service).encode())
        os._exit(0)
    os.waitpid(between, 0)
    service = int(os.read(reading, 20))
    os.close(reading)
    os.close(writing)
    return service


def _become(request: dict[str, Any], log: int, supervisor: int) -> NoReturn:
    """Be the service that was asked for, to its end."""
    code = 1
    try:
        os.setsid()
        _end_with(supervisor)
        _write_to(log)
        os.environ.clear()
        os.environ.update(request["environment"])
        _rename([sys.executable, "-m", "services", *request["args"]])
        sys.argv = ["relais", *request["args"]]
        run_module("services", run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 (whatever it is, it ends a process and is told in its log)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _write_to(log: int) -> None:
    """Both outputs to the log, nothing to read, and nothing else of ours left open."""
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(3, OURS)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(write_through=True)  # as PYTHONUNBUFFERED, which came too late


def _end_with(supervisor: int) -> None:
    """Be told by SIGTERM when the supervisor dies, even by SIGKILL (as `tether.py`)."""
    deadline = time.monotonic() + ADOPTED_S
    while os.getppid() != supervisor:
        if time.monotonic() > deadline:
            os._exit(0)  # it has died
        time.sleep(0.001)
    end_with(supervisor, signal.SIGTERM)


def _rename(command: list[str]) -> None:
    """Show a command line of one's own to `ps`, over the one that we were started with.

    Linux tells at which addresses that one lies: fields 48 and 49 of proc_pid_stat(5).
    """
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    text = b"\0".join(map(os.fsencode, command))[: end - start - 1]
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)


if __name__ == "__main__":
    main()

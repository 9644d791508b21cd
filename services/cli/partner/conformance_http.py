"""A sandbox that records what is asked of it, for a system that speaks HTTP; the kit judges by the recording alone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from starlette.middleware import Middleware

from contracts.errors import RelaisError
from services.cli.partner.conformance_files import RECORDING, write_files
from services.cli.partner.conformance_program import ProgramEnd, run_program
from services.conformance.http import http_cases
from services.conformance.http.kit_desks import USUAL, kit_desk
from services.conformance.http.recording import HttpRecording
from services.conformance.http.trial import FIRST, KitTask, verdicts
from services.operate.home.home import Home
from services.operate.home.keys import private_folder
from services.operate.home.lock import alone
from services.platform.process import exit_codes, logs
from services.sandbox.app import Listening, serve
from services.sandbox.faults_file import FaultRules
from services.sandbox.history import MARKER
from services.sandbox.recorder import SandboxRecorder
from services.sandbox.records import synthetic_record

DOOR: Final = "door"  # the case whose record goes nowhere, and then to a door
TASKS: Final = "tasks.json"

Tell = Callable[[str], object]  # is told the sandbox's address


def try_system(
    folder: Path, desk: str, program: str, seconds: float | None, port: int | None, tell: Tell
) -> tuple[list[dict[str, Any]], ProgramEnd | None]:
    """Serve until the program has ended, the seconds have passed, or Ctrl-C; what came of each case, and how it ended.

    Args:
        desk: whose part it plays.
        program: is given the folder; empty: somebody starts the tested system himself.
        seconds: the longest; None: as long as it takes.
        port: as `services.sandbox.app.serve`.

    Raises:
        UsageError: `program_unknown`, `not_writable`; those of `serve` and `alone`.
    """
    failed: list[RelaisError] = []
    ends: list[ProgramEnd | None] = [None]
    agency = kit_desk(desk).agency
    recorder, home = SandboxRecorder(), (folder / "home").resolve()

    async def guarded(stop: asyncio.Event) -> None:
        working: list[asyncio.Task[ProgramEnd | None]] = []

        def listening(sandbox: Listening) -> None:
            recorder.tokens = {desk: sandbox.home.token(desk) for desk in sandbox.desks}
            write_tasks(folder, sandbox.url, desk)
            tell(sandbox.url)
            working.append(asyncio.create_task(_work(program, folder, seconds, stop)))

        around = [Middleware(recorder.around)]
        try:
            await serve(
                Home(home), agency, port, listening, stop, FaultRules(), around=around, first=FIRST
            )
            ends.extend(await asyncio.gather(*working))
        except RelaisError as error:
            failed.append(error)

    private_folder(folder)
    with alone(home), _logged(home / "logs"):
        exit_codes.run(guarded)
    if failed:
        raise failed[0]
    lines = b"".join(orjson.dumps(one) + b"\n" for one in recorder.lines)
    write_files(folder, {RECORDING: lines})
    return verdicts(http_cases(desk), HttpRecording.of(recorder.lines)), ends[-1]


@contextlib.contextmanager
def _logged(folder: Path) -> Iterator[None]:
    """Let the sandbox's lines go into a file: the terminal is for what the tester is to do."""
    before, handlers = structlog.get_config(), logging.getLogger().handlers[:]
    private_folder(folder)
    with (folder / "sandbox.log").open("a", encoding="utf-8") as lines:
        logs.configure("relais", stream=lines)
        try:
            yield
        finally:
            structlog.configure(**before)
            logging.getLogger().handlers[:] = handlers


async def _work(
    program: str, folder: Path, seconds: float | None, stop: asyncio.Event
) -> ProgramEnd | None:
    """Wait for the tested system, and let the sandbox end."""
    try:
        if program:
            return await run_program(program, folder, seconds, stop)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
        return None
    finally:
        stop.set()


def write_tasks(folder: Path, url: str, desk: str = USUAL) -> None:
    """Where the sandbox is, and the records that a desk is to send to it.

    Raises:
        UsageError: `not_writable`.
    """
    tasks = {case.id: task for case in http_cases(desk) if (task := case.make()) is not None}
    records = {f"records/{name}.json": _record(desk, task, name) for name, task in tasks.items()}
    told = {
        "url": url, "desk": desk, "token": str((folder / "home/tokens" / desk).resolve()),
        "records": {name: f"records/{name}.json" for name in tasks},
        "door": f"{DOOR}.json", "take_back": "taken-back",
    }  # fmt: skip
    given = {TASKS: told, f"{DOOR}.json": _record(desk, KitTask(), DOOR), **records}
    indented = {
        name: orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"
        for name, content in given.items()
    }
    write_files(folder, indented)


def _record(desk: str, task: KitTask, case: str) -> dict[str, Any]:
    """A synthetic record of yesterday, under the case's reference."""
    day = (datetime.now(UTC) - timedelta(days=1)).date()
    own = kit_desk(desk)
    record = synthetic_record(
        own.agency, own.door if task.wants == "door" else own.kind, MARKER, day
    )
    return record | {"reference": task.reference(case)}

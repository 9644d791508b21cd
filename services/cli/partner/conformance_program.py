"""The tested system's own program: started, ended in time, and what it says where it fails."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from contracts.errors import UsageError
from services.cli.partner.conformance_files import VERDICTS, write_files
from services.texts import Catalogue

_ = Catalogue(__name__)

LAST_BYTES: Final = 2048  # of its standard error: enough for an exception's last lines
LAST_LINES: Final = 3
LINE: Final = 160  # characters


@dataclass(frozen=True)
class ProgramEnd:
    """How a program ended.

    Attributes:
        code: its exit code, negative: the signal; None: the kit ended it, for its time was over.
        words: the last lines of its standard error, cut.
    """

    code: int | None
    words: tuple[str, ...] = ()


def ask_program(program: str, folder: Path, within_s: float) -> ProgramEnd:
    """Have the tested system judge the folder; what it prints becomes the verdicts, however it ends.

    Raises:
        UsageError: `program_unknown`, `not_writable`.
    """
    code: int | None = None
    with tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(
                _words(program, folder), stdout=subprocess.PIPE, stderr=errors, timeout=within_s,
                check=False,
            )  # fmt: skip
            said, code = done.stdout, done.returncode
        except subprocess.TimeoutExpired as late:
            said = late.stdout or b""
        except (OSError, ValueError):
            raise _no_program() from None
        ended = ProgramEnd(code, _last(errors))
    write_files(folder, {VERDICTS: said})
    return ended


async def run_program(
    program: str, folder: Path, within_s: float | None, stop: asyncio.Event
) -> ProgramEnd:
    """Run the tested system until it ends, its time is over or `stop` is set; what it prints is nobody's.

    Raises:
        UsageError: `program_unknown`.
    """
    with tempfile.TemporaryFile() as errors:
        try:
            process = await asyncio.create_subprocess_exec(
                *_words(program, folder), stdout=subprocess.DEVNULL, stderr=errors
            )
        except (OSError, ValueError):
            raise _no_program() from None
        ended, stopped = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait(
                (ended, stopped), timeout=within_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stopped.cancel()
            code = process.returncode
            if code is None:
                process.kill()
                await ended
        return ProgramEnd(code, _last(errors))


def _words(program: str, folder: Path) -> list[str]:
    return [*shlex.split(program), str(folder)]


def _last(errors: IO[bytes]) -> tuple[str, ...]:
    """The last lines of a file, of printable characters alone: a terminal shows them."""
    errors.seek(max(0, errors.seek(0, 2) - LAST_BYTES))
    lines = errors.read().decode("utf-8", "replace").splitlines()
    shown = ("".join(filter(str.isprintable, line)).strip()[-LINE:] for line in lines)
    return tuple(line for line in shown if line)[-LAST_LINES:]


def _no_program() -> UsageError:
    expected = _("a program and its arguments")
    return UsageError("program_unknown", _("a command that does not start"), expected)

"""Look at every process again and again, and say within five seconds which one hangs.

1. A process that the system has suspended (state T: SIGSTOP, a debugger) hangs at once.
2. One that has answered before and gives no answer for three seconds, asked twice, hangs: a service
   to `/ready`, a node of Kafka to the greeting that any client begins with. One that starts is not
   judged, and nobody while this process itself does not get on.

Nothing is ended for hanging: a person may be at it. Who dies is told by who starts it again.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from contracts.errors import RelaisError
from services.platform.patience import patient
from services.platform.ports import monotonic
from services.platform.process.side_by_side import NoAnswer, asked_again
from services.play.run import words
from services.play.run.words import Say

LOOK_S: Final = 2.0  # between the beginnings of two looks
ANSWER_S: Final = 1.4  # for one answer; never more, or who is suspended would be seen late
SILENT_S: Final = 3.0  # without one before a process is said to hang


class Watched(NamedTuple):
    """A process that runs: its name, its id, and whether it answers when it is asked."""

    name: str
    pid: int
    ask: Callable[[], Awaitable[bool]]


@dataclass
class _Seen:
    answered: float | None = None  # seconds, monotonic
    hangs: bool = False


class Watch:
    """What was seen of each process, and who is told of a change.

    Args:
        running: whom to look at now.
        say: told of each change.
    """

    def __init__(self, running: Callable[[], Awaitable[Iterable[Watched]]], say: Say) -> None:
        self._running = running
        self._say = say
        self._seen: dict[tuple[str, int], _Seen] = {}

    async def forever(self) -> None:
        """Look until cancelled."""
        while True:
            began = monotonic()
            # A file that is being replaced (a certificate, the cluster's own) is whole at the next
            # look.
            with suppress(RelaisError, OSError, ValueError):
                await self.look()
            await asyncio.sleep(max(0.0, began + LOOK_S - monotonic()))

    async def look(self) -> None:
        """Look at each process once, all at the same time."""
        running = list(await self._running())
        self._seen = {
            (one.name, one.pid): self._seen.get((one.name, one.pid), _Seen()) for one in running
        }
        await asyncio.gather(*map(self._look_at, running))

    async def _look_at(self, one: Watched) -> None:
        seen = self._seen[one.name, one.pid]
        if is_suspended(one.pid):
            self._hangs(one.name, seen, words.suspended(one.pid))
            return
        answer = await asked_again(ANSWER_S, one.ask)
        if answer is True:
            seen.answered = monotonic()
            if seen.hangs:
                seen.hangs = False
                self._say(one.name, words.ANSWERS_AGAIN)
        elif answer is not NoAnswer.LATE and seen.answered is not None:
            silent_s = monotonic() - seen.answered
            if silent_s >= patient(SILENT_S):
                self._hangs(one.name, seen, words.silent(one.pid, silent_s))

    def _hangs(self, name: str, seen: _Seen, what: str) -> None:
        if not seen.hangs:
            seen.hangs = True
            self._say(name, what)


def is_suspended(pid: int) -> bool:
    """Whether the system gives a process no time: state T or t of proc(5)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
    except OSError:
        if Path("/proc/self").exists():
            return False
    command = ["/bin/ps", "-o", "state=", "-p", str(pid)]  # macOS
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return asked.stdout.strip().startswith("T")

"""Work that is shared out to processes of our own: forked, heard while they work, none left behind.

They are forked, since each needs what we have and no more: clients' TLS contexts cannot be sent. Whoever
calls this has no other thread yet.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Final, Generic, TypeVar

from contracts.errors import RelaisError
from services.platform.process.exit_codes import STOPPING, UnreachableError

R = TypeVar("R")
Progress = Callable[[int, int], None]  # how much is done, of how much
Work = Callable[[Progress], Awaitable[R]]

END_S: Final = 5.0  # for a process that was told to end


def in_processes(works: Sequence[Work[R]], progress: Progress) -> list[R]:
    """What each work gives, a process each, in their order; whatever happens, none is left behind.

    Args:
        progress: is told the sums of what all of them tell.

    Raises:
        RelaisError: one of them did.
        UnreachableError: `replay_ended`: one has died.
    """
    fork = multiprocessing.get_context("fork")
    with ExitStack() as stack:
        watched, held = fork.Pipe(duplex=False)  # closed when we end, however that is
        stack.callback(held.close)
        stack.callback(watched.close)
        pipes: list[Connection] = []
        started: list[BaseProcess] = []
        for work in works:
            reading, writing = fork.Pipe(duplex=False)
            pipes.append(reading)
            stack.callback(reading.close)
            process = fork.Process(
                target=_Child(work, writing, watched, (held, *pipes)).run, daemon=True
            )
            process.start()
            writing.close()
            stack.callback(_ended, process)
            started.append(process)
        return _collected(pipes, started, progress)


@dataclass(frozen=True)
class _Child(Generic[R]):
    """A process that works.

    Attributes:
        told: where it tells how far it is, and in the end what it has.
        watched: is closed when whom it works for has ended.
        parents: what only that one has a use for.
    """

    work: Work[R]
    told: Connection
    watched: Connection
    parents: Sequence[Connection]

    def run(self) -> None:
        """Work, and tell; ends when nobody listens any more."""
        for number in STOPPING:  # nothing is to be said: Ctrl-C is for all of us
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        for pipe in self.parents:
            pipe.close()
        try:
            self.told.send(("result", asyncio.run(self._result())))
        except RelaisError as error:
            self.told.send(
                ("error", (type(error), (error.code, error.got, error.expected, error.place)))
            )
        except BrokenPipeError:
            os._exit(1)

    async def _result(self) -> R:
        asyncio.get_running_loop().add_reader(self.watched.fileno(), os._exit, 1)

        def progress(done: int, total: int) -> None:
            self.told.send(("progress", (done, total)))

        return await self.work(progress)


def _collected(
    pipes: Sequence[Connection], processes: Sequence[BaseProcess], progress: Progress
) -> list[Any]:
    done: dict[Connection, tuple[int, int]] = dict.fromkeys(pipes, (0, 0))
    results: dict[Connection, Any] = {}
    while len(results) < len(pipes):
        waiting = [pipe for pipe in pipes if pipe not in results]
        ready = wait(waiting)
        for pipe in waiting:
            if pipe not in ready:
                continue
            try:
                kind, said = pipe.recv()
            except EOFError:
                raise _died(processes[pipes.index(pipe)]) from None
            if kind == "result":
                results[pipe] = said
            elif kind == "progress":
                done[pipe] = said
                progress(*map(sum, zip(*done.values(), strict=True)))
            else:
                error, given = said
                raise error(*given)
    return [results[pipe] for pipe in pipes]


def _died(process: BaseProcess) -> UnreachableError:
    process.join(END_S)
    got = f"a process that ended with {process.exitcode}"
    return UnreachableError("replay_ended", got, "its part of the verdict")


def _ended(process: BaseProcess) -> None:
    process.terminate()
    process.join(END_S)
    if process.is_alive():
        process.kill()
        process.join()

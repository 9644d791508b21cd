"""One life of a service, which can be cut off at any of its awaits, paused, and dropped.

A process that is killed does nothing more: no `finally` aborts its transaction, no `except` writes
a file. A task that is cancelled does all of that. So nothing is cancelled here: from the instant
of its death no task of the incarnation is ever resumed, its files of SQLite are closed as they
are, and what hangs there is kept until the run is over, so that not even the collector of garbage
lets it clean up.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Generator
from functools import cache, partial
from types import CoroutineType
from typing import Any, Final
from weakref import WeakSet

from services.platform.ports import Ports, given
from tests.simulation.loop import SimLoop, SimTask

READY_S: Final = 1e-3  # within which all comes that was ready as a pause began
LIFE: Final = contextvars.ContextVar["Life"]("life")
GRAVES: Final[list[object]] = []  # what dead lives left hanging


class Life:
    """One incarnation of a service.

    Attributes:
        name: of the service, such as `education`.
        died: done when it is cut off.
        doubted: done when it is taken for dead, and another life of its service is begun.
        since, until: it does nothing between those instants: paused, or held up by its disk.
        context: of its tasks.
        tasks: that it has begun.
        waits: is told of a coroutine of it that waits now: here it may be paused, or die.
    """

    def __init__(
        self, name: str, loop: asyncio.AbstractEventLoop, at_await: Callable[[Life, Any], None]
    ) -> None:
        self.name = name
        self.dead = False
        self.since = self.until = 0.0
        self.died: asyncio.Future[str] = loop.create_future()
        self.doubted: asyncio.Future[None] = loop.create_future()
        self.tasks = WeakSet[asyncio.Task[Any]]()
        self._loop = loop
        self.waits = partial(at_await, self)
        self.context = contextvars.copy_context()
        self._buried: list[Callable[[], None]] = []

    def begin(self, ports: Ports, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start it, with its own ports."""
        self.context.run(LIFE.set, self)
        return self.spawn(_with(ports, work))

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """A task of this life, such as the answer to a request."""
        return self._loop.create_task(work, context=self.context)

    def pause(self, seconds: float) -> None:
        """Hold it up, from now on."""
        self.since = self._loop.time()
        self.until = self.since + seconds

    def at_death(self, do: Callable[[], None]) -> None:
        """What happens to the world when it dies; nothing of the service's own."""
        self._buried.append(do)

    def die(self, where: str) -> None:
        """Cut it off: no task of it is ever resumed."""
        if not self.dead:
            self.dead = True
            # Whoever waits for nothing that is left would be collected, and clean up.
            GRAVES.append([*self.tasks])
            for do in self._buried:
                do()
            self.died.set_result(where)


async def _with(ports: Ports, work: Coroutine[Any, Any, Any]) -> Any:
    """In the life's own context, which requests that it answers have too."""
    with given(ports):
        return await work


def where(coro: Any) -> str:
    """The innermost function of the house in which a coroutine waits."""
    found = None
    while coro is not None:
        if type(coro) is CoroutineType:  # most are
            frame, coro = coro.cr_frame, coro.cr_await
        else:
            frame = getattr(coro, "gi_frame", None) or getattr(coro, "ag_frame", None)
            coro = getattr(coro, "cr_await", None) or getattr(coro, "gi_yieldfrom", None)
        if frame is not None and _place(frame.f_code.co_filename):
            found = frame
    if found is None:
        return ""
    code = found.f_code
    return f"{_place(code.co_filename)}:{found.f_lineno}:{code.co_qualname}"


@cache
def _place(path: str) -> str:
    """The path of a file of a service; empty for another."""
    return path.rpartition("/services/")[2] if "/services/" in path else ""


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine of a life: looked at whenever it waits, and not resumed once that is over."""

    def __init__(self, life: Life, coro: Coroutine[Any, Any, Any]) -> None:
        self._life = life
        self._coro = coro
        # While it was held, by whether a timer brought it: all timers come together after a pause,
        # behind what was under way before it.
        self._thrown: dict[bool, BaseException] = {}

    def send(self, value: Any) -> Any:
        """Go on, if it may."""
        if (held := self._held()) is not None:
            return held
        if self._thrown:
            first = self._thrown.pop(min(self._thrown))
            future = self._waiting(self._coro.throw(first))
            if self._thrown:
                self._thrown.clear()
                future.cancel()
            return future
        return self._waiting(self._coro.send(value))

    def throw(self, *error: Any) -> Any:
        """Raise in it, if it may go on; later otherwise."""
        if (held := self._held()) is not None:
            timed = self._life._loop.time() > self._life.since + READY_S
            self._thrown[timed] = error[0] if isinstance(error[0], BaseException) else error[0]()
            return held
        return self._waiting(self._coro.throw(*error))

    def close(self) -> None:
        """Not while it is dead: closing would let it clean up."""
        if not self._life.dead:
            self._coro.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coro.__await__()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coro, name)

    def _waiting(self, future: Any) -> Any:
        self._life.waits(self._coro)
        return self._held() or future if self._life.dead else future

    def _held(self) -> asyncio.Future[None] | None:
        """What to wait for instead: until the pause is over, or for ever."""
        life, loop = self._life, self._life._loop
        if not life.dead and life.until <= loop.time():
            return None
        instead = loop.create_future()
        if life.dead:
            GRAVES.append((self, instead))
        else:
            loop.call_at(life.until, _wake, instead)
        instead._asyncio_future_blocking = True
        return instead


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def task_factory(
    loop: asyncio.AbstractEventLoop, coro: Any, context: contextvars.Context | None = None
) -> asyncio.Task[Any]:
    """Tasks of a life are looked at at each await; all others are as ever."""
    assert isinstance(loop, SimLoop)
    life = context.get(LIFE) if context is not None else LIFE.get(None)
    if life is None:
        return SimTask(coro, loop=loop, context=context)
    task = SimTask(Stepped(life, coro), loop=loop, context=context)
    life.tasks.add(task)
    return task

"""An event loop whose time is virtual: where nothing is ready, it is at once the next timer's hour.

Nothing sleeps, no thread works, no socket is open: a run is what its code, its random numbers and
its order of calls make of it. `PYTHONHASHSEED` must be fixed too where runs are to be the same.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, Final, TypeVar, cast

from anyio._backends._asyncio import AsyncIOBackend

T = TypeVar("T")

TURN_S: Final = 1e-6  # a turn of the loop takes some time: who waits in a circle comes to an end
LIMIT_S: Final = 10 * 86_400.0
BEGIN_NS: Final = 1_795_514_400 * 10**9  # Tuesday 2026-11-24, 10:00 UTC


class DeadlockError(AssertionError):
    """All tasks wait for one another, or for what takes longer than a run may."""


class CutOffError(BaseException):
    """In what a life has given to a thread: it is dead, and no `except` of ours may write more."""


class SimFuture(asyncio.Future[Any]):
    """A future whose place in a set is its number's, not its address's."""

    def __init__(self, *, loop: SimLoop) -> None:
        self._number = next(loop.numbers)
        super().__init__(loop=loop)

    def __hash__(self) -> int:
        return self._number


class SimTask(asyncio.Task[Any]):
    """The same of a task."""

    def __init__(self, coro: Any, *, loop: SimLoop, context: Any = None) -> None:
        self._number = next(loop.numbers)
        super().__init__(coro, loop=loop, context=context)

    def __hash__(self) -> int:
        return self._number


class SimLoop(asyncio.BaseEventLoop):
    """asyncio's own loop; it is its own selector, which lets time pass instead of waiting.

    Attributes:
        moved_ns: by how much all machines' clocks have jumped.
        numbers: of its tasks and futures.
    """

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        super().__init__()
        self._now, self._limit = 0.0, limit_s
        self.moved_ns = 0
        self.numbers = count()
        self._selector = self
        self._clock_resolution = 1e-6  # two sums of the same delays may differ by less

    def time(self) -> float:
        """Seconds since the run began."""
        return self._now

    def wall_ns(self) -> int:
        """As `Ports.wall_ns`."""
        return BEGIN_NS + self.moved_ns + round(self._now * 1e9)

    def create_future(self) -> asyncio.Future[Any]:
        """As `asyncio` has it."""
        return SimFuture(loop=self)

    def select(self, timeout: float | None) -> tuple[()]:
        """Let the time until the next timer pass; None: there is no timer."""
        if timeout is None:
            raise DeadlockError("nothing is ready, and no timer runs")
        self._now += timeout + TURN_S
        if self._now > self._limit:
            raise DeadlockError(f"no end within {self._limit:g} s")
        return ()

    def run_in_executor(  # type: ignore[override]  # with fewer words
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Call it here and now (`asyncio.to_thread` comes this way)."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except CutOffError:
            pass  # who waits for it is never told
        except Exception as error:  # noqa: BLE001  (the caller's)
            done.set_exception(error)
        return done

    def _process_events(self, events: tuple[()]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""


_in_thread: Final = AsyncIOBackend.run_sync_in_worker_thread


async def _here(_cls: type, func: Callable[..., T], args: Any, *more: Any, **options: Any) -> T:
    """What anyio gives to a thread is done here and now, on this loop as in an executor."""
    if isinstance(asyncio.get_running_loop(), SimLoop):
        return func(*args)
    return cast("T", await _in_thread(func, args, *more, **options))


AsyncIOBackend.run_sync_in_worker_thread = classmethod(_here)  # type: ignore[method-assign,assignment]


def run(main: Callable[[], Coroutine[Any, Any, T]], seed: int = 0, limit_s: float = LIMIT_S) -> T:
    """Run to the end, with random numbers by seed.

    Raises:
        DeadlockError: there is no end.
    """
    random.seed(seed)
    with asyncio.Runner(loop_factory=lambda: SimLoop(limit_s)) as runner:
        return runner.run(main())

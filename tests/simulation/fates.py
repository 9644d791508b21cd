"""What befalls lives and calls, drawn from one seed: deaths, pauses, late and lost answers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from weakref import WeakSet

from aiokafka.errors import KafkaConnectionError, KafkaError, RequestTimedOutError

from tests.simulation.disk import Disk
from tests.simulation.incarnation import Life, where
from tests.simulation.loop import CutOffError

COMMAND: Final = 10.0  # an operator's command waits rarely: it dies so much more easily
LATE_S: Final = (0.001, 2.0)
STUCK_S: Final = (26.0, 45.0)  # too late for a transaction: it is aborted, and tried again
STUCK: Final = 0.2  # of late calls that write
FAULTS: Final[tuple[type[KafkaError], ...]] = (KafkaConnectionError, RequestTimedOutError)


class Mortal(sqlite3.Connection):
    """A connection that ends with its process: what a dead life was reading locks nothing."""

    _cursors: WeakSet[sqlite3.Cursor] | None = None

    def execute(self, *args: Any) -> sqlite3.Cursor:
        """Its cursor is known."""
        found = super().execute(*args)
        self._cursors = WeakSet() if self._cursors is None else self._cursors
        self._cursors.add(found)
        return found

    def end(self) -> None:
        """Close it, whatever it is amid."""
        with suppress(sqlite3.ProgrammingError):  # its service has closed it
            for cursor in self._cursors or ():
                cursor.close()
        self.close()


@dataclass
class Fates:
    """Draws what happens.

    Attributes:
        loss: chance of a death at a place where a service waits and nobody died before.
        late: chance that a call of Kafka is late.
        unanswered: chance that the answer to a commit is lost.
        paused: chance of a pause at an await.
        slow: chance that a disk takes long for a transaction.
        power: chance that a death is that of the machine, and what was not synced is gone.
        deaths: place -> how many lives ended there.
    """

    chance: Random
    loss: float = 0.0
    late: float = 0.02
    unanswered: float = 0.0
    paused: float = 0.0
    slow: float = 0.0
    power: float = 0.0
    calm: bool = False
    deaths: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)

    def at_await(self, life: Life, coro: Any) -> None:
        """A life waits in a coroutine: now it may be paused, or end."""
        if not self.calm and (place := where(coro)):
            self.at(life, place)

    def in_thread(self, life: Life, where: str) -> None:
        """A life is at a place in what it has given to a thread.

        Raises:
            CutOffError: it ended.
        """
        self.at(life, where)
        if life.dead:
            raise CutOffError(where)

    def at(self, life: Life, where: str) -> None:
        """A life is at a place where it may be paused, or end."""
        if self.calm:
            return
        loss = self.loss * (COMMAND if life.name == "operator" else 1)
        if loss and not self.deaths[where] and self.chance.random() < loss:
            self.deaths[where] += 1
            self.told["killed"] += 1
            life.die(where)
        elif self.paused and self.chance.random() < self.paused:
            self.told["paused"] += 1
            life.pause(self.chance.uniform(0.1, 90.0))

    def at_death(self, disk: Disk) -> None:
        """A life ends: alone, or with its machine."""
        if self.chance.random() < self.power:
            self.told["power"] += 1
            disk.fail()

    async def gate(self, life: Life, call: str) -> None:
        """A call of Kafka, before and after it had its effect: a place to die, too."""
        await asyncio.sleep(0)
        self.at(life, f"{life.name.partition('-')[0]} {call}")
        if life.dead:
            await asyncio.sleep(0)
        if self.calm:
            return
        if self.late and self.chance.random() < self.late:
            self.told["late"] += 1
            stuck = call in ("add", "send") and self.chance.random() < STUCK
            self.told["stuck"] += stuck
            await asyncio.sleep(self.chance.uniform(*(STUCK_S if stuck else LATE_S)))
        if call == "committed" and self.chance.random() < self.unanswered:
            self.told["unanswered"] += 1
            if self.chance.random() < 0.5:
                raise self.chance.choice(FAULTS)
            await asyncio.get_running_loop().create_future()

    def database(self, life: Life, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        """A file of SQLite on the life's disk: closed as it is when the life ends."""
        found: Mortal = sqlite3.connect(*args, factory=Mortal, **kwargs)
        life.at_death(found.end)
        if self.slow:
            found.set_trace_callback(lambda sql: self._slow(life, sql))
        return found

    def _slow(self, life: Life, sql: str) -> None:
        if not self.calm and sql.startswith("COMMIT") and self.chance.random() < self.slow:
            self.told["slow disk"] += 1
            life.pause(self.chance.uniform(0.5, 5.0))

"""What was done: every fault by kind, when, to whom, and how long it lasted."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        at_s: since the campaign began.
        seconds: until it was over: healed, or started again.
    """

    kind: str
    whom: str
    at_s: float
    seconds: float


@dataclass
class Doing:
    """A fault that is being done.

    Attributes:
        kind: may turn out to be another than was meant.
        done: set to false if there was nobody to do it to: it is not counted.
    """

    kind: str
    done: bool = True


@dataclass
class Tally:
    """Counts faults towards a target.

    Attributes:
        target: how many are wanted.
        until: monotonic instant at which no new one begins, whatever the count.
        calm: how many times longer the pauses between them are: larger services start slower.
    """

    target: int
    until: float
    calm: float = 1.0
    began: float = field(default_factory=time.monotonic)
    faults: list[Fault] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether no new fault is to begin."""
        return len(self.faults) >= self.target or time.monotonic() > self.until

    @property
    def kinds(self) -> Counter[str]:
        """How many of each kind."""
        return Counter(one.kind for one in self.faults)

    @asynccontextmanager
    async def one(self, kind: str, whom: str) -> AsyncIterator[Doing]:
        """Count a fault that the block does; one that raises, or says so, did not happen."""
        began, doing = time.monotonic(), Doing(kind)
        yield doing
        lasted = round(time.monotonic() - began, 1)
        if doing.done:
            self.faults.append(Fault(doing.kind, whom, round(began - self.began, 1), lasted))


def deck(weights: Mapping[str, float], chance: random.Random) -> Iterator[str]:
    """Kinds without end: first each once in a random order, then at random by weight."""
    names = sorted(weights)
    yield from chance.sample(names, len(names))
    while True:
        yield chance.choices(names, [weights[name] for name in names])[0]

"""How much work and memory something takes, counted and not timed: the same on any machine."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass
class Steps:
    """Functions called so far, of Python and of C."""

    number: int = 0


@contextmanager
def counted() -> Iterator[Steps]:
    """The steps of this thread in the block."""
    steps = Steps()

    def see(_frame: FrameType, event: str, _arg: object) -> None:
        steps.number += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        yield steps
    finally:
        sys.setprofile(None)


@contextmanager
def memory_below(size: int) -> Iterator[None]:
    """What is done in the block holds less than so many bytes at any time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < size
    finally:
        tracemalloc.stop()

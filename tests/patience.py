"""How long tests wait for what must come: one bound, far above what any machine needs.

A wait that is met early costs nothing. How fast something is, `tests/bench` says.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 300.0
LOOK_S: Final = 0.05


def until(holds: Callable[[], object], seen: Callable[[], object] = lambda: "") -> None:
    """Wait until it holds; else fail with what was `seen` last."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, seen()
        time.sleep(LOOK_S)


async def eventually(holds: Callable[[], object]) -> None:
    """Wait until it holds, while other tasks go on."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(LOOK_S)

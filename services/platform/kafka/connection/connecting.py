"""aiokafka's clients, started so that a cancellation leaves no socket open.

Cancelled between a broker's first connection and its first answer, aiokafka forgets the connection. So
we let it finish, within a bound, and then pass the cancellation on; the caller stops the client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

FINISH_S: Final = 2.0


async def connected(start: Coroutine[Any, Any, Any]) -> None:
    """Await a client's `start()` or `bootstrap()`."""
    starting = asyncio.ensure_future(start)
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting], timeout=FINISH_S)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise

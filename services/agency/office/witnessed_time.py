"""What time it is at least, whatever this machine's clock says.

What a clock that is wrong destroys is gone for ever. So what cannot be undone waits for an instant that somebody
else has signed: a router in a receipt or a notice, the keeper in a directory. What has passed since it was heard of
is counted by the processor's own seconds, which nobody sets.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class WitnessedTime:
    """The newest instant that was signed by others, and the seconds since it was heard of."""

    def __init__(self, at: int = 0, seconds: Callable[[], float] = time.monotonic) -> None:
        """Begin with what an earlier life knew; 0: nothing."""
        self._seconds = seconds
        self._at, self._since = at, seconds()

    @property
    def least(self) -> int:
        """It is this late at least, seconds; behind the truth by what a message was under way."""
        return self._at + int(self._seconds() - self._since)

    def hear(self, at: int) -> None:
        """Hear of an instant that somebody else has signed, seconds."""
        if at > self.least:
            self._at, self._since = at, self._seconds()

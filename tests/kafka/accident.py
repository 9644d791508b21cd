"""What may happen to a store's file between two lives of its owner."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

CUT: Final = 20_000  # bytes of which as many are left at most
OTHERS: Final = 20  # bytes that become others


def hurt(path: Path, chance: random.Random, copies: Sequence[Path]) -> None:
    """Delete it, cut it, change bytes of it, or put one of some copies in its place.

    Args:
        copies: an older state of it, another's store; those that are there.
    """
    there = [copy for copy in copies if copy.exists()]
    match chance.randrange(4 if there else 3):
        case 0:
            path.unlink()
        case 1:
            path.write_bytes(path.read_bytes()[: chance.randrange(CUT)])
        case 2:
            data = bytearray(path.read_bytes())
            for _ in range(OTHERS):
                data[chance.randrange(len(data))] ^= 255
            path.write_bytes(data)
        case _:
            shutil.copy(chance.choice(there), path)

"""Event ids laid aside while a log is replayed, and compared across partitions in the end.

An id of 16 bytes, its partition and the offset of its record, in files by the id's last byte: so that in the end no
more than one file's ids are in memory, however many years a log has. It holds no more than the log does.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FILES: Final = 64
_ROW: Final = struct.Struct(">16sBQ")
_KEEP_BYTES: Final = 1 << 14  # of a file, before it is written on

Place = tuple[int, int]  # partition and offset of a record


class IdsAside:
    """The ids that a replay finds; in place of the table that tells a replayer which were decided before.

    Attributes:
        offset: of the record in hand.
    """

    def __init__(self, folder: Path) -> None:
        self.offset = -1
        self._folder = folder
        self._kept = [bytearray() for _ in range(FILES)]

    def setdefault(self, jti: str, partition: int) -> int:
        """Lay an id aside: for all that can be known yet, nobody else has decided it."""
        name = bytes.fromhex(jti.replace("-", ""))
        kept = self._kept[name[-1] % FILES]
        kept += _ROW.pack(name, partition, self.offset)
        if len(kept) > _KEEP_BYTES:
            self._write(name[-1] % FILES)
        return partition

    def close(self) -> None:
        """Write what is left."""
        for number in range(FILES):
            self._write(number)

    def _write(self, number: int) -> None:
        kept = self._kept[number]
        with (self._folder / f"{number:02}").open("ab") as file:
            file.write(kept)
        kept.clear()


def met_again(folder: Path) -> Iterator[tuple[str, set[Place]]]:
    """Each id that records of more than one partition have decided, and their places."""
    for number in range(FILES):
        first: dict[bytes, Place] = {}
        more: dict[bytes, set[Place]] = defaultdict(set)
        for name, partition, offset in _ROW.iter_unpack((folder / f"{number:02}").read_bytes()):
            before = first.setdefault(name, (partition, offset))
            if before != (partition, offset):
                more[name] |= {before, (partition, offset)}
        for name, places in sorted(more.items()):
            if len({partition for partition, _ in places}) > 1:
                yield _text(name), places


def _text(name: bytes) -> str:
    digits = name.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

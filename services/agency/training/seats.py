"""Who sits where, as the agencies of one training tell one another: files in its home, without any content."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson
from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class Seat:
    """A desk of the training.

    Attributes:
        people: browsers that are signed in at it.
        step: number of steps that are done of the case at hand.
        since: instant of the last of them, or of the case's beginning, seconds; 0: not begun.
        ended: how many times the case was played to its end.
    """

    desk: str
    people: int = 0
    step: int = 0
    since: int = 0
    ended: int = 0


_SEATS: Final = TypeAdapter(tuple[Seat, ...])


class SeatFiles:
    """The files of a training.

    Args:
        folder: shared by all agencies of it.
        agency: whose file is written here.
    """

    def __init__(self, folder: Path, agency: str) -> None:
        self._folder, self._file = folder, folder / f"{agency}.json"
        self._written: tuple[Seat, ...] | None = None

    def tell(self, seats: tuple[Seat, ...]) -> None:
        """Write this agency's seats where they have changed."""
        if seats != self._written:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._file.with_suffix(".part")
            part.write_bytes(orjson.dumps([asdict(seat) for seat in seats]))
            part.replace(self._file)
            self._written = seats

    def read(self) -> dict[str, Seat]:
        """Every desk that an agency has told of."""
        told: dict[str, Seat] = {}
        for file in sorted(self._folder.glob("*.json")):
            try:
                told |= {seat.desk: seat for seat in _SEATS.validate_json(file.read_bytes())}
            except (OSError, ValidationError):
                continue  # being written, or of another release
        return told

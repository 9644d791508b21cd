"""One agency's part in a training: bands on its desks' pages, its players, and what it tells the others. Never in earnest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from starlette.routing import BaseRoute

from services.agency.desk.door import DeskDoor
from services.agency.desk.told import DeskWords
from services.agency.http.desk_request import Parts
from services.agency.training.band import band
from services.agency.training.cases import CASES
from services.agency.training.players import Players
from services.agency.training.position import position, positions
from services.agency.training.routes import TrainingPages, TrainingWays
from services.agency.training.seats import Seat, SeatFiles
from services.platform.browser.sign_in.local_accounts import read_accounts
from services.platform.keys.private_files import read_private
from services.platform.settings import AgencySettings
from services.platform.sign_in_settings import TRAINING_ACCOUNTS, TRAINING_ROLES

LOOK_S: Final = 1.0
FOLDER: Final = "training"  # of the seats, beside the agencies' other state


@dataclass(slots=True)
class Training:
    """Its bands, pages and players."""

    parts: Parts
    ways: TrainingWays
    door: DeskDoor | None = None
    players: Players = field(init=False)

    def __post_init__(self) -> None:
        self.players = Players(self.parts)

    @property
    def place(self) -> str:
        """Address at which one signs in to it."""
        return self.ways.place

    def band(self, desk: str, told: DeskWords) -> Any:
        """Where a desk is in its case; None where it has none."""
        case = CASES.get(desk)
        return None if case is None else band(case, self.parts.office, self.parts.kinds, told)

    def routes(self, door: DeskDoor) -> list[BaseRoute]:
        """Its pages."""
        self.door = door
        return TrainingPages(self.ways, door).all

    async def forever(self) -> None:
        """Tell who sits here, and play those whom nobody plays, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> int:
        """Once; how much was played."""
        seats = self.ways.seats
        seats.tell(tuple(self._seat(desk) for desk in self.parts.office.agency.desks))
        played = {desk for desk, seat in seats.read().items() if seat.people > 0}
        return await self.players.act(played)

    def _seat(self, desk: str) -> Seat:
        people = self.door.sessions.of_role(desk) if self.door is not None else 0
        if (case := CASES.get(desk)) is None:
            return Seat(desk, people)
        view = self.parts.office.view(desk)
        where = position(case, view)
        ended = sum(one.step is None for one in positions(case, view))
        return Seat(desk, people, len(where.done), where.since, ended)


def training_of(settings: AgencySettings, parts: Parts) -> Training:
    """The training that the settings ask for.

    Raises:
        UsageError: those of `read_accounts`.
    """
    file = settings.home / TRAINING_ACCOUNTS
    ways = TrainingWays(
        read_accounts(file, TRAINING_ROLES), sha256(read_private(file)).digest(), settings.training,
        SeatFiles(settings.state_dir / FOLDER, settings.agency),
    )  # fmt: skip
    return Training(parts, ways)

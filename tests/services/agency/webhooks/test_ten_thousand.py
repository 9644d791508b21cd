"""Ten thousand webhooks over sockets, for a receiver that is killed, comes back, and in the end wants no more."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from services.agency.office.fold.arrivals import Arrival
from services.agency.webhooks import progress
from services.agency.webhooks.post import Poster
from services.agency.webhooks.push import DeskWebhooks
from services.platform.http.receiver import Receiver
from services.platform.process.tether import tethered
from tests.patience import eventually
from tests.ports import free_port
from tests.services.agency.bench import Bench
from tests.services.agency.webhooks import mortal
from tests.services.agency.webhooks.receiving import DESK, HERE, pushing
from tests.world import BEGIN

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
MANY: Final = 10_000
KILLS: Final = (2_500, 7_500)  # of the receiver; our service ends between them
AWAY_S: Final = 1.0
MOST_GROWN: Final = 24 << 20  # bytes of this process, of which a message kept would take hundreds


async def here(_host: str, _port: int) -> list[str]:
    """The address of an address: no thread is asked for it."""
    return ["127.0.0.1"]


class Life:
    """A receiver's process, from one start to the next kill."""

    def __init__(self, port: int, file: Path) -> None:
        self.port, self.file = port, file

    async def begin(self) -> None:
        """Start it, and wait until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            *tethered([sys.executable, mortal.__file__, str(self.port), str(self.file)])
        )
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return

    async def kill(self) -> None:
        """As a machine does that loses its current."""
        self._process.kill()
        await self._process.wait()

    @property
    def told(self) -> list[str]:
        """Ids in the order in which they came."""
        return self.file.read_text().splitlines() if self.file.exists() else []


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def arrivals(begin: int, end: int) -> list[Arrival]:
    """What lies in a partition of the inbox."""
    issuer = "urn:relais:civil:edu-s"
    return [
        Arrival("civil", 0, at, BEGIN, "", issuer, str(at), "IP", "case", "assess")
        for at in range(begin, end)
    ]


async def down_to(webhooks: DeskWebhooks, left: int) -> int:
    """Wait until no more is pending; the most that waited outside the inbox."""
    most = 0
    while webhooks.pending > left:
        most = max(most, len(webhooks.progress.retries))
        await asyncio.sleep(0.01)
    return most


async def test_ten_thousand_for_a_receiver_that_dies(
    council: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed twice, our service ended once: each is told, few twice, 64 at most wait; after 410 nobody is asked again."""
    monkeypatch.setattr(progress, "HOLD_S", 0.01)
    monkeypatch.setattr(progress, "DELAYS", (1, *progress.DELAYS[1:]))
    view = council.office.view(DESK)
    view.arrivals["civil", 0] = arrivals(0, MANY)
    life = Life(free_port(), tmp_path / "told")
    url = f"http://127.0.0.1:{life.port}/hook"
    receiver = Receiver.model_validate({"url": url, "networks": HERE})
    before, most = resident(), 0

    await life.begin()
    for left in (MANY - kill for kill in KILLS):
        async with pushing(council, receiver, tmp_path, Poster(here)) as webhooks:
            await down_to(webhooks, left)
            await life.kill()
            going_on = asyncio.create_task(down_to(webhooks, 0 if left < MANY // 2 else MANY // 2))
            await asyncio.sleep(AWAY_S)
            await life.begin()
            most = max(most, await going_on)
    grown = resident() - before
    told = Counter(life.told)
    (tmp_path / "told.gone").touch()
    view.arrivals["civil", 0] += arrivals(MANY, MANY + 100)
    async with pushing(council, receiver, tmp_path, Poster(here)) as webhooks:
        await eventually(lambda: bool(webhooks.progress.stopped))
        await asyncio.sleep(0.1)
    asked = len(life.told)
    await life.kill()

    assert len(told) == MANY
    assert sum(told.values()) - MANY <= len(KILLS) + 1  # what was in hand at each end
    assert 0 < most <= progress.MOST
    assert (asked - sum(told.values()), webhooks.pending) == (1, 100)
    assert webhooks.progress.given_up == 0
    assert grown < MOST_GROWN

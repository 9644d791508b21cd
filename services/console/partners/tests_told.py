"""What partners' services say of their self-tests, and asking one of them to try again; the console has no desk's token.

A service is asked as any collector asks it, and holds to its own limits whoever asks: this page can make
nothing tried oftener. What is not answered is kept as it was, each row with the instant at which it was tried.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx
import structlog

from contracts.encoding import json_object
from contracts.errors import UsageError
from services.console.watch import OWN
from services.operate.status.ask import ANSWER_S, bounded_page
from services.platform.self_test.rows import RowName, SelfTestRow, read_rows

LOOK_S: Final = 2.0  # between two looks, however many read
TRY_S: Final = 30.0  # for a service to try: a router that is away is waited for
SHOWN_S: Final = 0.6  # that a page waits for a try before it shows what there is
MOST: Final = 8  # tries under way

log = structlog.get_logger("relais.console")


@dataclass(frozen=True, slots=True)
class PartnerRows:
    """One desk, as its service told it last.

    Attributes:
        answers: whether that service answered the last look.
    """

    service: str
    rows: tuple[SelfTestRow, ...]
    answers: bool


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False)


@dataclass(slots=True)
class PartnerTests:
    """What was told, by desk.

    Attributes:
        addresses: service -> address, as it is now.
        client: makes what asks them.
    """

    addresses: Callable[[], Mapping[str, str]]
    client: Callable[[], httpx.AsyncClient] = _client
    desks: dict[str, PartnerRows] = field(default_factory=dict)
    _looked: float = float("-inf")
    _tries: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)

    async def look(self, *, anew: bool = False) -> None:
        """Ask every service, unless that was done just now; within `ANSWER_S`, and nothing is raised."""
        if not anew and time.monotonic() < self._looked + LOOK_S:
            return
        self._looked = time.monotonic()
        try:
            asked = {name: url for name, url in self.addresses().items() if name != OWN}
        except (OSError, UsageError):  # a file that is being replaced
            return
        async with self.client() as client:
            told = await asyncio.gather(*(_told(client, url) for url in asked.values()))
        heard = {name: desks for name, desks in zip(asked, told, strict=True) if desks is not None}
        kept = {
            desk: PartnerRows(partner.service, partner.rows, answers=False)
            for desk, partner in self.desks.items()
            if partner.service in asked and partner.service not in heard
        }
        self.desks = dict(sorted({
            **kept,
            **{desk: PartnerRows(name, rows, answers=True) for name, desks in heard.items() for desk, rows in desks.items()},
        }.items()))  # fmt: skip

    async def again(self, desk: str, row: RowName | None) -> bool:
        """Have a desk's row tried, or all; return soon, whether or not it has ended.

        Returns:
            Whether it was asked for: such a desk is known, and not too much is under way.
        """
        partner = self.desks.get(desk)
        if partner is None:
            return False
        key = desk, row or ""
        if key not in self._tries:
            if len(self._tries) >= MOST:
                return False
            self._tries[key] = task = asyncio.create_task(self._try(partner.service, desk, row))
            task.add_done_callback(lambda _: self._tries.pop(key, None))
        await asyncio.wait([self._tries[key]], timeout=SHOWN_S)
        return True

    async def _try(self, service: str, desk: str, row: RowName | None) -> None:
        asked = {"desk": desk, **({"row": row} if row else {})}
        try:
            url = self.addresses()[service]
            async with asyncio.timeout(TRY_S), self.client() as client:
                await client.post(f"{url}/check", params=asked, timeout=TRY_S)
            await self.look(anew=True)
        except (
            TimeoutError,
            OSError,
            UsageError,
            KeyError,
            httpx.HTTPError,
            httpx.InvalidURL,
        ) as error:
            log.warning("not tried", service=service, why=type(error).__name__)


async def _told(client: httpx.AsyncClient, url: str) -> dict[str, tuple[SelfTestRow, ...]] | None:
    """Desk -> rows; None: no answer that is one."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return read_rows(json_object(await bounded_page(client, f"{url}/check")))
    except (TimeoutError, OSError, httpx.HTTPError, httpx.InvalidURL):
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None

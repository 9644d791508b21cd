"""The police service (police and gendarmerie, on both buses): wiring only; `shell.service` does the work."""

from __future__ import annotations

import asyncio
from typing import Final

from services.police.inbox import arrival
from services.police.intake import intake
from services.police.records import KINDS
from services.shell import service
from services.shell.agency import Trade
from services.shell.settings import AgencySettings

TRADE: Final = Trade(intake, arrival, KINDS)


async def serve(settings: AgencySettings, stop: asyncio.Event) -> int:
    """Run the service until `stop` is set; its exit code."""
    return await service.serve(settings, TRADE, stop)

"""The police service (police and gendarmerie, on both buses): wiring only; `shell.service` does the work."""

from __future__ import annotations

import asyncio
from typing import Final

from services.agency import app
from services.agency.office.identity import Trade
from services.platform.process.settings import AgencySettings
from services.police.inbox import arrival
from services.police.intake import intake
from services.police.records import KINDS

TRADE: Final = Trade(intake, arrival, KINDS)


async def serve(settings: AgencySettings, stop: asyncio.Event) -> int:
    """Run the service until `stop` is set; its exit code."""
    return await app.serve(settings, TRADE, stop)

"""The association service (specialist associations and street outreach): wiring only; `shell.service` does the work."""

from __future__ import annotations

import asyncio
from typing import Final

from services.agency import app
from services.agency.office.identity import Trade
from services.association.inbox import arrival
from services.association.intake import intake
from services.association.records import KINDS
from services.platform.process.settings import AgencySettings

TRADE: Final = Trade(intake, arrival, KINDS)


async def serve(settings: AgencySettings, stop: asyncio.Event) -> int:
    """Run the service until `stop` is set; its exit code."""
    return await app.serve(settings, TRADE, stop)

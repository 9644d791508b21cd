"""The service of any agency that the convention names: wiring only; `shell.service` does the work.

`RELAIS_AGENCY` says which one. A partner that wants its own vocabulary gets a package of its own.
"""

from __future__ import annotations

import asyncio
from typing import Final

from services.agency import app
from services.agency.office.identity import Trade
from services.partner.inbox import arrival
from services.partner.intake import intake
from services.partner.records import KINDS
from services.platform.process.settings import AgencySettings

TRADE: Final = Trade(intake, arrival, KINDS)


async def serve(settings: AgencySettings, stop: asyncio.Event) -> int:
    """Run the service until `stop` is set; its exit code."""
    return await app.serve(settings, TRADE, stop)

"""One look at a federation: all are asked at once, the silent once more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from services.operate.gauge import read_gauge
from services.operate.home.folder import HomeFolder
from services.operate.status.ask import KAFKA, ask_all, read_targets
from services.operate.status.kafka_state import kafka_state
from services.operate.status.kept_by import kept_by
from services.operate.status.state import FederationState, federation
from services.platform.ports import now
from services.platform.process.clock import home_clock

if TYPE_CHECKING:
    from services.platform.kafka.connection.connection import Tls


@dataclass(frozen=True)
class Where:
    """Where to look.

    Attributes:
        home: whose files say the rest; it need not be there.
        targets: file with the services' addresses; None: where those of the home listen now.
        drift: file with the gauge `relais_drift`.
        secrets: realm -> by what its auditor is asked whose it is what lies in quarantine; without
            one nobody is.
    """

    home: Path
    targets: Path | None
    bootstrap: str
    tls: Tls | None
    drift: Path = field(default=Path("drift.prom"))
    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def services_of(home: Path, targets: Path | None) -> dict[str, str]:
    """Service -> address: of a file, else where those of the home listened last.

    Raises:
        UsageError: `targets_malformed`.
    """
    if targets is not None:
        return read_targets(targets)
    listed = HomeFolder(home).addresses.items()
    return {name: str(url) for name, url in listed if name != KAFKA}


async def look(where: Where) -> FederationState:
    """Ask services and brokers; nothing is raised for what does not answer.

    Raises:
        UsageError: `targets_malformed`.
    """
    kafka = kafka_state(where.bootstrap, where.tls)
    services = services_of(where.home, where.targets)
    answers, brokers, kept = await asyncio.gather(
        ask_all(services), kafka, kept_by(services, where.secrets)
    )
    at = now()
    ahead = home_clock(where.home).now() - int(at)
    return federation(
        at,
        answers,
        brokers,
        read_gauge(where.drift),
        _restarts(HomeFolder(where.home).restarts),
        ahead,
        kept,
    )


def _restarts(file: Path) -> dict[str, int]:
    """Service -> how often whoever watches over it has started it again; none where nobody does."""
    try:
        counts: dict[str, int] = orjson.loads(file.read_bytes())
        return {name: int(count) for name, count in counts.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}

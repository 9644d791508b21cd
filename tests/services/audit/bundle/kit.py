"""Bundles in tests: a world's log as an auditor exports it, and the verdicts on both."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.keys.keyring import MemorySigner
from contracts.log.orders.order import Owners
from contracts.vocabulary.scopes import REALMS
from services.audit.bundle.export import ExportRequest, export
from services.audit.bundle.source import open_bundle
from services.audit.bundle.verify import JudgedBundle, judge
from services.audit.source import LogSource
from services.audit.verdict import AuditVerdict
from services.audit.whole import replay
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.contracts.log.first_orders import owners
from tests.simulation.planted_log import PlantedLog
from tests.world import World

AUDITOR = MemorySigner(
    "auditor-1", "urn:relais:auditor", Ed25519PrivateKey.from_private_bytes(b"auditor".ljust(32))
)


@lru_cache(maxsize=1)
def small_world() -> World:
    """One story, played once for all tests that only look."""
    world = World()
    assert play_all(world, Teller(), "A")
    return world


def request_of(world: World, **more: Any) -> ExportRequest:
    """What an auditor asks for who wants all."""
    given = {
        "source": PlantedLog(world.topics), "realms": ("civil", "criminal"), "owners": owners(),
        "signer": AUDITOR, "now": world.clock.now(), "program": "relais test",
    }  # fmt: skip
    return ExportRequest(**{**given, **more})


def replayed(
    world: World, source: LogSource | None = None, realms: Sequence[str] = REALMS
) -> AuditVerdict:
    """The verdict from a world's log."""
    log = source or PlantedLog(world.topics)
    return asyncio.run(replay(log, realms, owners(), world.clock.now))


def exported(path: Path, world: World | None = None, **more: Any) -> Path:
    """A bundle of the civil bus, of the small world unless another is named."""
    export(request_of(world or small_world(), **{"realms": ("civil",), **more}), path)
    return path


def judged(path: Path, **more: Any) -> AuditVerdict:
    """The verdict from a bundle alone."""
    return whole(path, **more).verdict


def whole(
    path: Path, *, auditor: str = "", whose: Owners | None = None, after: Path | None = None
) -> JudgedBundle:
    """All that follows from a bundle alone."""
    with open_bundle(path, auditor) as bundle:
        return judge(bundle, whose or owners(), lambda *_: None, after=after)

"""Bundles in tests: a world's log as an auditor exports it, and the verdicts on both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.keys.keyring import MemorySigner
from contracts.log.orders.order import KINDS, Owners
from contracts.log.replaying.finding import AuditFinding
from services.audit.bundle.archive import new_member
from services.audit.bundle.export import ExportRequest, export
from services.audit.bundle.source import open_bundle
from services.audit.bundle.verify import JudgedBundle, judge
from services.audit.verdict import AuditVerdict
from services.platform.keys.owners import FILE, owners_text
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


def exported(path: Path, world: World | None = None, **more: Any) -> Path:
    """A bundle of the civil bus, of the small world unless another is named."""
    export(request_of(world or small_world(), **{"realms": ("civil",), **more}), path)
    return path


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip file of a bundle's form."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            with new_member(archive, name) as write:
                write(data)
    return buffer.getvalue()


def written(path: Path, files: Mapping[str, bytes]) -> Path:
    """The same on disk."""
    path.write_bytes(zipped(files))
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


def alarms(verdict: AuditVerdict) -> list[AuditFinding]:
    """Findings that an honest log does not have."""
    return [finding for _realm, finding in verdict.findings if finding.alarm]


def pin_owners(home: Path) -> None:
    """Make a home one that knows whose orders count in these worlds."""
    own = owners()
    kinds = {kind: (own.quorum[kind], tuple(own.keys[kind].values())) for kind in KINDS}
    text = owners_text(kinds, tuple(own.directory.values()), tuple(own.parties.values()))
    (home / FILE).write_bytes(text)

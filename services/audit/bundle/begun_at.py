"""Where a bundle begins that is asked for from an instant on: behind the last state that the log tells before it (bundle §6).

What came before is replayed for it, out of a bundle that nobody gets: no state is taken from anybody's word.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from contracts.encoding import rfc3339
from contracts.errors import UsageError
from services.audit import snapshot
from services.audit.bundle.export import ExportRequest, Progress, export
from services.audit.bundle.manifest import Manifest, read_manifest
from services.audit.bundle.source import BundleLog
from services.audit.bundle.stored_zip import opened
from services.audit.replay import Ended, replay
from services.audit.scratch import on_disk
from services.texts import Catalogue

_ = Catalogue(__name__)

BEFORE: Final = "before.zip"
BEGUN: Final = "audit.snapshot"


def written_from(request: ExportRequest, since: int, path: Path, progress: Progress) -> Manifest:
    """Write a bundle of what was recorded from an instant on, with what leads there from the last known state.

    Args:
        since: seconds.
        progress: is told how many records were written or replayed.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `instants_reversed`; those of `export`; `snapshot_unwritable`.
    """
    if since > (end := request.now if request.until is None else request.until):
        raise UsageError(
            "instants_reversed", rfc3339(since), _("{end} at the latest").of(end=rfc3339(end))
        )
    with on_disk(), TemporaryDirectory(prefix="relais-export-") as home:
        begun = _snapshot_before(request, since, Path(home), progress)
        return export(replace(request, begun=begun, since=since), path, progress)


def _snapshot_before(request: ExportRequest, since: int, home: Path, progress: Progress) -> Path:
    """A snapshot that stands in each partition before a record that was written before an instant."""
    before = home / BEFORE
    export(replace(request, until=since - 1, after=None, heads={}, logs={}), before, progress)
    ended: dict[str, Ended] = {}
    with opened(before) as file:
        bundle = BundleLog(file, read_manifest(file))
        realms, owners = request.realms, request.owners

        def told(done: int, _total: int) -> None:
            progress(done)

        asyncio.run(replay(bundle, realms, owners, lambda: since - 1, told, ended=ended))
        snapshot.save(home / BEGUN, {realm: stood() for realm, stood in ended.items()})
    before.unlink()
    return home / BEGUN

"""Two bundles in a row: their checkpoints are of one history, or that they are not is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contracts.proof.witness import parse_request
from contracts.proof.witness import request_of as request_of_witness
from services.audit.bundle.head_proofs import AFTER, CHECKPOINT, head_name
from services.audit.bundle.manifest import read_manifest
from services.audit.bundle.source import BundleLog
from services.audit.bundle.stored_zip import opened
from services.audit.bundle.verify import FORKED, UNSHOWN, held_histories
from tests.services.audit.bundle.memory_log import MemoryLog, small_world
from tests.services.audit.bundle.test_attested import checkpoint_of, pinning
from tests.services.audit.bundle.test_end_proofs import TOLD, proved
from tests.services.audit.bundle.test_heads import DECISIONS, heads_of, home
from tests.services.audit.bundle.test_hostile_bundles import Files, files_of, listed, written

__all__ = ["home"]  # a fixture


def test_checkpoints_of_bundles_that_follow_one_another_are_of_one_history(home: Path) -> None:
    """Ten records, seven attested; forged, of another log or missing is told, and only it."""
    before = proved(home, "1.zip", heads=heads_then(home), logs={})
    path = proved(home, "2.zip", after=before)
    files = files_of(path)
    name, note = head_name("civil", 3, AFTER), files[TOLD[CHECKPOINT]]
    request = parse_request(files[name] + note)

    assert request.old == 7
    assert histories(path, before) == []
    lies: dict[str, tuple[bytes | None, str]] = {
        "other hashes": (request_of_path(7, request.path[::-1], note), FORKED),
        "from another size": (request_of_path(6, request.path, note), FORKED),
        "of another form": (b"old seven\n\n", FORKED),
        "none": (None, UNSHOWN),
    }
    for lie, (data, code) in lies.items():
        told = {kept: own for kept, own in files.items() if kept != name or data is not None}
        other = told | ({name: data} if data is not None else {})
        assert histories(written(path, listed(other)), before) == [(3, code)], lie
    forked = proved(home, "1.zip", heads=heads_then(home, b"\7" * 32), logs={})
    assert histories(written(path, files), forked) == [(3, FORKED)]


def heads_then(home: Path, root: bytes | None = None) -> Files:
    """What was published when partition 3 had seven records; or another tree of seven."""
    heads = heads_of(home, "police", "justice")
    log = small_world().topics[DECISIONS, 3]
    then = MemoryLog({(DECISIONS, 3): log[:7]})
    heads[TOLD[CHECKPOINT]] = checkpoint_of(3, then, root)
    return heads


def histories(path: Path, before: Path) -> list[tuple[int, str]]:
    """What is told of two bundles, as partition and code."""
    with opened(path) as file:
        told = held_histories(BundleLog(file, read_manifest(file)), before, pinning())
        return [(finding.partition, finding.code) for _realm, finding in told]


def request_of_path(old: int, path: Sequence[bytes], note: bytes) -> bytes:
    """What would be asked of a witness, without the checkpoint."""
    return request_of_witness(old, path, note).removesuffix(note)

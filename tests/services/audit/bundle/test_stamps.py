"""Time stamps in a bundle: over its own checkpoints, by an authority that the reader believes, or none."""

from __future__ import annotations

from pathlib import Path

from services.audit.bundle.head_proofs import CHECKPOINT, STAMP, head_name
from services.audit.bundle.manifest import read_manifest
from services.audit.bundle.source import BundleLog
from services.audit.bundle.stamps import held_stamps
from services.audit.bundle.stored_zip import opened
from tests.services.audit.authority import Authority
from tests.services.audit.bundle.test_cut import cut
from tests.services.audit.bundle.test_heads import home
from tests.services.audit.bundle.test_hostile_bundles import files_of, listed, written

__all__ = ["home"]  # a fixture


def test_a_stamp_of_another_checkpoint_shows_no_instant(home: Path, tmp_path: Path) -> None:
    """Nor does one that is none; the partition is named, and a true one says when."""
    path, authority = cut(home), Authority.made(tmp_path / "tsa")
    files = files_of(path)
    own, other = (files[head_name("civil", number, CHECKPOINT)] for number in (1, 2))
    stamps = {
        authority.stamp(own): ("timestamped", ""),
        authority.stamp(other): ("timestamp_wrong", "timestamp_differs"),
        b"<html>": ("timestamp_wrong", "timestamp_malformed"),
    }

    for token, said in stamps.items():
        with opened(written(path, listed(files | {head_name("civil", 1, STAMP): token}))) as file:
            bundle = BundleLog(file, read_manifest(file))
            ((_realm, told),) = held_stamps(bundle, authority.root)
        assert (told.code, told.detail, told.partition, told.index) == (*said, 1, 9)
        assert told.alarm == (told.code == "timestamp_wrong")

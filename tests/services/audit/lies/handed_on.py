"""Lies of who hands a file on: what its checkpoints, and what leads to them from its records, show."""

from __future__ import annotations

from typing import Final

EXPORT, ALL = "the export", "Kafka, the router’s key and the log’s"

# (what it is, by who holds, code); planted in tests of bundles.
HANDED_ON: Final = {
    "kept_back": ("the last records of a part kept back, and a later instant said to be its end", EXPORT, "checkpoint_differs"),
    "begun_late": ("the first record of a part left out", EXPORT, "checkpoint_differs"),
    "other_path": (
        "what leads to a checkpoint taken from another log, from another record, or altered", EXPORT, "proof_wrong",
    ),
    "stripped": ("cosignatures taken off a checkpoint, so that fewer are left than the owners pin", EXPORT, "end_unattested"),
    "left_out": (
        "a partition of the owners’ layout left out, or its checkpoint where others have theirs", EXPORT, "partition_missing",
    ),
    "forked": ("two files in a row with checkpoints of two histories", ALL, "history_forked"),
    "unshown": ("what leads from one file’s checkpoint to the next one’s left out", EXPORT, "history_unshown"),
    "early_stub": (
        "a false stub in a file that ends before the record of the erasure", "Kafka, under an order to erase", "erasure_unconfirmed",
    ),
}  # fmt: skip

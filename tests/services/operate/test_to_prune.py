"""What an order to prune is to say: looked up in the published log, and proved before the owners sign it."""

from __future__ import annotations

from functools import cache

import pytest

from contracts.errors import ProofError
from contracts.proof.tiles import ENTRIES, Tile, bundle_of
from services.operate.to_prune import least_to_serve
from services.platform.process.exit_codes import UnreachableError
from tests.contracts.proof.log import MemoryLog, policy
from tests.services.platform.tree.published import Published

SIZE = 2_000


@cache
def log() -> MemoryLog:
    """A record a second."""
    return MemoryLog().add(b'{"at":%d,"index":%d}' % (at, at) for at in range(SIZE))


@pytest.mark.parametrize(
    ("before", "least"),
    [(0, 0), (255, 0), (256, 256), (257, 256), (1_023, 768), (1_024, 1_024), (9_999, 1_792)],
)
def test_whole_bundles_whose_last_record_is_older_need_not_be_served(
    before: int, least: int
) -> None:
    """Never that of the last record, and of a long log few bundles are asked for."""
    published = Published(log())

    assert least_to_serve(published, policy(), before) == least
    assert len([path for path in published.asked if "entries" in path]) <= 6


def test_what_was_let_go_before_is_not_asked_for() -> None:
    """A log that serves less than it has to leads to no order."""
    shorter = MemoryLog(log().entries, dict(log().tiles), log().edge)
    for number in range(3):
        del shorter.tiles[Tile(ENTRIES, number)]

    assert least_to_serve(Published(shorter), policy(), 300, 768) == 768
    assert least_to_serve(Published(shorter), policy(), 1_200, 768) == 1_024
    with pytest.raises(UnreachableError):
        least_to_serve(Published(shorter), policy(), 600, 256)


def test_a_server_that_calls_young_records_old_leads_to_no_order() -> None:
    """The last record that would go is held to the tree under a checkpoint that the policy takes."""
    old = bundle_of([b'{"at":0,"index":0}'] * 256)
    lie = Published(log(), instead={Tile(ENTRIES, number).path: old for number in range(7)})

    with pytest.raises(ProofError, match="not_included"):
        least_to_serve(lie, policy(), 300)


def test_a_server_that_lies_once_and_then_tells_the_truth_leads_to_no_order() -> None:
    """The record that is proved is young, whatever it was when it was looked at first."""
    old = bundle_of([b'{"at":0,"index":0}'] * 256)

    class LiesOnce(Published):
        def read(self, path: str) -> bytes:
            is_first = "entries" in path and path not in self.asked
            true = super().read(path)
            return old if is_first else true

    with pytest.raises(ProofError, match="entry_malformed"):
        least_to_serve(LiesOnce(log()), policy(), 300)


def test_entries_that_are_no_records_lead_to_no_order() -> None:
    """A log of something else."""
    other = MemoryLog().add(b"%d" % at for at in range(600))

    with pytest.raises(ProofError, match="entry_malformed"):
        least_to_serve(Published(other), policy(), 300)

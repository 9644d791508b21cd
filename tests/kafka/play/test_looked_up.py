"""A real event on a real console: by its id, with its proof; nothing personal anywhere."""

from __future__ import annotations

from typing import Final

import pytest

from tests.kafka.play.played import MARKER, Recorded, recorded
from tests.searching import DEPTH, leaks

NEEDLES: Final = (MARKER, "01 99 00 00 00", "1098765432B")

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def play() -> Recorded:
    """The one play of this run."""
    return recorded()


def test_an_event_that_was_routed_is_found_by_its_id(play: Recorded) -> None:
    """With its verdicts, and under a checkpoint that agencies cosigned; an unknown id is not."""
    for role in ("auditor", "operator"):
        page = play.looked[f"{role} event"]
        assert b"Whom it reached" in page
        assert b"decided again: the same" in page
        assert b"under the published one of" in page
        assert b"the path of hashes was verified" in page
        by = page.partition(b"policy asks, by")[2]
        assert any(
            name in by for name in (b"education", b"police", b"justice", b"welfare", b"association")
        )
        assert b"There is no event of this id" in play.looked[f"{role} nobody"]


def test_no_page_and_no_log_holds_personal_text_or_a_looked_up_id(play: Recorded) -> None:
    """Of console and audit: neither what was sent nor the id, for which a hash stands."""
    logs = {
        name: (play.home / "logs" / f"{name}.log").read_bytes() for name in ("audit", "console")
    }
    accesses = {"accesses": (play.home / "state" / "console-accesses.jsonl").read_bytes()}

    assert leaks(play.looked, NEEDLES, DEPTH) == {}
    assert leaks(logs | accesses, (*NEEDLES, play.event), DEPTH) == {}
    assert b"looked up" in logs["audit"]
    assert accesses["accesses"].count(b"looked_up") >= 4

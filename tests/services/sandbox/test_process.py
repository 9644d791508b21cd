"""`relais sandbox` as a newcomer starts it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.services.sandbox.dialogue import DESK, Dialogue, statuses
from tests.services.sandbox.process import client, resident, running


def test_a_school_has_its_whole_conversation_with_it(tmp_path: Path) -> None:
    """The conversation that a test on Kafka has with a federation too, word for word."""
    with running(tmp_path / "home", "--empty") as facts, client(facts, DESK) as http:
        told = (
            f"\nanswered after {facts['took_s']:.1f} s, {facts['cpu_s']:.1f} s of CPU; "
            f"{resident(facts['pid'])} MB"
        )
        heard = list(statuses(Dialogue(http, lambda *_: None).hold()))
    sys.stdout.write(f"{told}\n")

    assert {status for _asked, status in heard} >= {200, 202, 400, 401, 403, 404, 405, 409, 422}
    assert not [asked for asked, status in heard if status >= 500]

"""`relais sandbox` as a newcomer starts it."""

from __future__ import annotations

from pathlib import Path

from tests.services.sandbox.dialogue import DESK, Dialogue, statuses
from tests.services.sandbox.process import client, running


def test_a_school_has_its_whole_conversation_with_it(tmp_path: Path) -> None:
    """The conversation that a test on Kafka has with a federation too, word for word."""
    with running(tmp_path / "home") as facts, client(facts, DESK) as http:
        heard = list(statuses(Dialogue(http, lambda *_: None).hold()))

    assert {status for _asked, status in heard} >= {200, 202, 400, 401, 403, 404, 405, 409, 422}
    assert not [asked for asked, status in heard if status >= 500]

"""Brokers as we configure them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.platform.kafka.writing.transactions import TRANSACTION_TIMEOUT_MS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "path",
    [
        "services/play/kafka/files/cluster.properties",
        "deploy/kafka/server.properties",
        "deploy/kubernetes/kafka.yaml",
    ],
)
def test_nobody_may_leave_a_transaction_open_for_longer_than_our_producers(path: str) -> None:
    """By our producers' own timeout; that a broker keeps to it, the bus's contract tries."""
    text = (ROOT / path).read_text("utf-8")

    (found,) = re.findall(r"transaction\.max\.timeout\.ms[=:] ?(\d+)", text)

    assert int(found) == TRANSACTION_TIMEOUT_MS

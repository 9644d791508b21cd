"""Stores of one shard are written one at a time under load, so that no event waits for all of them."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from contracts.decision.state import tables
from contracts.decision.state.state import State
from contracts.vocabulary import topics
from services.platform.process.metrics import Metrics
from services.routing.stores import LATE_S, WRITE_ROWS, WRITE_S, Stores

OWNED = range(6)


class Shown:
    """Stores whose files only note that they were written, under a clock of the test's own."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, pending: int = 1) -> None:
        self.now = 100.0
        self.written: list[int] = []
        self.pending = dict.fromkeys(OWNED, pending)
        self.stores = Stores(folder, "civil", Metrics("routing"), len(OWNED))
        opened: dict[int, Any] = {
            number: SimpleNamespace(write=lambda *_, n=number: self.note(n)) for number in OWNED
        }
        cast("Any", self.stores)._open = opened
        patch.setattr(time, "monotonic", lambda: self.now)
        patch.setattr(tables, "pending", lambda state: self.pending[state.tail.index])

    def note(self, number: int) -> None:
        self.written.append(number)
        self.pending[number] = 0

    def took(self) -> None:
        """Each has something new."""
        names = topics.evidence("civil"), topics.decisions("civil")
        for number in OWNED:
            self.stores.took(number, {TopicPartition(name, number): 1 for name in names}, {})

    def after(self, seconds: float) -> list[int]:
        """What is written that much later."""
        self.now, self.written = self.now + seconds, []
        states = []
        for number in OWNED:
            states.append((number, State()))
            states[-1][1].tail.index = number
        self.stores.write(states)
        return self.written


def test_one_at_a_time_and_none_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under load each sixth of a second one; of what then stands still none waits much longer."""
    shown = Shown(tmp_path, monkeypatch)
    shown.took()

    assert shown.after(WRITE_S) == []
    assert shown.after(0.1) == [0]
    shown.took()
    assert shown.after(0.01) == []
    assert shown.after(WRITE_S / len(OWNED)) == [1]
    assert shown.after(LATE_S - WRITE_S) == [2, 3, 4, 5]
    assert shown.after(WRITE_S / len(OWNED) + 0.01) == [0]
    assert shown.after(LATE_S) == []


def test_what_is_much_is_written_until_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with a burst."""
    shown = Shown(tmp_path, monkeypatch, pending=WRITE_ROWS // 4)
    shown.took()

    assert shown.after(0.01) == [0, 1]

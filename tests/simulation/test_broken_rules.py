"""With one rule of the simulated Kafka broken, a test of the contract fails."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from functools import partial
from types import ModuleType
from typing import Any, Final
from unittest.mock import patch

import pytest
from aiokafka.errors import ConcurrentTransactions, InvalidTxnState, OutOfOrderSequenceNumber

from services.platform.ports import given
from tests.simulation import kafka, test_contract_reading, test_contract_writing
from tests.simulation.broker import Broker
from tests.simulation.bus import Tried, simulated
from tests.simulation.kafka import SimKafka, Transactional
from tests.simulation.loop import run
from tests.simulation.partition import Batch, Partition

SEED: Final = 2  # of late markers: one that overtakes another is among them
LIMIT_S: Final = 20.0  # of virtual time, for one test
MODULES: Final[tuple[ModuleType, ...]] = (test_contract_writing, test_contract_reading)

Promise = Callable[[Tried], Coroutine[Any, Any, None]]


def promises() -> Iterator[Promise]:
    """Every test of the contract, with each of its parameters."""
    for module in MODULES:
        for name, test in vars(module).items():
            if not name.startswith("test_"):
                continue
            marks = getattr(test, "pytestmark", [])
            rows = [mark.args for mark in marks if mark.name == "parametrize"]
            for parameter, values in rows:
                yield from (partial(test, **{parameter: value}) for value in values)
            if not rows:
                yield test


def late() -> float:
    """Until a marker is written: readers see it in one partition before another."""
    return random.choice([0.0, 0.003, 0.03])


async def _kept(promise: Promise, marker_s: Callable[[], float]) -> None:
    bus, ports = simulated(marker_s)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # what nobody waited for
    with given(ports), patch.object(gc, "collect"):  # a hundred times over all that pytest holds
        try:
            await promise(bus)
            await bus.close()
        finally:
            ports.kafka.drop()


def broken_by(promise: Promise, marker_s: Callable[[], float] = late) -> BaseException | None:
    """How it fails."""
    kept = _kept(promise, marker_s)
    try:
        run(lambda: kept, SEED, limit_s=LIMIT_S)
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  (as tests fail)
        with suppress(ValueError):  # what waited for ever ends here, in another context
            kept.close()
        return error
    return None


@pytest.mark.parametrize("marker_s", [late, lambda: 0.0], ids=["late markers", "markers at once"])
def test_all_is_kept_while_nothing_is_broken(marker_s: Callable[[], float]) -> None:
    """Else the next test would show nothing."""
    found = {promise: error for promise in promises() if (error := broken_by(promise, marker_s))}

    assert found == {}


_finish, _fetch, _end, _append = Partition.finish, Partition.fetch, SimKafka._end, Partition.append
_in_turn, _init, _owner = Partition._in_turn, SimKafka._init, SimKafka._owner
_begin, _end_transaction = SimKafka._begin, SimKafka._end_transaction
_page, _found, _aborted = Broker._page, Broker.found, Partition._aborted


def _without_marker(self: Partition, *what: Any, commit: bool) -> None:
    end, count = self.end, len(self.batches)
    _finish(self, *what, commit=commit)
    self.end = end
    del self.batches[count:]


def _committed_anyway(self: Partition, *what: Any, **_: Any) -> None:
    _finish(self, *what, commit=True)


def _unfenced(self: SimKafka, request: Any) -> Any:
    request.producer_epoch = self._ids[request.transactional_id].epoch
    return _owner(self, request)


def _too_early(self: SimKafka, request: Any) -> Any:
    code, known = _owner(self, request)
    return (0 if code == ConcurrentTransactions.errno else code), known


def _same_epoch(self: SimKafka, request: Any) -> Any:
    answer = _init(self, request)
    answer.producer_epoch = self._ids[request.transactional_id].epoch = 1
    return answer


def _left_open(self: SimKafka, known: Transactional) -> None:
    known.epoch += 1


def _endless(self: SimKafka, known: Transactional) -> None:
    _begin(self, known)
    assert known.timer is not None
    known.timer.cancel()


def _ended_once(self: SimKafka, request: Any) -> Any:
    if not self._ids[request.transactional_id].is_open:
        return request.RESPONSE_TYPE(0, InvalidTxnState.errno)
    return _end_transaction(self, request)


def _taken_twice(self: Partition, batch: Batch) -> tuple[int, int]:
    code, offset = _in_turn(self, batch)
    return code, -1 if code == 0 else offset


def _out_of_turn(self: Partition, batch: Batch) -> tuple[int, int]:
    code, offset = _in_turn(self, batch)
    return (0, -1) if code == OutOfOrderSequenceNumber.errno else (code, offset)


def _of_any_size(self: Partition, data: bytes, now_ms: int) -> tuple[int, int]:
    self.limit = 1 << 30
    return _append(self, data, now_ms)


def _first_kept(self: Partition) -> None:
    first = dict(reversed([(one.key, one.offset) for one in self.records()]))
    kept = set(first.values())
    self.batches = [one for batch in self.batches if (one := batch.without(kept))]


def _moved_up(self: Partition, offset: int) -> None:
    self.batches = [batch for batch in self.batches if batch.last >= offset]


def _never_outside(self: Partition, offset: int, *what: Any, committed: bool) -> Any:
    found = _fetch(self, offset, *what, committed=committed)
    return (0, *found[1:])


def _high_as_stable(self: Broker, *what: Any) -> Any:
    number, code, _, stable, *rest = _page(self, *what)
    return number, code, stable, stable, *rest


def _made_when_asked(self: Broker, topic: str, number: int) -> Any:
    self.topics.setdefault(topic, [Partition()])
    return _found(self, topic, number)


def _aborted_from_0(self: Partition, offset: int, until: int) -> Any:
    return [(pid, 0) for pid, _ in _aborted(self, offset, until)]


RULES: Final[dict[str, tuple[Any, str, Any]]] = {
    "aborted records are shown": (Partition, "_aborted", lambda *_: []),
    "committed records are hidden with aborted ones": (Partition, "_aborted", _aborted_from_0),
    "nothing holds up the last stable offset": (Partition, "stable", lambda self: self.end),
    "open records are shown": (Partition, "readable", lambda self, **_: self.end),
    "the high watermark is the last stable offset": (Broker, "_page", _high_as_stable),
    "a marker takes no offset": (Partition, "finish", _without_marker),
    "an abort commits": (Partition, "finish", _committed_anyway),
    "a producer is never fenced": (SimKafka, "_owner", _unfenced),
    "a transaction begins before the last one has its markers": (SimKafka, "_owner", _too_early),
    "an epoch is never raised": (SimKafka, "_init", _same_epoch),
    "a successor leaves open what was open": (SimKafka, "_expire", _left_open),
    "a transaction is open for ever": (SimKafka, "_begin", _endless),
    "a transaction may be open for an hour": (kafka, "MAX_TIMEOUT_MS", 3_600_000),
    "a commit may be asked for once": (SimKafka, "_end_transaction", _ended_once),
    "a batch that comes twice stands twice": (Partition, "_in_turn", _taken_twice),
    "a batch may be missing": (Partition, "_in_turn", _out_of_turn),
    "a batch may have any size": (Partition, "append", _of_any_size),
    "a topic is made when it is asked for": (Broker, "found", _made_when_asked),
    "fetches are not woken": (Broker, "tell", lambda _: None),
    "fetches outside the log find nothing": (Partition, "fetch", _never_outside),
    "the log begins where it always did": (Partition, "drop_before", _moved_up),
    "compaction keeps the first of a key": (Partition, "compact", _first_kept),
    "compaction takes aborted records for committed": (
        Partition, "_lost", lambda _: lambda _batch: False
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_broken_is_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By at least one test of the contract."""
    monkeypatch.setattr(*RULES[rule])

    assert any(broken_by(promise) for promise in promises())

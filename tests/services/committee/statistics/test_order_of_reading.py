"""A month's figures name the log that they are made of, however its partitions are read; what is of no case counts nowhere."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import orjson
import pytest

from contracts.envelope.wire import Inbound
from services.cli.auditor.friction_log import FrictionLog, RealmReading
from services.committee.friction import fold
from services.committee.friction.counting import cut_of
from services.committee.friction.months import DAY_S

MONTH: Final = "2026-11"
CUT: Final = cut_of(MONTH)


def record(partition: int, at: int, digest: str) -> Inbound:
    """One of a partition, decided under a convention."""
    row = {"index": 7, "at": at, "convd": digest, "dird": digest, "kind": "expired"}
    return Inbound("decisions", partition, 0, None, orjson.dumps(row), (), at * 1000)


def reading_of(*records: Inbound) -> RealmReading:
    """What was read in this order."""
    registry: Any = SimpleNamespace(directories={}, last_adopted=None)
    reading = RealmReading(registry, CUT + 9_000_000)
    for each in records:
        reading.take(each, b"{}", "same")
    return reading


def test_a_month_s_convention_is_its_last_record_s_in_whatever_order_it_is_read() -> None:
    """Records at its cut count, later ones do not: of one second the highest partition's is the last."""
    hash_, next_, late = "A" * 43, "B" * 43, "C" * 43
    rows = record(0, CUT - 9, hash_), record(1, CUT, next_), record(2, CUT, next_)
    behind = record(0, CUT + 1, late)

    told = [
        reading_of(*order, behind).counted_until(MONTH) for order in itertools.permutations(rows)
    ]

    assert {convd for convd, _heads in told} == {next_}
    assert {tuple(head.partition for head in heads) for _convd, heads in told} == {(0, 1, 2)}
    assert len({heads for _convd, heads in told}) == 1
    assert reading_of(*rows, behind).counted_until("2026-12")[0] == late


@pytest.mark.parametrize(("behind", "told"), [(0, False), (3599, False), (3600, True)])
def test_a_month_is_told_when_no_router_can_write_into_it_any_more(
    behind: int, *, told: bool
) -> None:
    """An hour past its cut by the log itself, so that no clock is asked."""
    reading = reading_of(record(0, CUT - 20 * DAY_S, "A" * 43), record(0, CUT + behind, "A" * 43))
    log = FrictionLog(SimpleNamespace(), {"civil": reading})  # type: ignore[arg-type]

    assert log.is_told(MONTH) is told
    assert (MONTH in log.months) is told


@pytest.mark.parametrize("missing", ["convd", "dird"])
def test_what_a_log_begins_with_is_no_fault(missing: str) -> None:
    """Convention and directory are adopted one after the other: the record of the first names no second."""
    first = record(0, CUT - 99, "A" * 43)
    row = orjson.loads(first.value or b"") | {"kind": "adopted"}
    begun = replace(first, value=orjson.dumps({key: row[key] for key in row if key != missing}))

    reading = reading_of(begun, record(1, CUT - 9, "B" * 43))

    assert reading.counted_until(MONTH)[0] == "B" * 43


@pytest.mark.parametrize("etype", ["PING", "ALARM", "READING"])
def test_an_event_of_no_case_is_no_file(etype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has a desk tried fills no cell of refusals."""
    cover = SimpleNamespace(etype=etype, iss="urn:x", sub="of-none")
    stub = SimpleNamespace(model_validate_json=lambda _payload: cover)
    monkeypatch.setattr(fold, "Cover", stub)
    folded = fold.CaseFold({"d": SimpleNamespace()})  # type: ignore[dict-item]

    folded.take(
        {"at": 1, "kind": "decided", "dird": "d"},
        {"cover": "h.e30.s", "decision": {"refused": True, "reasons": ["too_many_new_cases"]}},
    )

    assert not folded.cases

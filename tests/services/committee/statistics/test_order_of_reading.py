"""A month is the same however its partitions are read, and counts no event that is of no case."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any, Final

import orjson
import pytest

from contracts.convention.model import Convention
from contracts.encoding import b64u
from contracts.keys.directory import Directory
from services.committee.statistics.counted import MonthlyCount

AT: Final = 1_793_600_000
Taken = tuple[int, str, bytes, bytes]


def count_of(*taken: Taken, world: Any) -> MonthlyCount:
    """What was taken, counted in this order."""
    conventions: dict[str, Convention] = {"old": world.convention, "new": world.convention}
    directories: dict[str, Directory] = {"old": world.directory, "new": world.directory}
    count = MonthlyCount(conventions, directories)
    for record in taken:
        count.take(*record)
    return count


def record(partition: int, at: int, digest: str, kind: str = "tick", **evidence: Any) -> Taken:
    """One of a partition, decided under a convention and a directory."""
    row = {"index": 7, "at": at, "convd": digest, "dird": digest, "kind": kind}
    return partition, "leaf", orjson.dumps(row), orjson.dumps(evidence)


@pytest.fixture
def federation() -> Any:
    """A calendar of one month and a directory of nobody: all that counting asks here."""
    calendar = SimpleNamespace(local=lambda _at: SimpleNamespace(strftime=lambda _form: "2026-11"))
    nobody = SimpleNamespace(desk=lambda _urn: None)
    return SimpleNamespace(convention=SimpleNamespace(calendar=calendar), directory=nobody)


def test_a_month_s_convention_is_its_last_record_s_in_whatever_order_it_is_read(
    federation: Any,
) -> None:
    """Else two exports hide other cells, and their difference tells what both hide."""
    rows = record(0, AT, "old"), record(1, AT + 9, "new"), record(2, AT + 9, "new")

    months = [
        count_of(*order, world=federation).months["2026-11"]
        for order in itertools.permutations(rows)
    ]

    assert {(month.convention, month.directory) for month in months} == {("new", "new")}


@pytest.mark.parametrize("missing", ["convd", "dird"])
def test_what_a_log_begins_with_is_of_no_month(federation: Any, missing: str) -> None:
    """Convention and directory are adopted one after the other: the record of the first names no second."""
    partition, leaf, value, evidence = record(0, AT, "old", kind="adopted")
    row = {name: said for name, said in orjson.loads(value).items() if name != missing}

    count = count_of((partition, leaf, orjson.dumps(row), evidence), world=federation)

    assert not count.months


@pytest.mark.parametrize("etype", ["PING", "ALARM", "READING"])
def test_a_refused_event_of_no_case_is_no_file(federation: Any, etype: str) -> None:
    """Whoever has a desk tried fills no cell of refusals."""
    cover = orjson.dumps({"iss": "urn:x", "sub": "of-none", "etype": etype, "to": [], "jti": "j"})
    evidence = {"cover": f"h.{b64u(cover)}.s", "decision": {"refused": ["too_many_new_cases"]}}

    count = count_of(record(0, AT, "old", kind="decided", **evidence), world=federation)

    assert not count.months["2026-11"].rows
